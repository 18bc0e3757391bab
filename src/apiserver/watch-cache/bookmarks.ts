/**
 * Bookmarks tell a watcher how far it is, so that it can resume there although nothing it selected has
 * changed. The store's one watch moves all resources forward, so every resource is as far as the cache.
 */
import { apiVersionOf, type ApiObject } from '#api/resource-type.ts'
import type { CacheEvent } from '#apiserver/registry/registry.ts'
import type { Clock } from '#base/clock.ts'
import type { Resource } from '#resources/resource.ts'
import type { Revision } from '#storage/storage.ts'
import { Cached } from './cached.ts'
import { limits } from './limits.ts'
import type { ResourceCache } from './resource-cache.ts'

/** The annotation of the bookmark after the initial events of a streaming list. */
const initialEventsEnd = { 'k8s.io/initial-events-end': 'true' }

export function bookmark(
  row: Resource,
  revision: Revision,
  options: { readonly isInitialEventsEnd: boolean } = { isInitialEventsEnd: false },
): CacheEvent {
  const resourceVersion = String(revision)
  const object = {
    kind: row.kind,
    apiVersion: apiVersionOf(row),
    metadata: {
      resourceVersion,
      ...(options.isInitialEventsEnd && { annotations: initialEventsEnd }),
    },
  } as ApiObject // a bookmark has no name
  return { type: 'BOOKMARK', cached: new Cached({ key: '', revision, resourceVersion, object }) }
}

export interface BookmarkTimerOptions {
  readonly clock: Clock
  resources(): Iterable<ResourceCache>
  revision(): Revision
}

/** Sends every watcher that allows it a bookmark about once a minute. */
export class BookmarkTimer implements Disposable {
  readonly #options: BookmarkTimerOptions
  #timer: Disposable

  constructor(options: BookmarkTimerOptions) {
    this.#options = options
    this.#timer = this.#arm()
  }

  #arm(): Disposable {
    return this.#options.clock.after(limits.bookmarkIntervalMs, () => {
      this.#timer = this.#arm()
      const revision = this.#options.revision()
      for (const resource of this.#options.resources()) sendBookmarks(resource, revision)
    })
  }

  [Symbol.dispose](): void {
    this.#timer[Symbol.dispose]()
  }
}

function sendBookmarks(resource: ResourceCache, revision: Revision): void {
  const batches = new Map<Resource, readonly CacheEvent[]>()
  for (const { view, sink, allowBookmarks } of resource.channels.watchers()) {
    if (!allowBookmarks) continue
    let batch = batches.get(view.row)
    if (batch === undefined) {
      batch = [bookmark(view.row, revision)]
      batches.set(view.row, batch)
    }
    sink.events(batch)
  }
}
