/** `kubectl apply …-last-applied`. */
import type { CommandTable } from '#kubectl/command.ts'

export const commands: CommandTable = {
  'edit-last-applied': {
    summary: 'Edit the configuration applied last',
    load: async () => (await import('./edit-last-applied.ts')).command,
  },
  'set-last-applied': {
    summary: 'Set the configuration applied last to what a file has',
    load: async () => (await import('./set-last-applied.ts')).command,
  },
  'view-last-applied': {
    summary: 'View the configuration applied last',
    load: async () => (await import('./view-last-applied.ts')).command,
  },
}
