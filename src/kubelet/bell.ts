import type { Clock } from '#base/clock.ts'

/** Wakes one waiter; a ring while nobody waits is kept for the next. */
export class Bell {
  readonly #clock: Clock
  #rung = false
  #wake: (() => void) | undefined

  constructor(clock: Clock) {
    this.#clock = clock
  }

  ring(): void {
    this.#rung = true
    this.#wake?.()
  }

  /** Resolves at the next ring, after `ms` if that is given, or when the signal aborts. */
  async wait(ms: number | undefined, signal: AbortSignal): Promise<void> {
    if (!this.#rung && !signal.aborted) {
      const { promise, resolve } = Promise.withResolvers<void>()
      this.#wake = resolve
      using _timer = ms === undefined ? undefined : this.#clock.after(ms, resolve)
      signal.addEventListener('abort', () => resolve(), { once: true })
      await promise
      this.#wake = undefined
    }
    this.#rung = false
  }
}
