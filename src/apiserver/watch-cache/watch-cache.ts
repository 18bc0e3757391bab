/**
 * Every stored object in memory, kept true by one range at the start and one watch of the store. Reads,
 * lists and watches of the API are served from here and never wait for a disk; that they are current is
 * proven by revisions: a reader asks which revision is the newest and waits until the cache has it.
 */
import type { Clock } from '#base/clock.ts'
import type { Logger } from '#base/logger.ts'
import {
  StorageClosedError,
  revisionOf,
  type Change,
  type Entry,
  type KeyChange,
  type Revision,
  type Storage,
} from '#storage/storage.ts'
import type { Resource } from '#resources/resource.ts'
import { BookmarkTimer } from './bookmarks.ts'
import { limits } from './limits.ts'
import type { ObjectEvent } from './object-event.ts'
import { registryPrefix, ResourceCache } from './resource-cache.ts'
import { RevisionWaiters } from './revision-waiters.ts'

export interface WatchCacheOptions {
  readonly storage: Storage
  readonly clock: Clock
  readonly log: Logger
}

/** Resolves when the cache holds all objects of these storage keys. */
export async function startWatchCache(
  options: WatchCacheOptions,
  storageKeys: Iterable<string>,
): Promise<WatchCache> {
  const cache = new WatchCache(options)
  await cache.start(storageKeys)
  return cache
}

interface Loading {
  readonly changes: KeyChange[]
  readonly done: Promise<void>
}

export class WatchCache implements AsyncDisposable {
  readonly #options: WatchCacheOptions
  readonly #resources = new Map<string, ResourceCache>()
  /** Resources that are being loaded: their changes wait. */
  readonly #loading = new Map<string, Loading>()
  readonly #waiters = new RevisionWaiters()
  readonly #closing = new AbortController()
  readonly #bookmarks: BookmarkTimer
  #revision = revisionOf(0)
  #running: Promise<void> = Promise.resolve()

