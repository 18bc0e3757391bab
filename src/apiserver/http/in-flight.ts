/**
 * Requests under way: how many there may be, and when each must be done. One timer looks after all, so
 * that a read costs no timer of its own.
 * Upstream: staging/src/k8s.io/apiserver/pkg/server/filters/{maxinflight,timeout}.go, v1.36.
 */
import type { Clock } from '#base/clock.ts'
import { timeout, tooManyRequests } from '#api/meta/status.ts'
import { limits } from './limits.ts'

export interface Deadline {
  /** The time is up. */
  expire(reason: Error): void
}

/** Told when requests come after a pause, and a moment after the last one. */
export interface Activity {
  began(): void
  ended(): void
}

export class InFlight {
  readonly #clock: Clock
  readonly #activity: Activity | undefined
  readonly #deadlines = new Map<Deadline, number>()
  #isArmed = false
  #reads = 0
  #writes = 0

  constructor(clock: Clock, activity?: Activity) {
    this.#clock = clock
    this.#activity = activity
  }

  get reads(): number {
    return this.#reads
  }

  get writes(): number {
    return this.#writes
  }

  /** Counts the request until it leaves; throws TooManyRequests. */
  enter(isRead: boolean): void {
    if (
      isRead ? this.#reads >= limits.readsInFlightMax : this.#writes >= limits.writesInFlightMax
    ) {
      throw tooManyRequests('Too many requests, please try again later.', 1)
    }
    if (isRead) this.#reads += 1
    else this.#writes += 1
  }

  leave(isRead: boolean): void {
    if (isRead) this.#reads -= 1
    else this.#writes -= 1
  }

  /** Expires the request after `ms`, to the second, unless it is `done` before. */
  watch(deadline: Deadline, ms: number): void {
    this.#deadlines.set(deadline, this.#clock.monotonicMs() + ms)
    if (this.#isArmed) return
    this.#activity?.began()
    this.#arm()
  }

  done(deadline: Deadline): void {
    this.#deadlines.delete(deadline)
  }

  #sweep(): void {
    this.#isArmed = false
    const now = this.#clock.monotonicMs()
    for (const [deadline, atMs] of this.#deadlines) {
      if (atMs > now) continue
      this.#deadlines.delete(deadline)
      deadline.expire(
        timeout('request did not complete within requested timeout - context deadline exceeded'),
      )
    }
    if (this.#deadlines.size > 0) this.#arm()
    else this.#activity?.ended()
  }

  /** The timer ends by itself a moment after the last request. */
  #arm(): void {
    this.#isArmed = true
    this.#clock.after(sweepMs, () => this.#sweep())
  }
}

const sweepMs = 1000
