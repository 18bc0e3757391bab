import type { Pod } from '#api/core/v1.gen.ts'
import { finishedMs } from './pods.ts'

/** Upstream: DefaultJobPodFailureBackOff, MaxJobPodFailureBackOff. */
const limits = { delayMsMin: 10_000, delayMsMax: 600_000 } as const

interface Entry {
  failures: number
  lastMs: number
}

/**
 * Pods of a Job that fail one after the other are replaced later and later; a success forgets it all.
 * Upstream: pkg/controller/job/backoff_utils.go at v1.36.
 */
export class JobBackoff {
  readonly #entries = new Map<string, Entry>()

  /** Takes newly ended pods of a Job into account. */
  note(
    key: string,
    { succeeded, failed }: { readonly succeeded: readonly Pod[]; readonly failed: readonly Pod[] },
    nowMs: number,
  ): void {
    const ended = (pod: Pod) => finishedMs(pod) ?? nowMs
    const lastSuccessMs = Math.max(-Infinity, ...succeeded.map(ended))
    if (succeeded.length > 0) this.#entries.delete(key)
    for (const pod of failed) {
      const atMs = ended(pod)
      if (atMs <= lastSuccessMs) continue
      const entry = this.#entries.get(key) ?? { failures: 0, lastMs: 0 }
      entry.failures++
      entry.lastMs = Math.max(entry.lastMs, atMs)
      this.#entries.set(key, entry)
    }
  }

  /** How long the next pod has to wait; 0 when it has not. */
  waitMs(key: string, nowMs: number): number {
    const entry = this.#entries.get(key)
    if (entry === undefined) return 0
    const delayMs = Math.min(limits.delayMsMin * 2 ** (entry.failures - 1), limits.delayMsMax)
    return Math.max(0, entry.lastMs + delayMs - nowMs)
  }

  forget(key: string): void {
    this.#entries.delete(key)
  }
}
