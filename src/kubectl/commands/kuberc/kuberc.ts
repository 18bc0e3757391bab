/** `kubectl kuberc`. Upstream: kubectl pkg/cmd/kuberc. */
import type { Command, CommandTable } from '#kubectl/command.ts'

export const command: Command = {
  use: 'kuberc SUBCOMMAND',
  about:
    'Manage the file of user preferences (kuberc): defaults of flags, aliases, credential plugins.',
  examples: [
    ['View it', 'kubectl kuberc view'],
    ['A default', 'kubectl kuberc set --section defaults --command get --option output=wide'],
  ],
  flags: [],
}

export const commands: CommandTable = {
  set: {
    summary: 'Set values in the kuberc configuration',
    load: async () => (await import('./set.ts')).command,
  },
  view: {
    summary: 'Display the current kuberc configuration',
    load: async () => (await import('./view.ts')).command,
  },
}
