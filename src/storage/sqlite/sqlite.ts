/**
 * The log in a SQLite file: durable, one process, no server. Reads show what is durable, never what is
 * only on its way: they read as of the newest acknowledged revision.
 */
import type { Clock } from '#base/clock.ts'
import { ChangeFeed, type Batch } from '#storage/change-feed.ts'
import { Expiry } from '#storage/expiry.ts'
import { limits } from '#storage/limits.ts'
import {
  CompactedError,
  FutureRevisionError,
  StorageClosedError,
  revisionOf,
  type Entry,
  type Range,
  type RangeOptions,
  type Revision,
  type Scan,
  type Storage,
  type Value,
  type WriteOptions,
  type WriteOutcome,
} from '#storage/storage.ts'
import { Committer, type Write } from './committer.ts'
import { Compaction } from './compaction.ts'
import { Database } from './database.ts'
import { LogTable } from './log-table.ts'
import { scanPages } from './scan.ts'

export interface SqliteOptions {
  /** Of the file; beside it lie `-wal` and, while it is created, its folder. */
  readonly path: string
  readonly clock: Clock
}

/** Throws when the file is in use, or is not ours. */
export async function openSqlite(options: SqliteOptions): Promise<Storage> {
  return new SqliteStorage(options)
}

class SqliteStorage implements Storage {
  readonly #clock: Clock
  readonly #database: Database
  readonly #log: LogTable
  readonly #compaction: Compaction
  readonly #committer: Committer
  readonly #feed: ChangeFeed
  readonly #expiry: Expiry
  #closing: Promise<void> | undefined

  constructor({ path, clock }: SqliteOptions) {
    this.#clock = clock
    this.#database = Database.open(path)
    this.#log = new LogTable(this.#database)
    this.#compaction = new Compaction(this.#database, this.#log)
    // The newest row may have been a removal that compaction swept: its revision is not given again.
    const newest = Math.max(this.#log.newest(), Number(this.#compaction.compacted), 1)
    this.#feed = new ChangeFeed(revisionOf(newest))
    this.#committer = new Committer({
      database: this.#database,
      log: this.#log,
      newest,
      committed: (batch) => this.#feed.publish(batch),
      background: () => this.#compaction.step(),
    })
    this.#expiry = new Expiry({
      clock,
      nextMs: () => this.#log.nextExpiryMs(),
      expire: (nowMs) => this.#expire(nowMs),
    })
    this.#committer.wake()
  }

  async get(key: string): Promise<Entry | undefined> {
    this.#assertOpen()
    return this.#log.entry(key, Number(this.#feed.newest))
  }

  async range({ prefix, limit, after, atRevision, countRemaining }: RangeOptions): Promise<Range> {
    this.#assertOpen()
    const revision = atRevision ?? this.#feed.newest
    if (revision > this.#feed.newest) throw new FutureRevisionError(this.#feed.newest)
    if (revision < this.#compaction.compacted) throw new CompactedError(this.#compaction.compacted)
    const query = { prefix, after, atRevision: Number(revision) }
    const read = this.#log.range({ ...query, limit: limit === 0 ? 0 : limit + 1 })
    const entries = limit > 0 && read.length > limit ? read.slice(0, limit) : read
    const more = read.length > entries.length
    if (countRemaining !== true) return { entries, revision, more }
    const last = entries.at(-1)?.key
    const remaining = more ? this.#log.count({ ...query, after: last }) : 0
    return { entries, revision, more, remaining }
  }

  scan(prefix: string): Scan {
    this.#assertOpen()
    const revision = this.#feed.newest
    const log = this.#log
    return {
      revision,
      pages: scanPages({ log, compaction: this.#compaction, prefix, revision }),
    }
  }

  async count(prefix: string): Promise<number> {
    this.#assertOpen()
    return this.#log.count({ prefix, after: undefined, atRevision: Number(this.#feed.newest) })
  }

  async create(key: string, value: Value, options?: WriteOptions): Promise<WriteOutcome> {
    return this.#write({ type: 'create', key, value, expiresMs: this.#expiresMs(options) })
  }

  async update(
    key: string,
    value: Value,
    expected: Revision,
    options?: WriteOptions,
  ): Promise<WriteOutcome> {
    const expiresMs = this.#expiresMs(options)
    return this.#write({ type: 'update', key, value, expected: Number(expected), expiresMs })
  }

  async delete(key: string, expected: Revision): Promise<WriteOutcome> {
    return this.#write({ type: 'delete', key, expected: Number(expected) })
  }

  watch(prefix: string, from: Revision, signal: AbortSignal): AsyncIterable<Batch> {
    this.#assertOpen()
    const history = {
      compacted: () => this.#compaction.compacted,
      changesAfter: (wanted: string, after: Revision) =>
        this.#log.changes(wanted, after, this.#feed.newest),
    }
    return this.#feed.watch({ prefix, from, signal, history })
  }

  async revision(): Promise<Revision> {
    this.#assertOpen()
    return this.#feed.newest
  }

  async compact(revision: Revision): Promise<void> {
    this.#assertOpen()
    if (revision > this.#feed.newest) throw new FutureRevisionError(this.#feed.newest)
    if (revision <= this.#compaction.compacted) return
    const done = this.#compaction.start(Number(revision))
    this.#committer.wake()
    await done
  }

  async sizeBytes(): Promise<number> {
    this.#assertOpen()
    return this.#database.sizeBytes
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing ??= this.#close()
    await this.#closing
  }

  async #close(): Promise<void> {
    this.#expiry[Symbol.dispose]()
    this.#feed.close()
    await this.#committer.close()
    this.#compaction.stop()
    this.#database.close()
  }

  #assertOpen(): void {
    if (this.#closing !== undefined) throw new StorageClosedError('the store is closed')
  }

  async #write(write: Write): Promise<WriteOutcome> {
    this.#assertOpen()
    if ('expiresMs' in write && write.expiresMs !== null) this.#expiry.arm(write.expiresMs)
    return this.#committer.write(write)
  }

  #expiresMs({ ttlSeconds }: WriteOptions = {}): number | null {
    return ttlSeconds === undefined ? null : this.#clock.nowMs() + ttlSeconds * 1000
  }

  async #expire(nowMs: number): Promise<boolean> {
    if (this.#closing !== undefined) return false
    const expired = this.#log.expired(nowMs)
    const outcomes = await Promise.allSettled(
      expired.map(({ key, revision }) =>
        this.#committer.write({ type: 'expire', key, expected: revision }),
      ),
    )
    // What could not be written (a full disk) is tried again with the next timer.
    const isDone = outcomes.every(({ status }) => status === 'fulfilled')
    return isDone && expired.length === limits.expiriesPerStep
  }
}
