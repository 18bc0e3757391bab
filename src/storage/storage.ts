/**
 * The storage contract: a revisioned key-value log, as etcd's. One revision for the whole store goes
 * up by one with every write; a key's value is replaced or removed only by who knows its revision.
 * Every backend (memory, SQLite, etcd) passes `conformance.ts`.
 */
import type { Brand } from '#base/brand.ts'

/** A point in the log: 1 is the first write's predecessor, as in an empty etcd. */
export type Revision = Brand<bigint, 'Revision'>

export function revisionOf(value: number | bigint): Revision {
  return BigInt(value) as Revision
}

/**
 * What is stored. `bytes` is all that is durable. `attachment` is what the writer knows about them (the
 * parsed object): a backend in this process hands it on to watchers and readers as long as it has it in
 * memory, so that nobody parses what was just encoded; after a restart it is undefined.
 */
export interface Value {
  readonly bytes: Uint8Array
  readonly attachment?: unknown
}

export interface Entry {
  readonly key: string
  readonly value: Value
  /** The revision of the last write of this key. */
  readonly revision: Revision
  /** Of the write that made the key. Told by reads; who watches has seen it. */
  readonly createRevision?: Revision
}

export interface Range {
  readonly entries: readonly Entry[]
  /** The revision at which this was read. */
  readonly revision: Revision
  /** Whether keys after the last entry exist. */
  readonly more: boolean
  /** How many they are, when it was asked for. */
  readonly remaining?: number
}

export interface Scan {
  /** The revision as of which all pages are. */
  readonly revision: Revision
  readonly pages: AsyncIterable<readonly Entry[]>
}

export interface RangeOptions {
  /** All keys that begin with it, in byte order. */
  readonly prefix: string
  /** 0: no limit. */
  readonly limit: number
  /** Only keys after this one. */
  readonly after?: string
  /** Count what lies behind the limit; costs a look at each of those keys. */
  readonly countRemaining?: boolean
  /** Read the past; throws CompactedError when it is gone. Without it, the present. */
  readonly atRevision?: Revision
}

export type WriteOutcome =
  | { readonly ok: true; readonly revision: Revision }
  /** Lost the race: `current` is what is there now (undefined: the key does not exist). */
  | { readonly ok: false; readonly current: Entry | undefined }

/**
 * What was overwritten or removed is not in a change: who watches from the revision of a range knows it,
 * and nobody else needs it, so no backend reads or keeps it for that.
 */
export type KeyChange =
  | { readonly type: 'put'; readonly entry: Entry; readonly created: boolean }
  /** `revision` is the removal's own. */
  | { readonly type: 'delete'; readonly key: string; readonly revision: Revision }

export type Change =
  | KeyChange
  /** Nothing but what was told happened up to this revision to keys with the prefix. */
  | { readonly type: 'progress'; readonly revision: Revision }

export interface WriteOptions {
  /**
   * The key is removed, as if deleted, this long after the write, or a little later; a later write
   * replaces the time, or takes it away. Used for Events.
   */
  readonly ttlSeconds?: number
}

export interface Storage extends AsyncDisposable {
  get(key: string): Promise<Entry | undefined>
  range(options: RangeOptions): Promise<Range>
  /**
   * All that there is below the prefix, in pages: what fills a cache. The bytes of such values may be read
   * from the store at the first look, which must come before what they are replaced by is compacted.
   * Absent: `range` costs the same. Throws CompactedError from a page when compaction was faster.
   */
  scan?(prefix: string): Scan
  /** How many keys begin with the prefix. */
  count(prefix: string): Promise<number>
  /**
   * Fails when the key exists. Resolves when the write is durable. Rejects, as all writes do, with
   * OutcomeUnknownError when it may have been done and nobody can tell.
   */
  create(key: string, value: Value, options?: WriteOptions): Promise<WriteOutcome>
  /** Fails unless the key's last write has this revision. */
  update(
    key: string,
    value: Value,
    expected: Revision,
    options?: WriteOptions,
  ): Promise<WriteOutcome>
  delete(key: string, expected: Revision): Promise<WriteOutcome>
  /**
   * Every change of keys with the prefix after `from`, in order, none skipped, none twice, as batches
   * that were committed together. Ends when the signal aborts or the store closes; throws CompactedError
   * when `from` is gone, FutureRevisionError when it has not been yet, SlowWatcherError when the reader
   * fell `limits.watchBacklogMax` changes behind. Where others write to the same store it also tells
   * its progress: a revision that {@link revision} has named is reached by a change or by that.
   */
  watch(prefix: string, from: Revision, signal: AbortSignal): AsyncIterable<readonly Change[]>
  /** The revision of the newest durable write. */
  revision(): Promise<Revision>
  /** Forgets what was overwritten at or before the revision; never what is current. */
  compact(revision: Revision): Promise<void>
  /** Bytes on disk (or in memory), for metrics. */
  sizeBytes(): Promise<number>
}

/** The asked-for past was compacted: the API answers 410 Gone ("Expired"). */
export class CompactedError extends Error {
  override readonly name = 'CompactedError'
  readonly compacted: Revision

  constructor(compacted: Revision) {
    super(`revision has been compacted: the oldest is ${compacted}`)
    this.compacted = compacted
  }
}

/** The asked-for revision lies in the future. */
export class FutureRevisionError extends Error {
  override readonly name = 'FutureRevisionError'
  readonly current: Revision

  constructor(current: Revision) {
    super(`revision is in the future: the newest is ${current}`)
    this.current = current
  }
}

export class SlowWatcherError extends Error {
  override readonly name = 'SlowWatcherError'
}

/** A write may have been done, or may still be: read what is there before you repeat it. */
export class OutcomeUnknownError extends Error {
  override readonly name = 'OutcomeUnknownError'
}

/** There is no room for the write, and nothing of it was kept: it may be tried again. */
export class StorageFullError extends Error {
  override readonly name = 'StorageFullError'
}

/** The store was closed before, or while, the call was made: whether a write was kept is not known. */
export class StorageClosedError extends Error {
  override readonly name = 'StorageClosedError'
}
