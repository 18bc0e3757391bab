/**
 * A queue of keys with client-go's promises: a key waits at most once, is never worked on twice at the
 * same time, and comes again if it was added while being worked on. Failures come back later and later.
 * It holds each key once, so that its size is bounded by the number of objects.
 * Upstream: staging/src/k8s.io/client-go/util/workqueue at v1.36.
 */
import type { Clock } from '#base/clock.ts'

/** Upstream's DefaultTypedControllerRateLimiter, without its overall bucket (one process, one server). */
export const defaultBackoff: Backoff = { baseMs: 5, capMs: 1_000_000 }

export interface Backoff {
  readonly baseMs: number
  readonly capMs: number
}

export interface WorkQueueOptions {
  readonly clock: Clock
  readonly backoff?: Backoff
}

interface Delayed {
  readonly dueMs: number
  readonly timer: Disposable
}

export class WorkQueue<Key = string> {
  readonly #clock: Clock
  readonly #backoff: Backoff
  readonly #waiting = new Set<Key>()
  readonly #processing = new Set<Key>()
  /** Added while in work: they wait again as soon as they are done. */
  readonly #again = new Set<Key>()
  readonly #delayed = new Map<Key, Delayed>()
  readonly #failures = new Map<Key, number>()
  readonly #takers: ((key: Key | undefined) => void)[] = []
  #closed = false

  constructor(options: WorkQueueOptions) {
    this.#clock = options.clock
    this.#backoff = options.backoff ?? defaultBackoff
  }

  /** Keys that wait to be taken. */
  get length(): number {
    return this.#waiting.size
  }

  /** Keys that somebody took and did not finish. */
  get inFlight(): number {
    return this.#processing.size
  }

  /** Whether nothing waits, nothing is in work, and nothing is due later. */
  get idle(): boolean {
    return this.#waiting.size + this.#processing.size + this.#delayed.size === 0
  }

  add(key: Key): void {
    if (this.#closed) return
    if (this.#processing.has(key)) {
      this.#again.add(key)
      return
    }
    const taker = this.#waiting.has(key) ? undefined : this.#takers.shift()
    if (taker === undefined) {
      this.#waiting.add(key)
      return
    }
    this.#processing.add(key)
    taker(key)
  }

  /** Adds the key after `ms`; of two such wishes the earlier counts. */
  addAfter(key: Key, ms: number): void {
    if (this.#closed) return
    if (ms <= 0) return this.add(key)
    const dueMs = this.#clock.monotonicMs() + ms
    const delayed = this.#delayed.get(key)
    if (delayed !== undefined) {
      if (delayed.dueMs <= dueMs) return
      delayed.timer[Symbol.dispose]()
    }
    const timer = this.#clock.after(Math.min(ms, timerMsMax), () => {
      this.#delayed.delete(key)
      this.addAfter(key, dueMs - this.#clock.monotonicMs())
    })
    this.#delayed.set(key, { dueMs, timer })
  }

  /** Adds the key after its backoff, which doubles with each call until `forget`. Returns the delay. */
  addRateLimited(key: Key): number {
    const failures = this.#failures.get(key) ?? 0
    this.#failures.set(key, failures + 1)
    const ms = Math.min(this.#backoff.baseMs * 2 ** Math.min(failures, 60), this.#backoff.capMs)
    this.addAfter(key, ms)
    return ms
  }

  /** The key did well: its next failure starts with the shortest backoff. */
  forget(key: Key): void {
    this.#failures.delete(key)
  }

  failures(key: Key): number {
    return this.#failures.get(key) ?? 0
  }

  /** The next key, which is the caller's until `done`; undefined once the queue is closed. */
  take(): Promise<Key | undefined> {
    for (const key of this.#waiting) {
      this.#waiting.delete(key)
      this.#processing.add(key)
      return Promise.resolve(key)
    }
    if (this.#closed) return Promise.resolve(undefined)
    return new Promise((resolve) => this.#takers.push(resolve))
  }

  done(key: Key): void {
    this.#processing.delete(key)
    if (this.#again.delete(key)) this.add(key)
  }

  /** Wakes all takers with undefined, forgets what waits, and takes no more. */
  close(): void {
    this.#closed = true
    for (const { timer } of this.#delayed.values()) timer[Symbol.dispose]()
    this.#delayed.clear()
    this.#waiting.clear()
    this.#again.clear()
    for (const taker of this.#takers.splice(0)) taker(undefined)
  }
}

/** Timers of JavaScript overflow beyond 2^31-1 ms; longer waits are made of several. */
const timerMsMax = 2 ** 31 - 1
