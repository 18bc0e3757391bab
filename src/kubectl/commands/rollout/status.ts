/** `kubectl rollout status`. Upstream: kubectl pkg/cmd/rollout/rollout_status.go. */
import { decodeWatch } from '#client/watch-decoder.ts'
import { bool, duration, int } from '#kubectl/command-line/flag.ts'
import { filenameFlags, selectorFlag } from '#kubectl/command-line/flag-sets.ts'
import type { Call, Command } from '#kubectl/command.ts'
import { CommandError } from '#kubectl/errors.ts'
import { fetchAll, getObject } from '#kubectl/objects/fetch.ts'
import { collectionPath } from '#kubectl/objects/info.ts'
import type { Info, KubeObject } from '#kubectl/objects/info.ts'
import { select } from '#kubectl/objects/selection.ts'
import { progressOf } from '#kubectl/rollout/progress.ts'

export const command: Command = {
  use: 'rollout status (TYPE NAME | TYPE/NAME) [flags]',
  about: `Show the status of the rollout.

 It is followed until it is done, unless --watch=false. A rollout that began meanwhile is followed, too.`,
  examples: [['Follow a rollout', 'kubectl rollout status deployment/nginx']],
  flags: [
    ...filenameFlags('whose rollout to show'),
    selectorFlag,
    int('revision', 'Follow this revision; 0: the latest.'),
    duration('timeout', 'How long to wait; 0: as long as it takes.'),
    bool('watch', 'Follow the rollout until it is done.', { short: 'w', default: true }),
  ],
  run,
}

async function run(call: Call): Promise<void> {
  const { flags, args } = call
  if (
    args.length === 0 &&
    flags.strings('filename').length === 0 &&
    flags.string('kustomize') === ''
  ) {
    throw new CommandError('required resource not specified')
  }
  if (flags.int('revision') < 0) {
    throw new CommandError(`revision must be a positive integer: ${flags.int('revision')}`)
  }
  if (flags.int('revision') > 0) {
    throw new CommandError('--revision is not supported by this kubectl yet')
  }
  const selection = await select(call, {
    args,
    filenames: flags.strings('filename'),
    kustomize: flags.string('kustomize'),
    recursive: flags.bool('recursive'),
    selector: flags.string('selector'),
    typeAloneMeansAll: true,
  })
  const timeoutMs = flags.durationMs('timeout')
  const deadline = new AbortController()
  using _timer = timeoutMs > 0 ? call.io.clock.after(timeoutMs, () => deadline.abort()) : undefined
  for (const info of await fetchAll(call, selection, { latest: true })) {
    await follow(call, info, deadline.signal)
  }
}

/** Prints each state once, until the rollout is done. */
async function follow(call: Call, info: Info, deadline: AbortSignal): Promise<void> {
  const rest = await call.factory.rest()
  let object: KubeObject = info.object
  for (;;) {
    if (isDone(call, info, object)) return
    const { body } = await rest.stream({
      path: collectionPath(info.mapping, info.namespace),
      query: {
        watch: 'true',
        fieldSelector: `metadata.name=${info.name}`,
        resourceVersion: object.metadata?.resourceVersion ?? '',
      },
      signal: AbortSignal.any([deadline, call.io.signal]),
    })
    try {
      for await (const event of decodeWatch(body)) {
        if (event.type === 'DELETED') {
          throw new CommandError('object has been deleted')
        }
        if (isDone(call, info, event.object as KubeObject)) return
      }
    } catch (error) {
      if (deadline.aborted) throw new CommandError('timed out waiting for the condition')
      throw error
    }
    object = await getObject(rest, info)
  }
}

function isDone({ io, flags }: Call, info: Info, object: KubeObject): boolean {
  const { message, isDone: done } = progressOf(info, object)
  io.stdout(message)
  return done || !flags.bool('watch')
}
