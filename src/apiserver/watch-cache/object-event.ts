import type { CacheEvent } from '#apiserver/registry/registry.ts'
import { must } from '#base/assert.ts'
import type { Revision } from '#storage/storage.ts'
import type { Cached } from './cached.ts'

/**
 * One change of one object. What a watcher sees of it depends on its selection; each of the forms is
 * made once and shared, so that its frame can be, too.
 */
export class ObjectEvent {
  readonly revision: Revision
  /** Undefined: the object was removed. */
  readonly cached: Cached | undefined
  /** Undefined: the object is new. */
  readonly prior: Cached | undefined
  /** Of what it shows, when it happened. */
  readonly sizeBytes: number
  #added: CacheEvent | undefined
  #modified: CacheEvent | undefined
  #deleted: (CacheEvent & { readonly cached: Cached }) | undefined

  constructor(revision: Revision, cached: Cached | undefined, prior: Cached | undefined) {
    this.revision = revision
    this.cached = cached
    this.prior = prior
    this.sizeBytes = (cached ?? prior)?.sizeBytes ?? 0
  }

  /** For those who see every object. */
  get plain(): CacheEvent {
    if (this.cached === undefined) return this.deleted
    return this.prior === undefined ? this.added : this.modified
  }

  get added(): CacheEvent {
    this.#added ??= { type: 'ADDED', cached: must(this.cached, 'a removed object is not added') }
    return this.#added
  }

  get modified(): CacheEvent {
    this.#modified ??= { type: 'MODIFIED', cached: must(this.cached, 'a removed object is gone') }
    return this.#modified
  }

  /** The last state that was seen, at the revision where it went. */
  get deleted(): CacheEvent {
    this.#deleted ??= {
      type: 'DELETED',
      cached: must(this.prior, 'a new object is not deleted').at(this.revision),
    }
    return this.#deleted
  }

  /** Everybody has seen it: what it shows of the past keeps only its bytes. */
  release(): void {
    this.prior?.release()
    this.#deleted?.cached.release()
  }

  /**
   * What a watcher of a selection sees: nothing, or an object that enters, changes within or leaves it.
   * Upstream: staging/src/k8s.io/apiserver/pkg/storage/cacher/cache_watcher.go, convertToWatchEvent.
   */
  seenBy(matches: (cached: Cached) => boolean): CacheEvent | undefined {
    const isIn = this.cached !== undefined && matches(this.cached)
    const wasIn = this.prior !== undefined && matches(this.prior)
    if (isIn) return wasIn ? this.modified : this.added
    return wasIn ? this.deleted : undefined
  }
}
