/**
 * Watches learn of revisions that no event of theirs brings: those of keys that they do not watch. Who
 * asked the store for its revision waits for that. etcd is asked how far the stream is; one that is too
 * old to be trusted with the answer (it may overtake events) is made to send an event instead, by a write.
 * Upstream: storage/cacher/progress and storage/feature/feature_support_checker.go.
 */
import type { Clock } from '#base/clock.ts'
import { limits } from './limits.ts'

/** `ask`: by a progress request; `mark`: by a write; `none`: not at all, as the member's version is not known. */
export type ProgressWay = 'ask' | 'mark' | 'none'

export interface ProgressOptions {
  readonly clock: Clock
  /** The least that a watch has reached. */
  reached(): number
  ask(): void
  mark(): Promise<void>
}

export class Progress implements Disposable {
  readonly #options: ProgressOptions
  way: ProgressWay = 'none'
  #wanted = 0
  #timer: Disposable | undefined
  #isMarking = false

  constructor(options: ProgressOptions) {
    this.#options = options
  }

  /** Somebody will wait until the watches have this revision. */
  want(revision: number): void {
    if (revision > this.#wanted) this.#wanted = revision
    if (this.#options.reached() >= this.#wanted) return
    this.#timer ??= this.#after(limits.progressDelayMs)
  }

  [Symbol.dispose](): void {
    this.#timer?.[Symbol.dispose]()
  }

  #after(ms: number): Disposable {
    return this.#options.clock.after(ms, () => this.#check())
  }

  #check(): void {
    this.#timer = undefined
    if (this.#options.reached() >= this.#wanted) return
    if (this.way === 'ask') this.#options.ask()
    else if (this.way === 'mark') void this.#mark()
    this.#timer = this.#after(limits.progressIntervalMs)
  }

  /** One at a time; one that fails is tried again by the timer. */
  async #mark(): Promise<void> {
    if (this.#isMarking) return
    this.#isMarking = true
    await this.#options.mark().catch(() => {})
    this.#isMarking = false
  }
}

/** Upstream trusts progress requests from 3.4.31 and 3.5.13 on. */
export function wayOf(version: string): ProgressWay {
  const [major = 0, minor = 0, patch = 0] = version.split(/[.-]/).map(Number)
  if (major !== 3) return major > 3 ? 'ask' : 'mark'
  const first = { 4: 31, 5: 13 }[minor]
  if (first === undefined) return minor > 5 ? 'ask' : 'mark'
  return patch >= first ? 'ask' : 'mark'
}
