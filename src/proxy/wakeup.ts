import type { Clock } from '#base/clock.ts'

/** One waiter that any number of events may wake; events that come while nobody waits are not lost. */
export class Wakeup {
  readonly #clock: Clock
  #pending = false
  #wake: (() => void) | undefined

  constructor(clock: Clock) {
    this.#clock = clock
  }

  set(): void {
    this.#pending = true
    this.#wake?.()
  }

  /** Forgets events that came so far: whoever calls this is about to look at everything. */
  clear(): void {
    this.#pending = false
  }

  /** Returns whether an event came; false: `ms` passed, or the signal aborted. */
  async wait(ms: number, signal: AbortSignal): Promise<boolean> {
    if (!this.#pending && !signal.aborted && ms > 0) {
      const { promise, resolve } = Promise.withResolvers<void>()
      this.#wake = resolve
      using _timer = this.#clock.after(ms, resolve)
      const aborted = (): void => resolve()
      signal.addEventListener('abort', aborted, { once: true })
      await promise
      signal.removeEventListener('abort', aborted)
      this.#wake = undefined
    }
    const woken = this.#pending
    this.#pending = false
    return woken
  }
}
