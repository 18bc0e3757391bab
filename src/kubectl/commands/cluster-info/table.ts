/** `kubectl cluster-info …`. */
import type { CommandTable } from '#kubectl/command.ts'

export const commands: CommandTable = {
  dump: {
    summary: 'Dump what helps to find out what is wrong',
    load: async () => (await import('./dump.ts')).command,
  },
}
