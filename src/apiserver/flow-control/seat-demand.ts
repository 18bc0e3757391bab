/**
 * How many seats are wanted: the highest, the mean and the deviation over a period, weighted by time.
 * Upstream: staging/src/k8s.io/apiserver/pkg/util/flowcontrol/fairqueuing/integrator.go, v1.36.
 */
export class SeatDemand {
  #now = 0
  #sinceMs: number
  #startMs: number
  #sum = 0
  #squares = 0
  #high = 0

  constructor(nowMs: number) {
    this.#sinceMs = nowMs
    this.#startMs = nowMs
  }

  set(seats: number, nowMs: number): void {
    this.#integrate(nowMs)
    this.#now = seats
    if (seats > this.#high) this.#high = seats
  }

  /** What was wanted since the last call, and begins a new period. */
  take(nowMs: number): {
    readonly high: number
    readonly average: number
    readonly deviation: number
  } {
    this.#integrate(nowMs)
    const elapsedMs = nowMs - this.#startMs
    const average = elapsedMs === 0 ? this.#now : this.#sum / elapsedMs
    const square = elapsedMs === 0 ? this.#now ** 2 : this.#squares / elapsedMs
    const taken = {
      high: this.#high,
      average,
      deviation: Math.sqrt(Math.max(0, square - average ** 2)),
    }
    this.#startMs = nowMs
    this.#sum = 0
    this.#squares = 0
    this.#high = this.#now
    return taken
  }

  #integrate(nowMs: number): void {
    const elapsedMs = nowMs - this.#sinceMs
    this.#sinceMs = nowMs
    this.#sum += this.#now * elapsedMs
    this.#squares += this.#now ** 2 * elapsedMs
  }
}
