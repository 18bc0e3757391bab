/** What all verbs work with. */
import { must } from '#base/assert.ts'
import type { Clock } from '#base/clock.ts'
import type { Logger } from '#base/logger.ts'
import { notFound, type GroupResource } from '#api/meta/status.ts'
import type { ApiObject } from '#api/resource-type.ts'
import { typeSchema, type StructType } from '#api/schema.ts'
import type { AdmissionPlugin } from '#apiserver/admission/plugin.ts'
import type { Cached } from '#apiserver/watch-cache/cached.ts'
import { registryPrefix, type ResourceCache } from '#apiserver/watch-cache/resource-cache.ts'
import type { View } from '#apiserver/watch-cache/view.ts'
import type { WatchCache } from '#apiserver/watch-cache/watch-cache.ts'
import type { Resource } from '#resources/resource.ts'
import type { Storage } from '#storage/storage.ts'
import type { Allocator } from './allocator.ts'
import type { Call } from './registry.ts'

export interface Engine {
  readonly storage: Storage
  readonly cache: WatchCache
  readonly admission: readonly AdmissionPlugin[]
  readonly allocators: readonly Allocator[]
  readonly clock: Clock
  /** A number in [0, 1): for generated names. */
  readonly random: () => number
  /** A new random UUID. */
  readonly uid: () => string
  readonly log: Logger
  viewOf(row: Resource): View
}

export function groupResource(row: Resource): GroupResource {
  return { group: row.group, resource: row.plural }
}

/** `namespace/name`, or `name`. */
export function objectKey(row: Resource, namespace: string, name: string): string {
  return row.namespaced ? `${namespace}/${name}` : name
}

export function storageKeyOf(row: Resource, key: string): string {
  return `${registryPrefix}${row.storageKey}/${key}`
}

/** The cache of a row that is served. */
export function resourceCache(engine: Engine, row: Resource): ResourceCache {
  return must(engine.cache.resource(row.storageKey), `${row.storageKey} is not served`)
}

/** The object as it is stored, current as of the call; undefined: there is none. */
export async function findCurrent(
  engine: Engine,
  call: Call,
  name: string,
): Promise<Cached | undefined> {
  await engine.cache.current(call.signal)
  const { resource: row, namespace } = call
  return resourceCache(engine, row).get(objectKey(row, namespace, name))
}

/** As {@link findCurrent}; throws NotFound. */
export async function getCurrent(engine: Engine, call: Call, name: string): Promise<Cached> {
  const cached = await findCurrent(engine, call, name)
  if (cached === undefined) throw notFound(groupResource(call.resource), name)
  return cached
}

/** The type of a row's objects; undefined: nothing is known of them. */
export function structOf({ custom, schemaType }: Resource): StructType | undefined {
  return custom === undefined ? typeSchema(schemaType) : custom.fields
}

/** What the row's version shows of an object, and what the store keeps of it. */
export function toStored(row: Resource, object: ApiObject): ApiObject | Promise<ApiObject> {
  const { conversion } = row
  if (conversion === undefined) return object
  const { remote } = conversion
  return remote === undefined ? conversion.toStored(object) : remote.toStored(object)
}
