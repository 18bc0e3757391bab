/** Time as an argument: the real clock in programs, a fake one (testing/clock.ts) in tests. */
export interface Clock {
  /** Wall-clock milliseconds since 1970. */
  nowMs(): number
  /** Milliseconds that never go back, for measuring and for deadlines. */
  monotonicMs(): number
  /** Resolves after `ms`, or at once when `signal` aborts; it never rejects: check the signal. */
  sleep(ms: number, signal: AbortSignal): Promise<void>
  /** Calls `fn` once after `ms` unless disposed before. A timer keeps no process alive. */
  after(ms: number, fn: () => void): Disposable
}

/** The last answer of {@link timestamp}: thousands of objects are written in the same second. */
let latest = { second: Number.NaN, text: '' }

/** RFC 3339 in whole seconds, as `metav1.Time` is written. */
export function timestamp(ms: number): string {
  const second = Math.floor(ms / 1000)
  if (second !== latest.second) {
    latest = { second, text: `${new Date(second * 1000).toISOString().slice(0, 19)}Z` }
  }
  return latest.text
}

/** RFC 3339 with microseconds, as `metav1.MicroTime` is written. */
export function microTimestamp(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 23)}000Z`
}
