/** One watcher: what etcd tells, in the contract's words, kept until it is read. */
import { Queue } from '#base/queue.ts'
import { limits as shared } from '#storage/limits.ts'
import {
  CompactedError,
  SlowWatcherError,
  revisionOf,
  type Change,
  type Revision,
} from '#storage/storage.ts'
import type { Event, WatchResponse } from './messages.ts'
import { WatchCanceled, type WatchStream, type WatchTarget } from './watch-stream.ts'

type Batch = readonly Change[]

export interface EtcdWatchOptions {
  readonly stream: WatchStream
  readonly key: Buffer
  readonly rangeEnd: Buffer
  readonly from: Revision
  readonly signal: AbortSignal
  /** Rejects when it may not begin there. */
  begin(): Promise<void>
  changeOf(event: Event): Change
  /** It has ended. */
  ended(watch: EtcdWatch): void
}

export class EtcdWatch implements AsyncIterator<Batch, undefined>, WatchTarget {
  readonly key: Buffer
  readonly rangeEnd: Buffer
  readonly #options: EtcdWatchOptions
  readonly #batches = new Queue<Batch>()
  #changes = 0
  #reached: number
  #id: number | undefined
  #begun: Promise<void> | undefined
  #error: Error | undefined
  #isOver = false
  #wake: (() => void) | undefined

  constructor(options: EtcdWatchOptions) {
    this.#options = options
    this.key = options.key
    this.rangeEnd = options.rangeEnd
    this.#reached = Number(options.from)
    options.signal.addEventListener('abort', this.#stop, { once: true })
  }

  get reached(): number {
    return this.#reached
  }

  async next(): Promise<IteratorResult<Batch, undefined>> {
    const { signal } = this.#options
    try {
      this.#begun ??= this.#begin()
      await this.#begun
      while (!this.#isOver && !signal.aborted) {
        if (this.#error !== undefined) throw this.#error
        const batch = this.#batches.shift()
        if (batch !== undefined) {
          this.#changes -= batch.length
          return { done: false, value: batch }
        }
        await new Promise<void>((resolve) => (this.#wake = resolve))
      }
      return await this.return()
    } catch (error) {
      await this.return()
      throw error
    }
  }

  async return(): Promise<IteratorReturnResult<undefined>> {
    this.close()
    return { done: true, value: undefined }
  }

  /** Ends it for its reader, too. */
  close(): void {
    this.#isOver = true
    this.#batches.clear()
    this.#options.signal.removeEventListener('abort', this.#stop)
    if (this.#id !== undefined) this.#options.stream.remove(this.#id)
    this.#id = undefined
    this.#options.ended(this)
    this.#wake?.()
  }

  told({ events, header }: WatchResponse): void {
    if (events.length === 0) return this.#progress(header.revision)
    const isNew = ({ kv }: Event): boolean => kv.modRevision > this.#reached
    const news = events.every(isNew) ? events : events.filter(isNew)
    const last = news.at(-1)
    if (last === undefined) return
    const changes = news.map((event) => this.#options.changeOf(event))
    this.#reached = last.kv.modRevision
    this.#keep(changes)
  }

  failed(error: Error): void {
    const isCompacted = error instanceof WatchCanceled && error.compactRevision > 0
    this.#error = isCompacted ? new CompactedError(revisionOf(error.compactRevision)) : error
    this.#batches.clear()
    if (this.#id !== undefined) this.#options.stream.remove(this.#id)
    this.#id = undefined
    this.#wake?.()
  }

  /** Progress of the stream does not know of a watch that began later. */
  #progress(revision: number): void {
    if (revision <= this.#reached) return
    this.#reached = revision
    this.#keep([{ type: 'progress', revision: revisionOf(revision) }])
  }

  #keep(changes: Batch): void {
    this.#changes += changes.length
    if (this.#changes > shared.watchBacklogMax) {
      this.failed(new SlowWatcherError('the watcher fell too far behind'))
      return
    }
    this.#batches.push(changes)
    this.#wake?.()
  }

  readonly #stop = (): void => this.close()

  async #begin(): Promise<void> {
    await this.#options.begin()
    if (!this.#isOver) this.#id = this.#options.stream.add(this)
  }
}
