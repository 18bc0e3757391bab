/**
 * Watch events on their way out. What a turn of the event loop brings is written at its end, all watches
 * at once: the answer to the write that caused the events goes first, so its client is at work again
 * while the watchers are served, and a watcher gets the events of several commits in one piece. Measured
 * in docs/performance.md.
 */

export interface Outgoing {
  /** Writes what is pending. */
  flush(): void
}

export class WatchOutbox {
  readonly #pending = new Set<Outgoing>()

  /** `flush` is called once, at the end of this turn. */
  add(outgoing: Outgoing): void {
    if (this.#pending.size === 0) setImmediate(() => this.#flush())
    this.#pending.add(outgoing)
  }

  #flush(): void {
    const pending = [...this.#pending]
    this.#pending.clear()
    for (const outgoing of pending) outgoing.flush()
  }
}
