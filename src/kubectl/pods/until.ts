/** Follows one pod until it is as wanted. Upstream: client-go tools/watch/until.go, UntilWithSync. */
import { notFound, StatusError } from '#api/meta/status.ts'
import { decodeWatch } from '#client/watch-decoder.ts'
import type { Call } from '#kubectl/command.ts'
import { CommandError, ConnectionError, ExitError } from '#kubectl/errors.ts'
import type { Listing } from '#kubectl/objects/fetch.ts'
import type { Pod } from './pod.ts'

const limits = {
  /** Between two attempts when the server ends the watch or cannot be reached. */
  retryMs: 1000,
} as const

export interface PodPlace {
  readonly namespace: string
  readonly name: string
}

export interface Until {
  /** 0: for ever. */
  readonly timeoutMs: number
  readonly isSo: (pod: Pod) => boolean
}

/**
 * The pod as it is then. Rejects with NotFound when it is deleted before, with CommandError when it takes
 * too long, with ExitError when the user interrupts.
 */
export async function podUntil(call: Call, place: PodPlace, until: Until): Promise<Pod> {
  const { clock, signal } = call.io
  const deadline = new AbortController()
  const { timeoutMs } = until
  using _timer = timeoutMs > 0 ? clock.after(timeoutMs, () => deadline.abort()) : undefined
  using _hold = call.io.holdInterrupts()
  const ended = AbortSignal.any([deadline.signal, signal])
  for (;;) {
    const pod = await attempt(call, place, { isSo: until.isSo, ended }).catch((error: unknown) => {
      if (!ended.aborted && !isPassing(error)) throw error
      return undefined
    })
    if (pod !== undefined) return pod
    if (signal.aborted) throw new ExitError(1)
    if (!deadline.signal.aborted) await clock.sleep(limits.retryMs, ended)
    if (deadline.signal.aborted) throw new CommandError('timed out waiting for the condition')
  }
}

interface Attempt {
  readonly isSo: (pod: Pod) => boolean
  readonly ended: AbortSignal
}

/** Lists, then watches; undefined when the server ends the watch. */
async function attempt(
  call: Call,
  { namespace, name }: PodPlace,
  { isSo, ended }: Attempt,
): Promise<Pod | undefined> {
  const rest = await call.factory.rest()
  const request = {
    path: `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods`,
    about: { group: '', resource: 'pods' },
    signal: ended,
  }
  const fieldSelector = `metadata.name=${name}`
  const { items, metadata } = await rest.json<Listing>({ ...request, query: { fieldSelector } })
  for (const item of items) if (isSo(item)) return typed(item)
  const { body } = await rest.stream({
    ...request,
    query: { watch: 'true', fieldSelector, resourceVersion: metadata?.resourceVersion ?? '' },
  })
  for await (const { type, object } of decodeWatch(body)) {
    if (type === 'DELETED') throw notFound({ group: '', resource: 'pods' }, '')
    const pod = object as unknown as Pod
    if (type !== 'BOOKMARK' && isSo(pod)) return typed(pod)
  }
  return undefined
}

function typed(pod: Pod): Pod {
  return { ...pod, apiVersion: 'v1', kind: 'Pod' }
}

/** A server that is away for a moment, or has forgotten the version from which we watch. */
function isPassing(error: unknown): boolean {
  if (error instanceof ConnectionError) return true
  return error instanceof StatusError && (error.code === 410 || error.code >= 500)
}
