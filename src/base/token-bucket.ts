/** Upstream: staging/src/k8s.io/client-go/util/flowcontrol/throttle.go, over golang.org/x/time/rate. */
import type { Clock } from './clock.ts'

export interface Rate {
  readonly qps: number
  readonly burst: number
}

/** Full at first; filled again as time goes by, up to its burst. */
export class TokenBucket {
  readonly #rate: Rate
  readonly #clock: Clock
  #tokens: number
  #filledMs: number

  constructor(rate: Rate, clock: Clock) {
    this.#rate = rate
    this.#clock = clock
    this.#tokens = rate.burst
    this.#filledMs = clock.monotonicMs()
  }

  /** Whether there was one left. */
  tryTake(): boolean {
    this.#fill()
    if (this.#tokens < 1) return false
    this.#tokens -= 1
    return true
  }

  /** Takes one, now or in advance: how long to wait until it is there. */
  take(): number {
    this.#fill()
    this.#tokens -= 1
    return this.#tokens >= 0 ? 0 : (-this.#tokens / this.#rate.qps) * 1000
  }

  #fill(): void {
    const nowMs = this.#clock.monotonicMs()
    const { qps, burst } = this.#rate
    const added = ((nowMs - this.#filledMs) / 1000) * qps
    this.#tokens = Math.min(burst, this.#tokens + added)
    this.#filledMs = nowMs
  }
}
