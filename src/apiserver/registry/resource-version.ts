/**
 * The resourceVersion of requests. Upstream:
 * staging/src/k8s.io/apiserver/pkg/storage/api_object_versioner.go, storage/errors.go, and
 * https://kubernetes.io/docs/reference/using-api/api-concepts/#resource-versions.
 */
import { StatusError, timeout } from '#api/meta/status.ts'
import type { WatchCache } from '#apiserver/watch-cache/watch-cache.ts'
import { limits } from '#apiserver/watch-cache/limits.ts'
import { revisionOf, type Revision } from '#storage/storage.ts'

/** '' and "0" are 0. Throws the StatusError, without a reason, that upstream answers. */
export function parseResourceVersion(text: string | undefined): Revision {
  if (text === undefined || text === '') return revisionOf(0)
  if (!/^\d+$/.test(text)) throw unparsable(text, 'invalid syntax')
  const value = BigInt(text)
  if (value > 0xffff_ffff_ffff_ffffn) throw unparsable(text, 'value out of range')
  return revisionOf(value)
}

/** Waits until the cache is not older than the revision; throws Timeout after three seconds. */
export async function notOlderThan(
  cache: WatchCache,
  revision: Revision,
  signal: AbortSignal,
): Promise<void> {
  if (cache.revision >= revision) return
  const waiting = new AbortController()
  const stop = (): void => waiting.abort(signal.reason)
  signal.addEventListener('abort', stop, { once: true })
  using _ = cache.clock.after(limits.freshnessTimeoutMs, () => {
    waiting.abort(tooLarge(revision, cache.revision))
  })
  try {
    await cache.reached(revision, AbortSignal.any([signal, waiting.signal]))
  } finally {
    signal.removeEventListener('abort', stop)
  }
}

function tooLarge(asked: Revision, current: Revision): StatusError {
  const { status } = timeout(`Too large resource version: ${asked}, current: ${current}`, 1)
  const causes = [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }]
  return new StatusError({ ...status, details: { ...status.details, causes } })
}

function unparsable(text: string, why: string): StatusError {
  const quoted = JSON.stringify(text)
  return new StatusError({
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {} as never,
    status: 'Failure',
    message: `resourceVersion: Invalid value: ${quoted}: strconv.ParseUint: parsing ${quoted}: ${why}`,
    code: 500,
  })
}
