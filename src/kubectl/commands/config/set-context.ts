/** `kubectl config set-context`. Upstream: kubectl pkg/cmd/config/set_context.go. */
import { bool, string } from '#kubectl/command-line/flag.ts'
import type { Call, Command } from '#kubectl/command.ts'
import { CommandError, HelpError } from '#kubectl/errors.ts'
import { filesOf } from './config.ts'

export const command: Command = {
  use: 'config set-context [NAME | --current] [--cluster=cluster_nickname] [--user=user_nickname] [--namespace=namespace]',
  about: `Set a context entry in kubeconfig.

 The fields given are merged into an entry that exists.`,
  examples: [['Set the user of a context', 'kubectl config set-context gce --user=cluster-admin']],
  flags: [
    string('cluster', 'Cluster of the context.'),
    bool('current', 'Modify the current context.'),
    string('namespace', 'Namespace of the context.', { short: 'n' }),
    string('user', 'User of the context.'),
  ],
  run,
}

async function run(call: Call): Promise<void> {
  const { flags, args, io } = call
  if (args.length > 1 || (args.length === 0 && !flags.bool('current'))) {
    if (args.length > 0) throw new HelpError(`Unexpected args: [${args.join(' ')}]`)
    throw new CommandError('you must specify a non-empty context name or --current')
  }
  if (flags.bool('current') && args.length > 0) {
    throw new CommandError('you cannot specify both a context name and --current')
  }
  const files = filesOf(call)
  const name = flags.bool('current') ? files.currentContext : (args[0] ?? '')
  if (name === '') throw new CommandError('no current context is set')
  const before = files.get('contexts', name)
  const entry = { cluster: '', user: '', ...before }
  for (const field of ['cluster', 'namespace', 'user'] as const) {
    if (flags.given(field)) Object.assign(entry, { [field]: flags.string(field) })
  }
  files.set('contexts', name, entry)
  files.save()
  const what = before === undefined ? 'created' : 'modified'
  io.stdout(`Context ${JSON.stringify(name)} ${what}.\n`)
}
