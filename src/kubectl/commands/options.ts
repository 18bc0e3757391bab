/** `kubectl options`: the flags that every command takes. */
import type { Command } from '#kubectl/command.ts'
import { globalFlags } from '#kubectl/command-line/flag-sets.ts'
import { flagsText } from '#kubectl/command-line/help.ts'

export const command: Command = {
  use: 'options',
  about: 'Print the list of flags inherited by all commands.',
  examples: [['Print them', 'kubectl options']],
  flags: [],
  async run({ io }) {
    const flags = globalFlags.map((flag) =>
      flag.name === 'cache-dir'
        ? { ...flag, default: `${io.env['HOME'] ?? ''}/.kube/cache` }
        : flag,
    )
    io.stdout(`${flagsText(flags, 'The following options can be passed to any command:\n\n')}\n`)
  },
}