  constructor(options: WatchCacheOptions) {
    this.#options = options
    this.#bookmarks = new BookmarkTimer({
      clock: options.clock,
      resources: () => this.#resources.values(),
      revision: () => this.#revision,
    })
  }

  async start(storageKeys: Iterable<string>): Promise<void> {
    for (const key of storageKeys) this.#resources.set(key, new ResourceCache(key))
    await this.#fill()
    this.#running = this.#follow()
  }

  /** Everything up to this revision is in the cache. */
  get revision(): Revision {
    return this.#revision
  }

  get storage(): Storage {
    return this.#options.storage
  }

  get clock(): Clock {
    return this.#options.clock
  }

  /** Undefined for a storage key that is not served. */
  resource(storageKey: string): ResourceCache | undefined {
    return this.#resources.get(storageKey)
  }

  /** Resolves when the cache has the revision; rejects when the signal aborts before, or the cache closes. */
  async reached(revision: Revision, signal?: AbortSignal): Promise<void> {
    if (this.#revision >= revision) return
    await this.#waiters.wait(revision, signal)
  }

  /** Resolves when the cache has all that was written before the call. */
  async current(signal: AbortSignal): Promise<Revision> {
    const newest = await this.#options.storage.revision()
    await this.reached(newest, signal)
    return newest
  }

  /** Serves one more storage key: resolves when its objects are here. */
  async add(storageKey: string): Promise<void> {
    if (this.#resources.has(storageKey)) return
    let loading = this.#loading.get(storageKey)
    if (loading === undefined) {
      const changes: KeyChange[] = []
      loading = { changes, done: this.#load(storageKey, changes) }
      this.#loading.set(storageKey, loading)
    }
    await loading.done
  }

  /** Ends the watches of a row; those of other versions go on. */
  endWatches(row: Resource): void {
    const resource = this.#resources.get(row.storageKey)
    if (resource !== undefined) endWatches(resource, row)
  }

  /** Ends all watches of a storage key and forgets its objects. */
  remove(storageKey: string): void {
    const resource = this.#resources.get(storageKey)
    this.#resources.delete(storageKey)
    if (resource !== undefined) endWatches(resource)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort()
    this.#bookmarks[Symbol.dispose]()
    for (const resource of this.#resources.values()) endWatches(resource)
    this.#waiters.close(new StorageClosedError('the watch cache is closed'))
    await this.#running
  }

  /** Reads the whole store. Who watches is told the difference to what was known. */
  async #fill(): Promise<void> {
    const revision = await this.#range(registryPrefix, (entry) => {
      this.#resources.get(this.#storageKeyOf(entry.key))?.load(entry)
    })
    this.#revision = revision
    for (const resource of this.#resources.values()) {
      const events = resource.loaded(revision)
      if (events.length > 0) resource.channels.deliver(events)
    }
    this.#waiters.reached(revision)
  }

  async #load(storageKey: string, changes: readonly KeyChange[]): Promise<void> {
    try {
      const resource = new ResourceCache(storageKey)
      resource.loaded(await this.#range(resource.prefix, (entry) => resource.load(entry)))
      for (const change of changes) resource.apply(change)
      this.#resources.set(storageKey, resource)
    } finally {
      this.#loading.delete(storageKey)
    }
  }

  /** All entries of a prefix as of one revision, which is returned. */
  async #range(prefix: string, take: (entry: Entry) => void): Promise<Revision> {
    const scan = this.#options.storage.scan?.(prefix)
    if (scan === undefined) return this.#rangeByKey(prefix, take)
    for await (const entries of scan.pages) entries.forEach(take)
    return scan.revision
  }

  async #rangeByKey(prefix: string, take: (entry: Entry) => void): Promise<Revision> {
    let after: string | undefined
    let atRevision: Revision | undefined
    for (;;) {
      const range = await this.#options.storage.range({
        prefix,
        limit: limits.loadPageEntriesMax,
        ...(after !== undefined && { after }),
        ...(atRevision !== undefined && { atRevision }),
      })
      range.entries.forEach(take)
      atRevision = range.revision
      after = range.entries.at(-1)?.key
      if (!range.more || after === undefined) return range.revision
    }
  }

  /** Applies what happens until the cache closes; after a broken watch it starts over. */
  async #follow(): Promise<void> {
    const { storage, clock, log } = this.#options
    const { signal } = this.#closing
    while (!signal.aborted) {
      try {
        for await (const batch of storage.watch(registryPrefix, this.#revision, signal)) {
          this.#apply(batch)
        }
        return
      } catch (error) {
        if (signal.aborted || error instanceof StorageClosedError) return
        log.error('The watch of the store broke; filling the cache again', error)
        await clock.sleep(limits.rewatchDelayMs, signal)
        await this.#fill().catch((failure: unknown) => log.error('Filling failed', failure))
      }
    }
  }

  #apply(batch: readonly Change[]): void {
    const changed = new Map<ResourceCache, ObjectEvent[]>()
    let newest = this.#revision
    for (const change of batch) {
      newest = change.type === 'put' ? change.entry.revision : change.revision
      if (change.type === 'progress') continue
      const storageKey = this.#storageKeyOf(change.type === 'put' ? change.entry.key : change.key)
      this.#loading.get(storageKey)?.changes.push(change)
      const resource = this.#resources.get(storageKey)
      const event = resource?.apply(change)
      if (resource === undefined || event === undefined) continue
      const events = changed.get(resource)
      if (events === undefined) changed.set(resource, [event])
      else events.push(event)
    }
    // Watchers see a change before its writer has the answer, as with a real watch cache.
    this.#revision = newest
    for (const [resource, events] of changed) {
      resource.channels.deliver(events)
      for (const event of events) event.release()
    }
    this.#waiters.reached(newest)
  }

  /** Storage keys have one part (`pods`) or two (`services/specs`, `example.com/widgets`). */
  #storageKeyOf(key: string): string {
    const start = registryPrefix.length
    const first = key.indexOf('/', start)
    const one = key.slice(start, first)
    if (this.#resources.has(one) || this.#loading.has(one)) return one
    return key.slice(start, key.indexOf('/', first + 1))
  }
}

/** Of one row, or all. */
function endWatches(resource: ResourceCache, row?: Resource): void {
  for (const watcher of resource.channels.watchers()) {
    if (row !== undefined && watcher.view.row !== row) continue
    resource.channels.remove(watcher)
    watcher.sink.end()
  }
}
