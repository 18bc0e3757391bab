/** The same objects in other served versions. */
import type { ApiObject } from '#api/resource-type.ts'
import { apiVersionOf } from '#api/resource-type.ts'
import type { Objects } from '#apiserver/registry/objects.ts'
import type { Resource } from '#resources/resource.ts'

/** Other served kinds that show the same stored objects. */
export function equivalentRows(row: Resource, objects: Objects): readonly Resource[] {
  return [...objects.rows()].filter((other) => other !== row && other.storageKey === row.storageKey)
}

/** The object as `to` shows it. Kinds with another name than the row's are a subresource's: they stay. */
export function converted(object: ApiObject, from: Resource, to: Resource): ApiObject {
  if (from === to || object.kind !== from.kind) return object
  const stored = from.conversion?.toStored(object) ?? object
  const shown = to.conversion?.fromStored(stored) ?? stored
  return { ...shown, kind: to.kind, apiVersion: apiVersionOf(to) }
}
