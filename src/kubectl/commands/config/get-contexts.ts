/** `kubectl config get-contexts`. Upstream: kubectl pkg/cmd/config/get_contexts.go. */
import { bool, string } from '#kubectl/command-line/flag.ts'
import type { Call, Command } from '#kubectl/command.ts'
import { AggregateFailure, CommandError } from '#kubectl/errors.ts'
import { alignTabs } from '#kubectl/printers/tab-writer.ts'
import { filesOf } from './config.ts'

export const command: Command = {
  use: 'config get-contexts [(-o|--output=)name)]',
  about: 'Display one or many contexts from the kubeconfig file.',
  examples: [
    ['List all', 'kubectl config get-contexts'],
    ['Describe one', 'kubectl config get-contexts my-context'],
  ],
  flags: [
    bool('no-headers', 'Print no headers.'),
    string('output', 'Output format. One of: (name).', { short: 'o' }),
  ],
  run,
}

async function run(call: Call): Promise<void> {
  const { flags, args, io } = call
  const output = flags.string('output')
  if (output !== '' && output !== 'name') {
    throw new CommandError(
      `--output ${output} is not available in kubectl config get-contexts; resetting to default output format`,
    )
  }
  const files = filesOf(call)
  const known = files.names('contexts')
  const names = args.length === 0 ? known : args.filter((name) => known.includes(name)).toSorted()
  const missing = args.filter((name) => !known.includes(name))
  if (output === 'name') {
    io.stdout(names.map((name) => `${name}\n`).join(''))
  } else {
    const rows = names.map((name) => {
      const context = (files.get('contexts', name) ?? {}) as Record<string, string | undefined>
      const mark = name === files.currentContext ? '*' : ''
      const { cluster = '', user = '', namespace = '' } = context
      return [mark, name, cluster, user, namespace].join('\t')
    })
    const header = flags.bool('no-headers') ? [] : ['CURRENT\tNAME\tCLUSTER\tAUTHINFO\tNAMESPACE']
    io.stdout(alignTabs([...header, ...rows, ''].join('\n')))
  }
  const errors = missing.map((name) => new CommandError(`context ${name} not found`))
  if (errors.length === 1) throw errors[0]
  if (errors.length > 1) throw new AggregateFailure(errors)
}
