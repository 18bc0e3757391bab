/** `kubectl exec`. Upstream: kubectl pkg/cmd/exec/exec.go. */
import {
  containerFlag,
  filenameFlag,
  podRunningTimeoutFlag,
  streamFlags,
} from '#kubectl/command-line/flag-sets.ts'
import type { Call, Command } from '#kubectl/command.ts'
import { CommandError, UsageError } from '#kubectl/errors.ts'
import { podOf } from '#kubectl/pods/of-workload.ts'
import { checkPodRunningTimeout, targetOf, typeAndName } from '#kubectl/pods/target.ts'

export const command: Command = {
  use: 'exec (POD | TYPE/NAME) [-c CONTAINER] [flags] -- COMMAND [args...]',
  about: 'Execute a command in a container.',
  examples: [
    ['Run a command in the default container', 'kubectl exec web-1 -- date'],
    ['Have a shell in one container', 'kubectl exec web-1 -c sidecar -it -- sh'],
    ['In the first pod of a deployment', 'kubectl exec deploy/web -- date'],
  ],
  flags: [
    filenameFlag('to execute in'),
    containerFlag,
    podRunningTimeoutFlag('1m0s'),
    ...streamFlags,
  ],
  run,
}

async function run(call: Call): Promise<void> {
  const { flags } = call
  const { resource, words } = wordsOf(call)
  checkPodRunningTimeout(call)
  const filenames = flags.strings('filename')
  if (resource === '' && filenames.length === 0) {
    throw new CommandError('pod, type/name or --filename must be specified')
  }
  if (words.length === 0) {
    throw new CommandError('you must specify at least one command for the container')
  }
  const args = resource === '' ? [] : [typeAndName(resource)]
  const pod = await podOf(call, await targetOf(call, { args, filenames }))
  const { execInteractively } = await import('#kubectl/remote/exec.ts')
  await execInteractively(call, pod, {
    container: flags.string('container'),
    command: words,
    stdin: flags.bool('stdin'),
    tty: flags.bool('tty'),
    quiet: flags.bool('quiet'),
  })
}

/** What stands before `--` names the pod, what follows is the command. */
function wordsOf({ args, argsBeforeDash, flags }: Call) {
  const [first = ''] = args
  if (argsBeforeDash !== undefined) {
    return { resource: argsBeforeDash === 0 ? '' : first, words: args.slice(argsBeforeDash) }
  }
  if (args.length > 1 || (args.length > 0 && flags.strings('filename').length > 0)) {
    throw new UsageError(
      'exec [POD] [COMMAND] is not supported anymore. Use exec [POD] -- [COMMAND] instead',
    )
  }
  return { resource: first, words: [] }
}
