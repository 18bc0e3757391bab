/** `kubectl certificate …`. */
import type { Command, CommandTable } from '#kubectl/command.ts'
import { HelpError } from '#kubectl/errors.ts'

export const command: Command = {
  use: 'certificate SUBCOMMAND',
  about: 'Modify certificate resources.',
  flags: [],
  /** Whatever follows. */
  run: () => Promise.reject(new HelpError('')),
}

export const commands: CommandTable = {
  approve: {
    summary: 'Approve a certificate signing request',
    load: async () => (await import('./decide.ts')).approve,
  },
  deny: {
    summary: 'Deny a certificate signing request',
    load: async () => (await import('./decide.ts')).deny,
  },
}
