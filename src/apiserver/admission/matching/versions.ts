/** The same objects in other served versions. */
import type { ApiObject } from '#api/resource-type.ts'
import { apiVersionOf } from '#api/resource-type.ts'
import { resources } from '#resources/all.ts'
import type { Resource } from '#resources/resource.ts'

/** Other kinds of the table that show the same stored objects. */
export function equivalentRows(row: Resource): readonly Resource[] {
  return resources.filter((other) => other !== row && other.storageKey === row.storageKey)
}

/** The object as `to` shows it. Kinds with another name than the row's are a subresource's: they stay. */
export function converted(object: ApiObject, from: Resource, to: Resource): ApiObject {
  if (from === to || object.kind !== from.kind) return object
  const stored = from.conversion?.toStored(object) ?? object
  const shown = to.conversion?.fromStored(stored) ?? stored
  return { ...shown, kind: to.kind, apiVersion: apiVersionOf(to) }
}
