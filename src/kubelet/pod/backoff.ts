/**
 * Doubling delays by key. Upstream: staging/src/k8s.io/client-go/util/flowcontrol/backoff.go at v1.36.
 */
import type { Clock } from '#base/clock.ts'
import type { Rest } from './action.ts'

export interface BackoffLimits {
  readonly initialMs: number
  readonly maxMs: number
}

interface Entry {
  delayMs: number
  updatedMs: number
}

export class Backoff {
  readonly #clock: Clock
  readonly #limits: BackoffLimits
  readonly #entries = new Map<string, Entry>()

  constructor(clock: Clock, limits: BackoffLimits) {
    this.#clock = clock
    this.#limits = limits
  }

  /** How long `key` still rests after what happened at `eventMs` (wall clock); undefined when it may go on. */
  rest(key: string, eventMs: number): Rest | undefined {
    const entry = this.#entries.get(key)
    if (entry === undefined || this.#expired(entry, eventMs)) return undefined
    const remainingMs = eventMs + entry.delayMs - this.#clock.nowMs()
    return remainingMs > 0 ? { delayMs: entry.delayMs, remainingMs } : undefined
  }

  /** How long `key` still rests after its last failure. */
  restSinceFailure(key: string): Rest | undefined {
    const entry = this.#entries.get(key)
    return entry === undefined ? undefined : this.rest(key, entry.updatedMs)
  }

  /** Counts one more failure, after what happened at `eventMs`. */
  failed(key: string, eventMs: number): void {
    const entry = this.#entries.get(key)
    const { initialMs, maxMs } = this.#limits
    const known = entry !== undefined && !this.#expired(entry, eventMs)
    const delayMs = known ? Math.min(entry.delayMs * 2, maxMs) : initialMs
    this.#entries.set(key, { delayMs, updatedMs: this.#clock.nowMs() })
  }

  forget(key: string): void {
    this.#entries.delete(key)
  }

  /** Forgets all keys of a pod: they begin with its UID. */
  forgetPrefix(prefix: string): void {
    for (const key of this.#entries.keys()) if (key.startsWith(prefix)) this.#entries.delete(key)
  }

  #expired(entry: Entry, eventMs: number): boolean {
    return eventMs - entry.updatedMs > 2 * this.#limits.maxMs
  }
}

/** As Go prints a duration of whole seconds: `40s`, `1m20s`, `5m0s`. */
export function goSeconds(ms: number): string {
  const seconds = Math.round(ms / 1000)
  const minutes = Math.floor(seconds / 60)
  if (minutes === 0) return `${seconds}s`
  const hours = Math.floor(minutes / 60)
  return `${hours === 0 ? '' : `${hours}h`}${minutes % 60}m${seconds % 60}s`
}

/** As Go prints a duration cut to milliseconds: `1.2s`, `345ms`, `0s`, `1m3.5s`. */
export function goMilliseconds(ms: number): string {
  const whole = Math.trunc(ms)
  if (whole === 0) return '0s'
  if (whole < 1000) return `${whole}ms`
  const minutes = Math.floor(whole / 60_000)
  const seconds = `${Number(((whole % 60_000) / 1000).toFixed(3))}s`
  if (minutes === 0) return seconds
  const hours = Math.floor(minutes / 60)
  return `${hours === 0 ? '' : `${hours}h`}${minutes % 60}m${seconds}`
}
