import type { DaemonSet } from '#api/apps/v1.gen.ts'
import type { Pod } from '#api/core/v1.gen.ts'
import type { Clock } from '#base/clock.ts'
import { targetNode } from './eligibility.ts'

interface Entry {
  readonly delayMs: number
  readonly untilMs: number
}

const limits = {
  /** Upstream: flowcontrol.NewBackOff(1 s, 15 min). */
  delayMsMin: 1_000,
  delayMsMax: 900_000,
  entriesMax: 10_000,
} as const

/** Daemons that end again and again on a node are replaced later and later. */
export class EndedBackoff {
  readonly #clock: Clock
  readonly #entries = new Map<string, Entry>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** 0: replace the pod now, and the next one on the node later. */
  waitMs({ metadata }: DaemonSet, pod: Pod): number {
    const key = `${metadata.uid}/${metadata.generation}/${targetNode(pod.spec)}`
    const nowMs = this.#clock.monotonicMs()
    const prior = this.#entries.get(key)
    if (prior !== undefined && prior.untilMs > nowMs) return prior.untilMs - nowMs
    const isForgotten = prior === undefined || nowMs - prior.untilMs > 2 * limits.delayMsMax
    const delayMs = isForgotten ? limits.delayMsMin : Math.min(2 * prior.delayMs, limits.delayMsMax)
    this.#entries.delete(key)
    this.#entries.set(key, { delayMs, untilMs: nowMs + delayMs })
    if (this.#entries.size > limits.entriesMax) this.#forgetOldest()
    return 0
  }

  #forgetOldest(): void {
    for (const oldest of this.#entries.keys()) {
      this.#entries.delete(oldest)
      return
    }
  }
}
