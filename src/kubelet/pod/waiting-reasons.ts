/** Why containers of a pod wait, and until when they are left alone. */
import type { Clock } from '#base/clock.ts'
import type { Waiting } from '#kubelet/status/container-statuses.ts'

interface Entry {
  readonly waiting: Waiting | undefined
  /** On the monotonic clock. */
  readonly untilMs: number
}

/** The pod's sandbox waits under the name ''. */
export class WaitingReasons {
  readonly #clock: Clock
  readonly #entries = new Map<string, Entry>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  get(container: string): Waiting | undefined {
    return this.#entries.get(container)?.waiting
  }

  set(container: string, waiting: Waiting | undefined, restMs: number): void {
    this.#entries.set(container, { waiting, untilMs: this.#clock.monotonicMs() + restMs })
  }

  clear(container: string): void {
    this.#entries.delete(container)
  }

  restsUntil(container: string, nowMs: number): boolean {
    return (this.#entries.get(container)?.untilMs ?? 0) > nowMs
  }

  /** Something has changed that may have been the reason: all may be tried again. */
  retryNow(): void {
    for (const [name, { waiting }] of this.#entries) {
      if (waiting?.reason !== 'CrashLoopBackOff') this.#entries.set(name, { waiting, untilMs: 0 })
    }
  }

  /** When the first of the rests that last at `nowMs` is over; undefined when nothing rests. */
  nextDueMs(nowMs: number): number | undefined {
    const due = [...this.#entries.values()]
      .map(({ untilMs }) => untilMs)
      .filter((untilMs) => untilMs > nowMs)
    return due.length === 0 ? undefined : Math.min(...due)
  }
}
