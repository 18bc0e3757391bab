import type { Clock } from '#base/clock.ts'
import { Heap } from '#base/heap.ts'

interface Timer {
  readonly dueMs: number
  readonly sequence: number
  fn: (() => void) | undefined
}

/**
 * A clock that stands still until `advance`. Timers run in the order in which they are due, those of
 * the same instant in the order in which they were set, with the clock at their instant.
 */
export class FakeClock implements Clock {
  readonly #startMs: number
  #elapsedMs = 0
  #sequence = 0
  readonly #timers = new Heap<Timer>((a, b) => a.dueMs - b.dueMs || a.sequence - b.sequence)

  /** Starts at 2030-01-01T00:00:00Z unless told. */
  constructor(startMs = Date.UTC(2030, 0, 1)) {
    this.#startMs = startMs
  }

  nowMs(): number {
    return this.#startMs + this.#elapsedMs
  }

  monotonicMs(): number {
    return this.#elapsedMs
  }

  sleep(ms: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      if (signal.aborted) return resolve()
      const done = (): void => {
        timer[Symbol.dispose]()
        signal.removeEventListener('abort', done)
        resolve()
      }
      const timer = this.after(ms, done)
      signal.addEventListener('abort', done, { once: true })
    })
  }

  after(ms: number, fn: () => void): Disposable {
    const timer: Timer = { dueMs: this.#elapsedMs + Math.max(0, ms), sequence: this.#sequence, fn }
    this.#sequence += 1
    this.#timers.push(timer)
    return {
      [Symbol.dispose]: () => {
        timer.fn = undefined
      },
    }
  }

  /** Timers that are set and not yet disposed or run. */
  get pending(): number {
    const kept: Timer[] = []
    for (let timer = this.#timers.pop(); timer !== undefined; timer = this.#timers.pop()) {
      if (timer.fn !== undefined) kept.push(timer)
    }
    for (const timer of kept) this.#timers.push(timer)
    return kept.length
  }

  /** Moves time on, runs what falls due, and lets what waits for it run between the timers. */
  async advance(ms: number): Promise<void> {
    const untilMs = this.#elapsedMs + ms
    await settle()
    for (let next = this.#timers.peek(); next !== undefined && next.dueMs <= untilMs;) {
      this.#timers.pop()
      this.#elapsedMs = Math.max(this.#elapsedMs, next.dueMs)
      const fn = next.fn
      next.fn = undefined
      fn?.()
      if (fn !== undefined) await settle()
      next = this.#timers.peek()
    }
    this.#elapsedMs = untilMs
    await settle()
  }
}

/** A turn of the event loop: every promise that can go on has gone on. */
function settle(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve)
  })
}
