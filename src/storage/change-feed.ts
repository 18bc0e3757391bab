/**
 * The newest changes of a store and those who wait for more. Watchers are positions in one shared log of
 * committed batches, not queues of their own: a thousand of them cost no memory, and one that falls
 * behind loses its place when its batch is dropped, which bounds everything by `limits.watchBacklogMax`.
 */
import { limits } from './limits.ts'
import {
  CompactedError,
  FutureRevisionError,
  SlowWatcherError,
  type Change,
  type Revision,
} from './storage.ts'

/** Changes that were committed together, in order. */
export type Batch = readonly Change[]

/** The durable log behind the feed, for watchers that start before what the feed still holds. */
export interface History {
  /** Changes after this revision are there; those at or before it may be gone. */
  compacted(): Revision
  /** Changes of keys with the prefix, oldest first, at most a page; `upTo` is how far was read. */
  changesAfter(prefix: string, after: Revision): { batch: Batch; upTo: Revision }
}

export class ChangeFeed {
  readonly #batches: Batch[] = []
  /** Sequence number of `#batches[0]`. */
  #first = 0
  #changes = 0
  /** The revision before the oldest change that is kept here. */
  #floor: Revision
  #newest: Revision
  #waiting: (() => void)[] = []
  #closed = false

  constructor(newest: Revision) {
    this.#floor = newest
    this.#newest = newest
  }

  /** The revision of the newest published change. */
  get newest(): Revision {
    return this.#newest
  }

  publish(batch: Batch): void {
    const last = batch.at(-1)
    if (last === undefined) return
    this.#batches.push(batch)
    this.#changes += batch.length
    this.#newest = revisionOfChange(last)
    while (this.#changes > limits.watchBacklogMax && this.#batches.length > 1) this.#drop()
    this.#wake()
  }

  close(): void {
    this.#closed = true
    this.#wake()
  }

  async *watch(
    prefix: string,
    from: Revision,
    signal: AbortSignal,
    history: History,
  ): AsyncGenerator<Batch> {
    if (from > this.#newest) throw new FutureRevisionError(this.#newest)
    if (from < history.compacted()) throw new CompactedError(history.compacted())
    let reached = from
    while (reached < this.#floor && !this.#isOver(signal)) {
      if (reached < history.compacted()) throw new CompactedError(history.compacted())
      const { batch, upTo } = history.changesAfter(prefix, reached)
      reached = upTo
      if (batch.length > 0) yield batch
    }
    let position = this.#positionAfter(reached)
    while (!this.#isOver(signal)) {
      if (position < this.#first) throw new SlowWatcherError('the watcher fell too far behind')
      const batch = this.#batches[position - this.#first]
      if (batch === undefined) {
        await this.#more(signal)
        continue
      }
      position++
      const wanted = select(batch, prefix, reached)
      if (wanted.length > 0) yield wanted
    }
  }

  #isOver(signal: AbortSignal): boolean {
    return this.#closed || signal.aborted
  }

  #positionAfter(revision: Revision): number {
    const index = this.#batches.findIndex((batch) => {
      const last = batch.at(-1)
      return last !== undefined && revisionOfChange(last) > revision
    })
    return this.#first + (index === -1 ? this.#batches.length : index)
  }

  #drop(): void {
    const batch = this.#batches.shift()
    const last = batch?.at(-1)
    if (batch === undefined || last === undefined) return
    this.#first++
    this.#changes -= batch.length
    this.#floor = revisionOfChange(last)
  }

  #more(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const wake = (): void => {
        signal.removeEventListener('abort', wake)
        resolve()
      }
      signal.addEventListener('abort', wake, { once: true })
      this.#waiting.push(wake)
    })
  }

  #wake(): void {
    const waiting = this.#waiting
    this.#waiting = []
    for (const wake of waiting) wake()
  }
}

export function revisionOfChange(change: Change): Revision {
  return change.type === 'put' ? change.entry.revision : change.revision
}

export function keyOfChange(change: Change): string {
  return change.type === 'put' ? change.entry.key : change.key
}

/** The batch itself when all of it is wanted, which is the common case. */
function select(batch: Batch, prefix: string, after: Revision): Batch {
  const wanted = (change: Change): boolean =>
    revisionOfChange(change) > after && keyOfChange(change).startsWith(prefix)
  return batch.every(wanted) ? batch : batch.filter(wanted)
}
