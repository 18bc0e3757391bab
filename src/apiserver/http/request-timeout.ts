/**
 * How long a request may take: what `?timeout=` asks for, at most the server's own limit.
 * Upstream: staging/src/k8s.io/apiserver/pkg/endpoints/filters/request_deadline.go, v1.36.
 */
import { badRequest } from '#api/meta/status.ts'
import { DurationError, parseDurationMs } from '#api/duration.ts'

/** Throws BadRequest. */
export function requestTimeoutMs(query: URLSearchParams, maxMs: number): number {
  const text = query.size === 0 ? null : query.get('timeout')
  if (text === null || text === '') return maxMs
  const asked = durationMs(text)
  return asked <= 0 ? maxMs : Math.min(asked, maxMs)
}

function durationMs(text: string): number {
  try {
    return parseDurationMs(text)
  } catch (error) {
    if (!(error instanceof DurationError)) throw error
    throw badRequest(`invalid timeout specified in the request URL - ${error.message}`)
  }
}
