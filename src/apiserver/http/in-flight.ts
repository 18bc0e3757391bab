/**
 * Requests under way: how many there may be, and when each must be done. One timer looks after all, so
 * that a read costs no timer of its own.
 * Upstream: staging/src/k8s.io/apiserver/pkg/server/filters/{maxinflight,timeout}.go, v1.36.
 */
import type { Clock } from '#base/clock.ts'
import { timeout } from '#api/meta/status.ts'
import { BusyError } from './busy.ts'

export interface Deadline {
  /** The time is up. */
  expire(reason: Error): void
}

/** How many there may be at once; 0: any number. */
export interface InFlightMax {
  readonly reads: number
  readonly writes: number
}

/** Told when requests come after a pause, and a moment after the last one. */
export interface Activity {
  began(): void
  ended(): void
}

export class InFlight {
  readonly #clock: Clock
  readonly #max: InFlightMax
  readonly #activity: Activity | undefined
  readonly #deadlines = new Map<Deadline, number>()
  #isArmed = false
  #reads = 0
  #writes = 0
  #idle: PromiseWithResolvers<void> | undefined

  constructor(clock: Clock, max: InFlightMax, activity?: Activity) {
    this.#clock = clock
    this.#max = max
    this.#activity = activity
  }

  get reads(): number {
    return this.#reads
  }

  get writes(): number {
    return this.#writes
  }

  /** Counts the request until it leaves; throws BusyError. */
  enter(isRead: boolean): void {
    const max = isRead ? this.#max.reads : this.#max.writes
    if (max > 0 && (isRead ? this.#reads : this.#writes) >= max) throw new BusyError()
    if (isRead) this.#reads += 1
    else this.#writes += 1
  }

  leave(isRead: boolean): void {
    if (isRead) this.#reads -= 1
    else this.#writes -= 1
    if (this.#reads + this.#writes === 0) this.#idle?.resolve()
  }

  /** Resolves when no request is counted, or after so long. */
  async idle(withinMs: number): Promise<void> {
    if (this.#reads + this.#writes === 0) return
    this.#idle ??= Promise.withResolvers()
    const { promise, resolve } = this.#idle
    using _timer = this.#clock.after(withinMs, resolve)
    await promise
    this.#idle = undefined
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
