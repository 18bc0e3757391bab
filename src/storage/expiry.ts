import type { Clock } from '#base/clock.ts'
import { limits } from './limits.ts'

export interface ExpiryOptions {
  readonly clock: Clock
  /** When the next key expires, in wall-clock milliseconds; undefined: none will. */
  nextMs(): number | undefined
  /** Removes some keys that have expired. */
  expire(nowMs: number): Promise<void>
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
    try {
      await this.#options.expire(this.#options.clock.nowMs())
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
