/**
 * The newest changes of a store and those who wait for more. Watchers are positions in one shared log of
 * committed batches, not queues of their own: a thousand of them cost no memory. A batch is dropped when
 * all have read it; one that falls `limits.watchBacklogMax` changes behind loses its place.
 */
import { limits } from './limits.ts'
import {
  CompactedError,
  FutureRevisionError,
  SlowWatcherError,
  type KeyChange,
  type Revision,
} from './storage.ts'

/** Changes that were committed together, in order. */
export type Batch = readonly KeyChange[]

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
  #bytes = 0
  /** Changes up to this revision are not here any more. */
  #floor: Revision
  #newest: Revision
  readonly #watches = new Set<FeedWatch>()
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
    this.#bytes += sizeOf(batch)
    this.#newest = revisionOfChange(last)
    if (this.#watches.size === 0) this.#drop()
    while (this.#isFull() && this.#batches.length > 1) this.#drop()
    for (const watch of this.#watches) watch.wake()
  }

  close(): void {
    this.#closed = true
    for (const watch of this.#watches) watch.wake()
  }

  watch(options: WatchOptions): AsyncIterable<Batch> {
    return { [Symbol.asyncIterator]: () => new FeedWatch(this, options) }
  }

  get isClosed(): boolean {
    return this.#closed
  }

  /** Changes up to this revision have to be read from the history. */
  get floor(): Revision {
    return this.#floor
  }

  /** Gives a watch its place: before the first change after the revision, which must still be here. */
  enter(watch: FeedWatch, revision: Revision): number {
    this.#watches.add(watch)
    const index = this.#batches.findIndex((batch) => {
      const last = batch.at(-1)
      return last !== undefined && revisionOfChange(last) > revision
    })
    return this.#first + (index === -1 ? this.#batches.length : index)
  }

  leave(watch: FeedWatch): void {
    this.#watches.delete(watch)
    this.trim()
  }

  /** Undefined: it is not there yet. Throws SlowWatcherError. */
  batchAt(position: number): Batch | undefined {
    if (position < this.#first) throw new SlowWatcherError('the watcher fell too far behind')
    return this.#batches[position - this.#first]
  }

  /** Drops what everybody has read. */
  trim(): void {
    let least = this.#first + this.#batches.length
    for (const { position } of this.#watches) if (position < least) least = position
    while (this.#first < least) this.#drop()
  }

  #isFull(): boolean {
    return this.#changes > limits.watchBacklogMax || this.#bytes > limits.watchBacklogBytesMax
  }

  #drop(): void {
    const batch = this.#batches.shift()
    const last = batch?.at(-1)
    if (batch === undefined || last === undefined) return
    this.#first++
    this.#changes -= batch.length
    this.#bytes -= sizeOf(batch)
    this.#floor = revisionOfChange(last)
  }
}

function sizeOf(batch: Batch): number {
  let bytes = 0
  for (const change of batch) if (change.type === 'put') bytes += change.entry.value.bytes.length
  return bytes
}

export interface WatchOptions {
  readonly prefix: string
  readonly from: Revision
  readonly signal: AbortSignal
  readonly history: History
}

/**
 * One watcher. Not a generator: a batch that is there is handed over in a single turn of the microtask
 * queue, so that a watcher keeps up with writers who wait for nothing but their own write.
 */
class FeedWatch implements AsyncIterator<Batch, undefined> {
  readonly #feed: ChangeFeed
  readonly #options: WatchOptions
  /** Sequence number of the next batch; undefined as long as the history is read. */
  #position: number | undefined
  #reached: Revision
  #isOver = false
  #wake: (() => void) | undefined

  constructor(feed: ChangeFeed, options: WatchOptions) {
    this.#feed = feed
    this.#options = options
    this.#reached = options.from
    if (options.from <= feed.newest && options.from >= feed.floor) this.#enter()
  }

  get position(): number {
    return this.#position ?? Infinity
  }

  async next(): Promise<IteratorResult<Batch, undefined>> {
    try {
      for (;;) {
        if (this.#isOver || this.#feed.isClosed || this.#options.signal.aborted) break
        const batch = this.#position === undefined ? this.#past() : this.#present()
        if (batch === undefined) await this.#more()
        else if (batch.length > 0) return { done: false, value: batch }
      }
      return await this.return()
    } catch (error) {
      await this.return()
      throw error
    }
  }

  async return(): Promise<IteratorReturnResult<undefined>> {
    this.#isOver = true
    this.#feed.leave(this)
    return { done: true, value: undefined }
  }

  wake(): void {
    this.#wake?.()
  }

  #enter(): void {
    this.#position = this.#feed.enter(this, this.#reached)
  }

  /** A page of the history; when it reaches the present, the watch gets its place there. */
  #past(): Batch {
    const { prefix, history } = this.#options
    if (this.#reached > this.#feed.newest) throw new FutureRevisionError(this.#feed.newest)
    if (this.#reached < history.compacted()) throw new CompactedError(history.compacted())
    if (this.#reached >= this.#feed.floor) {
      this.#enter()
      return []
    }
    const { batch, upTo } = history.changesAfter(prefix, this.#reached)
    this.#reached = upTo
    if (upTo >= this.#feed.floor) this.#enter()
    return batch
  }

  #present(): Batch | undefined {
    const position = this.#position ?? 0
    const batch = this.#feed.batchAt(position)
    if (batch === undefined) return undefined
    this.#position = position + 1
    this.#feed.trim()
    return select(batch, this.#options.prefix, this.#reached)
  }

  #more(): Promise<void> {
    const { signal } = this.#options
    return new Promise((resolve) => {
      const wake = (): void => {
        this.#wake = undefined
        signal.removeEventListener('abort', wake)
        resolve()
      }
      this.#wake = wake
      signal.addEventListener('abort', wake, { once: true })
    })
  }
}

export function revisionOfChange(change: KeyChange): Revision {
  return change.type === 'put' ? change.entry.revision : change.revision
}

export function keyOfChange(change: KeyChange): string {
  return change.type === 'put' ? change.entry.key : change.key
}

/** The batch itself when all of it is wanted, which is the common case. */
function select(batch: Batch, prefix: string, after: Revision): Batch {
  const wanted = (change: KeyChange): boolean =>
    revisionOfChange(change) > after && keyOfChange(change).startsWith(prefix)
  return batch.every(wanted) ? batch : batch.filter(wanted)
}
