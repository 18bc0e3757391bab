/**
 * Too much is asked at once, or too late: failures that are answered as a text, before anything is looked
 * at. Upstream: staging/src/k8s.io/apiserver/pkg/server/filters/{maxinflight,with_retry_after}.go, v1.36.
 */
import { plainText } from './answer.ts'
import { replyRaw } from './respond.ts'
import type { Reply } from './respond.ts'

export abstract class TryLaterError extends Error {
  abstract readonly retryAfterSeconds: number
  /** The connection ends, so that the client finds another server. */
  abstract readonly closesConnection: boolean
}

export class BusyError extends TryLaterError {
  override readonly name = 'BusyError'
  readonly retryAfterSeconds = 1
  readonly closesConnection = false

  constructor(options?: ErrorOptions) {
    super('Too many requests, please try again later.', options)
  }
}

export class ShuttingDownError extends TryLaterError {
  override readonly name = 'ShuttingDownError'
  readonly retryAfterSeconds = 5
  readonly closesConnection = true

  constructor() {
    super('The apiserver is shutting down, please try again later.')
  }
}

export async function replyTryLater(reply: Reply, error: TryLaterError): Promise<void> {
  const { headers, ...answer } = plainText(429, `${error.message}\n`)
  const retryAfter = { 'retry-after': String(error.retryAfterSeconds) }
  if (error.closesConnection) reply.exchange.lastOfConnection()
  await replyRaw(reply, { ...answer, headers: { ...headers, ...retryAfter } })
}
