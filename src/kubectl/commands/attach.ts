/** `kubectl attach`. Upstream: kubectl pkg/cmd/attach/attach.go. */
import {
  containerFlag,
  detachKeysFlag,
  podRunningTimeoutFlag,
  streamFlags,
} from '#kubectl/command-line/flag-sets.ts'
import type { Call, Command } from '#kubectl/command.ts'
import { CommandError } from '#kubectl/errors.ts'
import { podOf } from '#kubectl/pods/of-workload.ts'
import { isCompleted } from '#kubectl/pods/pod.ts'
import { checkPodRunningTimeout, targetOf, typeAndName } from '#kubectl/pods/target.ts'

export const command: Command = {
  use: 'attach (POD | TYPE/NAME) -c CONTAINER',
  about: 'Attach to a process that is already running inside an existing container.',
  examples: [
    ['See what a pod prints', 'kubectl attach web-1'],
    ['Use the terminal of one container', 'kubectl attach web-1 -c shell -it'],
    ['Of the first pod of a replica set', 'kubectl attach rs/web'],
  ],
  flags: [containerFlag, detachKeysFlag, podRunningTimeoutFlag('1m0s'), ...streamFlags],
  run,
}

async function run(call: Call): Promise<void> {
  const { args, flags } = call
  checkPodRunningTimeout(call)
  const [first, second] = args
  if (first === undefined) {
    throw new CommandError('at least 1 argument is required for attach')
  }
  if (args.length > 2) {
    throw new CommandError(
      `expected POD, TYPE/NAME, or TYPE NAME, (at most 2 arguments) saw ${args.length}: [${args.join(' ')}]`,
    )
  }
  const words = second === undefined ? [typeAndName(first)] : [first, second]
  const pod = await podOf(call, await targetOf(call, { args: words }))
  if (isCompleted(pod)) {
    throw new CommandError(
      `cannot attach a container in a completed pod; current phase is ${pod.status?.phase ?? ''}`,
    )
  }
  const { attach } = await import('#kubectl/remote/attach.ts')
  await attach(call, pod, {
    container: flags.string('container'),
    stdin: flags.bool('stdin'),
    tty: flags.bool('tty'),
    quiet: flags.bool('quiet'),
    detachKeys: flags.string('detach-keys'),
  })
}
