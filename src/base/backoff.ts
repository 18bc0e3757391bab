export interface BackoffOptions {
  readonly initialMs: number
  readonly maxMs: number
  /** How much longer each wait is than the one before. */
  readonly factor: number
}

/** The wait before attempt number `failures` + 1, where `failures` counts from 1. */
export function backoffMs(options: BackoffOptions, failures: number): number {
  return Math.min(options.maxMs, options.initialMs * options.factor ** Math.max(0, failures - 1))
}

/** Between `ms` and `ms × (1 + fraction)`; `random` gives numbers in [0, 1). */
export function jitter(ms: number, fraction: number, random: () => number): number {
  return ms * (1 + random() * fraction)
}

/** Waits per key, each failure doubling its key's, as a rate limiter of a work queue needs them. */
export class KeyedBackoff {
  readonly #options: BackoffOptions
  readonly #failures = new Map<string, number>()

  constructor(options: BackoffOptions) {
    this.#options = options
  }

  /** Counts one more failure and says how long to wait. */
  nextMs(key: string): number {
    const failures = (this.#failures.get(key) ?? 0) + 1
    this.#failures.set(key, failures)
    return backoffMs(this.#options, failures)
  }

  failures(key: string): number {
    return this.#failures.get(key) ?? 0
  }

  /** A success: the key starts afresh. */
  forget(key: string): void {
    this.#failures.delete(key)
  }
}
