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
export async function converted(
  object: ApiObject,
  from: Resource,
  to: Resource,
): Promise<ApiObject> {
  if (from === to || object.kind !== from.kind) return object
  const shown = await shownAs(to, await storedAs(from, object))
  return { ...shown, kind: to.kind, apiVersion: apiVersionOf(to) }
}

function storedAs({ conversion }: Resource, object: ApiObject): Promise<ApiObject> | ApiObject {
  if (conversion?.remote !== undefined) return conversion.remote.toStored(object)
  return conversion?.toStored(object) ?? object
}

async function shownAs({ conversion }: Resource, stored: ApiObject): Promise<ApiObject> {
  if (conversion?.remote === undefined) return conversion?.fromStored(stored) ?? stored
  const [shown = stored] = await conversion.remote.fromStored([stored])
  return shown
}
