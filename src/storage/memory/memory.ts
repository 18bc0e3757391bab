/**
 * The log in memory: for clusters inside a program and for tests. Every version of every key is kept
 * until it is compacted, as in the durable backends.
 */
import type { Clock } from '#base/clock.ts'
import { ChangeFeed, keyOfChange, revisionOfChange, type Batch } from '#storage/change-feed.ts'
import { Expiry } from '#storage/expiry.ts'
import { compareKeys } from '#storage/key-order.ts'
import { limits } from '#storage/limits.ts'
import {
  CompactedError,
  FutureRevisionError,
  StorageClosedError,
  revisionOf,
  type KeyChange,
  type Entry,
  type Range,
  type RangeOptions,
  type Revision,
  type Storage,
  type Value,
  type WriteOptions,
  type WriteOutcome,
} from '#storage/storage.ts'

interface Version {
  readonly revision: Revision
  /** Undefined: the key was removed. */
  readonly entry: Entry | undefined
}

export function openMemory(options: { readonly clock: Clock }): Storage {
  return new MemoryStorage(options.clock)
}

class MemoryStorage implements Storage {
  readonly #clock: Clock
  /** Versions of each key, oldest first; the last is the present. */
  readonly #keys = new Map<string, Version[]>()
  /** Every change after `#compacted`, oldest first. */
  #log: KeyChange[] = []
  readonly #expiresMs = new Map<string, number>()
  readonly #feed = new ChangeFeed(revisionOf(1))
  readonly #expiry: Expiry
  #sortedKeys: readonly string[] | undefined = []
  #revision = revisionOf(1)
  #compacted = revisionOf(0)
  #bytes = 0
  #closed = false

