import type { Clock } from '#base/clock.ts'
import { limits } from './limits.ts'

export interface ExpiryOptions {
  readonly clock: Clock
  /** When the next key expires, in wall-clock milliseconds; undefined: none will. */
  nextMs(): number | undefined
  /** Removes some keys that have expired; true: there are more. */
  expire(nowMs: number): Promise<boolean>
}

/** One timer for all keys that expire, armed for the nearest. */
export class Expiry implements Disposable {
  readonly #options: ExpiryOptions
  #timer: Disposable | undefined
  #armedForMs = Infinity
  #disposed = false

  constructor(options: ExpiryOptions) {
    this.#options = options
    this.#armForNext()
  }

  /** A key was written that expires then. */
  arm(expiresMs: number): void {
    if (this.#disposed || expiresMs >= this.#armedForMs) return
    this.#timer?.[Symbol.dispose]()
    this.#armedForMs = expiresMs
    const delayMs = Math.max(expiresMs - this.#options.clock.nowMs(), 0)
    this.#timer = this.#options.clock.after(delayMs, () => void this.#run())
  }

  async #run(): Promise<void> {
    const { clock } = this.#options
    try {
      // Thousands of Events may expire together: in steps, with others' turns between them.
      while (!this.#disposed && (await this.#options.expire(clock.nowMs()))) {
        await new Promise((resolve) => setImmediate(resolve))
      }
    } finally {
      this.#armedForMs = Infinity
      this.#armForNext()
    }
  }

  #armForNext(): void {
    if (this.#disposed) return
    const next = this.#options.nextMs()
    if (next === undefined) return
    this.arm(Math.max(next, this.#options.clock.nowMs() + limits.expiryGranularityMs))
  }

  [Symbol.dispose](): void {
    this.#disposed = true
    this.#timer?.[Symbol.dispose]()
  }
}
