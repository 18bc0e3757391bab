/**
 * Asks a webhook again while its failures may pass.
 * Upstream: staging/src/k8s.io/apiserver/pkg/util/webhook/webhook.go, WithExponentialBackoff and
 * DefaultShouldRetry, v1.36.
 */
import { StatusError } from '#api/meta/status.ts'
import type { Clock } from '#base/clock.ts'

export interface Backoff {
  readonly attempts: number
  readonly firstMs: number
  readonly factor: number
  /** Up to this part of a pause is added to it by chance. */
  readonly jitter: number
}

/** Upstream's DefaultRetryBackoff. */
export const defaultBackoff: Backoff = { attempts: 5, firstMs: 500, factor: 1.5, jitter: 0.2 }

export interface Patience {
  readonly clock: Clock
  readonly backoff?: Backoff
  /** 0 ≤ random() < 1. */
  readonly random: () => number
  /** Default: upstream's; see {@link mayPass}. */
  readonly mayPass?: (error: unknown) => boolean
  /** Ends the pauses; the last failure counts then. */
  readonly signal?: AbortSignal
}

const never = new AbortController().signal

/** The first answer, or the failure of the last try. */
export async function retried<T>(ask: () => Promise<T>, patience: Patience): Promise<T> {
  const { clock, backoff = defaultBackoff, random, signal = never } = patience
  const isPassing = patience.mayPass ?? mayPass
  let pauseMs = backoff.firstMs
  for (let attempt = 1; ; attempt++) {
    try {
      return await ask()
    } catch (error) {
      if (attempt >= backoff.attempts || !isPassing(error) || signal.aborted) throw error
    }
    await clock.sleep(pauseMs * (1 + random() * backoff.jitter), signal)
    pauseMs *= backoff.factor
  }
}

const passing: readonly string[] = ['InternalError', 'Timeout', 'TooManyRequests']

/** A connection that was reset, or a server that says it is its own fault or asks for patience. */
export function mayPass(error: unknown): boolean {
  if (error instanceof StatusError) {
    const { reason = '', details } = error.status
    return passing.includes(reason) || (details?.retryAfterSeconds ?? 0) > 0
  }
  const cause = error instanceof Error ? error.cause : undefined
  return (cause as NodeJS.ErrnoException | undefined)?.code === 'ECONNRESET'
}
