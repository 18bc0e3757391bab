/** Wires the verbs to a store: the registry of one API server. */
import type { ApiObject } from '#api/resource-type.ts'
import type { Clock } from '#base/clock.ts'
import type { Logger } from '#base/logger.ts'
import type { AdmissionPlugin } from '#apiserver/admission/plugin.ts'
import type { Cached } from '#apiserver/watch-cache/cached.ts'
import { viewOf, type View } from '#apiserver/watch-cache/view.ts'
import { startWatchCache } from '#apiserver/watch-cache/watch-cache.ts'
import type { Resource } from '#resources/resource.ts'
import type { Storage } from '#storage/storage.ts'
import type { Allocator } from './allocator.ts'
import { startCompaction, type CompactionOptions } from './compaction.ts'
import { create } from './create.ts'
import { deleteCollection } from './delete-collection.ts'
import { deleteOne } from './delete.ts'
import type { Engine } from './engine.ts'
import { get } from './get.ts'
import { list } from './list.ts'
import type { Changed } from './modify.ts'
import type { Objects } from './objects.ts'
import { patch } from './patch.ts'
import type { Call, Registry } from './registry.ts'
import { scaleOf } from './scale.ts'
import { createObjects } from './stored-objects.ts'
import { update } from './update.ts'
import { watch } from './watch.ts'

export interface RegistryOptions {
  readonly storage: Storage
  readonly resources: readonly Resource[]
  readonly admission: readonly AdmissionPlugin[]
  readonly allocators?: (objects: Objects, storage: Storage) => readonly Allocator[]
  readonly clock: Clock
  /** A number in [0, 1), as Math.random. */
  readonly random: () => number
  /** A new UUID, as crypto.randomUUID. */
  readonly uid: () => string
  readonly log: Logger
  readonly compaction?: CompactionOptions
}

export interface RunningRegistry extends Registry, AsyncDisposable {
  readonly objects: Objects
  /** Serves one more row (a CustomResourceDefinition's): resolves when its objects are in the cache. */
  addResource(row: Resource): Promise<void>
  /** Ends the row's watches; its objects stay stored. */
  removeResource(row: Resource): void
  /** The newest revision that is visible, as a resourceVersion. */
  readonly resourceVersion: string
}

/**
 * Resolves when everything that is stored is in the cache. The plugins may be filled in later: the list
 * is read at each write. The storage stays its owner's to close, after the registry.
 */
export async function createRegistry(options: RegistryOptions): Promise<RunningRegistry> {
  const { storage, clock, log } = options
  const rows = options.resources.filter(({ stored }) => stored !== false)
  const cache = await startWatchCache(
    { storage, clock, log },
    rows.map((row) => row.storageKey),
  )
  const views = new Map(rows.map((row) => [row, viewOf(row)]))
  const allocators: Allocator[] = []
  const engine: Engine = {
    ...options,
    cache,
    allocators,
    viewOf: (row) => viewFor(views, row),
  }
  const subscribers = new Set<() => void>()
  const rowsChanged = (): void => subscribers.forEach((changed) => changed())
  const objects = createObjects(engine, {
    rows: () => views.keys(),
    subscribeRows(changed) {
      subscribers.add(changed)
      return { [Symbol.dispose]: () => void subscribers.delete(changed) }
    },
  })
  allocators.push(...(options.allocators?.(objects, storage) ?? []))
  const compaction = startCompaction(options)
  return {
    ...verbs(engine),
    objects,
    async addResource(row) {
      views.set(row, viewOf(row))
      await cache.add(row.storageKey)
      rowsChanged()
    },
    removeResource(row) {
      views.delete(row)
      cache.endWatches(row)
      const isLast = [...views.keys()].every(({ storageKey }) => storageKey !== row.storageKey)
      if (isLast) cache.remove(row.storageKey)
      rowsChanged()
    },
    get resourceVersion() {
      return String(cache.revision)
    },
    async [Symbol.asyncDispose]() {
      await compaction[Symbol.asyncDispose]()
      await cache[Symbol.asyncDispose]()
    },
  }
}

/** A row that is a copy of a registered one (a test's, a changed CRD's) gets a view of its own. */
function viewFor(views: Map<Resource, View>, row: Resource): View {
  let view = views.get(row)
  if (view === undefined) {
    view = viewOf(row)
    views.set(row, view)
  }
  return view
}

function verbs(engine: Engine): Registry {
  return {
    get: (call, name, resourceVersion) => get(engine, call, name, resourceVersion),
    list: (call, params) => list(engine, call, params),
    watch: (call, params, sink) => watch(engine, call, params, sink),
    create: (call, object) => create(engine, call, withMetadata(object)),
    async update(call, object, options) {
      return shown(call, await update(engine, call, withMetadata(object), options))
    },
    async patch(call, request) {
      return shown(call, await patch(engine, call, request))
    },
    delete: (call, name, options) => deleteOne(engine, call, name, options),
    deleteCollection: (call, params, options) =>
      deleteCollection(engine, call, { params, options }),
  }
}

/** The answer to a write of a subresource that is not the object itself. */
function shown(call: Call, changed: Changed): { object: Cached; created: boolean } {
  if (call.subresource !== 'scale') return changed
  return { ...changed, object: scaleOf(call.resource, changed.object) }
}

/** A body may leave metadata out altogether. */
function withMetadata(object: ApiObject & { metadata?: ApiObject['metadata'] }): ApiObject {
  object.metadata ??= {} as ApiObject['metadata']
  return object
}
