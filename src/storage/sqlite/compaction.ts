/**
 * Forgets history in steps so small that nothing waits for them. First the mark: from then on the past is
 * refused. Then the writes up to the mark are walked from old to new, and what each replaced is removed;
 * how far the walk is, is kept in the file, so that a restart goes on where it was.
 */
import { limits } from '#storage/limits.ts'
import { revisionOf, type Revision } from '#storage/storage.ts'
import type { Database } from './database.ts'
import type { LogTable } from './log-table.ts'

export class Compaction {
  readonly #database: Database
  readonly #log: LogTable
  #mark: number
  #swept: number
  /** Pages were freed since the file was last looked at. */
  #mayShrink = false
  #waiting: (() => void)[] = []

  constructor(database: Database, log: LogTable) {
    this.#database = database
    this.#log = log
    this.#mark = log.mark('compacted')
    this.#swept = log.mark('swept')
  }

  get compacted(): Revision {
    return revisionOf(this.#mark)
  }

  get isPending(): boolean {
    return this.#swept < this.#mark
  }

  /** Refuses what is older from now on. Resolves when it is gone, or when the store closes. */
  start(revision: number): Promise<void> {
    this.#mark = revision
    return new Promise((resolve) => this.#waiting.push(resolve))
  }

  /** Does one step; false: there is nothing to do. */
  step(): boolean {
    return this.#sweep() || this.#shrink()
  }

  /** Nobody waits any longer. */
  stop(): void {
    const waiting = this.#waiting
    this.#waiting = []
    for (const resolve of waiting) resolve()
  }

  #sweep(): boolean {
    if (!this.isPending) return false
    const to = Math.min(this.#swept + limits.compactionRowsPerStep, this.#mark)
    this.#database.transaction(() => {
      this.#log.setMark('compacted', this.#mark)
      this.#log.sweep(this.#swept, to)
      this.#log.setMark('swept', to)
    })
    this.#swept = to
    this.#mayShrink = true
    if (!this.isPending) this.stop()
    return true
  }

  /** The file shrinks while more than a quarter of it is free; below that the pages are used again. */
  #shrink(): boolean {
    if (!this.#mayShrink) return false
    const free = Number(this.#database.pragma('freelist_count'))
    const all = Number(this.#database.pragma('page_count'))
    this.#mayShrink = free > limits.vacuumPagesPerStep && free * 4 > all
    if (this.#mayShrink) this.#database.vacuum(limits.vacuumPagesPerStep)
    return this.#mayShrink
  }
}