  constructor(clock: Clock) {
    this.#clock = clock
    this.#expiry = new Expiry({
      clock,
      nextMs: () => earliest(this.#expiresMs.values()),
      expire: (nowMs) => this.#expire(nowMs),
    })
  }

  async get(key: string): Promise<Entry | undefined> {
    this.#assertOpen()
    return this.#current(key)
  }

  async range(options: RangeOptions): Promise<Range> {
    this.#assertOpen()
    const { prefix, limit, after, atRevision, countRemaining } = options
    const revision = atRevision ?? this.#revision
    if (revision > this.#revision) throw new FutureRevisionError(this.#revision)
    if (revision < this.#compacted) throw new CompactedError(this.#compacted)
    const entries: Entry[] = []
    let remaining = 0
    for (const key of this.#sorted()) {
      if (!key.startsWith(prefix) || (after !== undefined && compareKeys(key, after) <= 0)) continue
      const entry = this.#at(key, revision)
      if (entry === undefined) continue
      if (limit === 0 || entries.length < limit) entries.push(entry)
      else remaining++
      if (remaining > 0 && countRemaining !== true) break
    }
    const more = remaining > 0
    return { entries, revision, more, ...(countRemaining === true && { remaining }) }
  }

  async count(prefix: string): Promise<number> {
    this.#assertOpen()
    let count = 0
    for (const key of this.#keys.keys()) {
      if (key.startsWith(prefix) && this.#current(key) !== undefined) count++
    }
    return count
  }

  async create(key: string, value: Value, options?: WriteOptions): Promise<WriteOutcome> {
    this.#assertOpen()
    const current = this.#current(key)
    if (current !== undefined) return { ok: false, current }
    return this.#put(key, value, options)
  }

  async update(
    key: string,
    value: Value,
    expected: Revision,
    options?: WriteOptions,
  ): Promise<WriteOutcome> {
    this.#assertOpen()
    const current = this.#current(key)
    if (current?.revision !== expected) return { ok: false, current }
    return this.#put(key, value, options)
  }

  async delete(key: string, expected: Revision): Promise<WriteOutcome> {
    this.#assertOpen()
    const current = this.#current(key)
    if (current?.revision !== expected) return { ok: false, current }
    return this.#remove(key)
  }

  watch(prefix: string, from: Revision, signal: AbortSignal): AsyncIterable<Batch> {
    this.#assertOpen()
    const history = {
      compacted: () => this.#compacted,
      changesAfter: (wanted: string, after: Revision) => this.#changesAfter(wanted, after),
    }
    return this.#feed.watch({ prefix, from, signal, history })
  }

  async revision(): Promise<Revision> {
    this.#assertOpen()
    return this.#revision
  }

  async compact(revision: Revision): Promise<void> {
    this.#assertOpen()
    if (revision > this.#revision) throw new FutureRevisionError(this.#revision)
    if (revision <= this.#compacted) return
    this.#compacted = revision
    const kept = this.#log.findIndex((change) => revisionOfChange(change) > revision)
    const gone = this.#log.splice(0, kept === -1 ? this.#log.length : kept)
    for (const key of new Set(gone.map((change) => keyOfChange(change)))) this.#trim(key, revision)
  }

  async sizeBytes(): Promise<number> {
    return this.#bytes
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true
    this.#expiry[Symbol.dispose]()
    this.#feed.close()
  }

  #assertOpen(): void {
    if (this.#closed) throw new StorageClosedError('the store is closed')
  }

  #current(key: string): Entry | undefined {
    return this.#keys.get(key)?.at(-1)?.entry
  }

  #at(key: string, revision: Revision): Entry | undefined {
    return this.#keys.get(key)?.findLast((version) => version.revision <= revision)?.entry
  }

  #sorted(): readonly string[] {
    this.#sortedKeys ??= [...this.#keys.keys()].sort(compareKeys)
    return this.#sortedKeys
  }

  #put(key: string, value: Value, options: WriteOptions = {}): WriteOutcome {
    const revision = this.#next()
    const current = this.#current(key)
    const created = current === undefined
    const createRevision = current?.createRevision ?? revision
    const entry: Entry = { key, value: { bytes: value.bytes }, revision, createRevision }
    this.#bytes += value.bytes.byteLength
    this.#expiresMs.delete(key)
    this.#append({ type: 'put', entry, created }, { revision, entry })
    this.#feed.publish([{ type: 'put', entry: { key, value, revision }, created }])
    if (options.ttlSeconds !== undefined) {
      const expiresMs = this.#clock.nowMs() + options.ttlSeconds * 1000
      this.#expiresMs.set(key, expiresMs)
      this.#expiry.arm(expiresMs)
    }
    return { ok: true, revision }
  }

  #remove(key: string): WriteOutcome {
    const revision = this.#next()
    this.#expiresMs.delete(key)
    const change: KeyChange = { type: 'delete', key, revision }
    this.#append(change, { revision, entry: undefined })
    this.#feed.publish([change])
    return { ok: true, revision }
  }

  /** What is kept has no attachment: that is for those who watch now. */
  #append(change: KeyChange, version: Version): void {
    const key = keyOfChange(change)
    const versions = this.#keys.get(key)
    if (versions === undefined) {
      this.#keys.set(key, [version])
      this.#sortedKeys = undefined
    } else {
      versions.push(version)
    }
    this.#log.push(change)
  }

  #next(): Revision {
    this.#revision = revisionOf(this.#revision + 1n)
    return this.#revision
  }

  #changesAfter(prefix: string, after: Revision): { batch: Batch; upTo: Revision } {
    const start = this.#log.findIndex((change) => revisionOfChange(change) > after)
    const page = start === -1 ? [] : this.#log.slice(start, start + limits.catchUpRowsMax)
    const last = page.at(-1)
    return {
      batch: page.filter((change) => keyOfChange(change).startsWith(prefix)),
      upTo: last === undefined ? this.#revision : revisionOfChange(last),
    }
  }

  /** Forgets the versions of a key that nobody can ask for any more. */
  #trim(key: string, revision: Revision): void {
    const versions = this.#keys.get(key) ?? []
    const present = versions.findLastIndex((version) => version.revision <= revision)
    const isRemoved = versions[present]?.entry === undefined
    for (const { entry } of versions.splice(0, isRemoved ? present + 1 : present)) {
      this.#bytes -= entry?.value.bytes.byteLength ?? 0
    }
    if (versions.length > 0) return
    this.#keys.delete(key)
    this.#sortedKeys = undefined
  }

  async #expire(nowMs: number): Promise<boolean> {
    if (this.#closed) return false
    const expired = [...this.#expiresMs].filter(([, expiresMs]) => expiresMs <= nowMs)
    for (const [key] of expired.slice(0, limits.expiriesPerStep)) this.#remove(key)
    return expired.length > limits.expiriesPerStep
  }
}

function earliest(times: Iterable<number>): number | undefined {
  let found: number | undefined
  for (const time of times) if (found === undefined || time < found) found = time
  return found
}
