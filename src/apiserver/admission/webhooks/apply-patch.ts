/** Puts a webhook's patch into the object of the request. */
import { decodeValue, DecodeError } from '#api/decode.ts'
import { internalError } from '#api/meta/status.ts'
import { applyJsonPatch } from '#api/patch/json-patch.ts'
import { PatchError, type Json } from '#api/patch/patch-error.ts'
import type { ApiObject } from '#api/resource-type.ts'
import { typeSchema } from '#api/schema.ts'
import { converted } from '#apiserver/admission/matching/versions.ts'
import type { AdmissionRequest } from '#apiserver/admission/plugin.ts'
import { applyScale } from '#apiserver/registry/scale.ts'
import { cloneJson } from '#apiserver/watch-cache/json.ts'
import type { Resource } from '#resources/resource.ts'
import { isScale, shownObjects } from './review.ts'

/** Changes `request.object` in place; whether it is another one now. Throws StatusError. */
export async function applyPatch(
  request: AdmissionRequest,
  row: Resource,
  patch: unknown,
): Promise<boolean> {
  const { object } = await shownObjects(request, row)
  if (object === undefined || request.object === undefined) return false
  const result = patched(object, patch)
  return replaceObject(request, row, result as unknown as ApiObject)
}

function patched(object: ApiObject, patch: unknown): Json {
  try {
    return cloneJson(applyJsonPatch(object as unknown as Json, patch))
  } catch (error) {
    if (error instanceof PatchError) throw internalError(error.message)
    throw error
  }
}

/** Takes over `next`, which is in the version of `row`, as if it had come with the request. */
export async function replaceObject(
  request: AdmissionRequest,
  row: Resource,
  next: ApiObject,
): Promise<boolean> {
  const { object, resource: own } = request
  if (object === undefined) return false
  const before = JSON.stringify(object)
  if (isScale(request)) replace(object, applyScale(own, object, next))
  else {
    const isOwnKind = next.kind === row.kind
    const typed = isOwnKind ? decode(row, next) : next
    replace(object, await converted(typed, row, own))
    if (isOwnKind) own.default?.(object)
  }
  return JSON.stringify(object) !== before
}

/** Unknown fields are dropped, as upstream. */
function decode(row: Resource, result: ApiObject): ApiObject {
  try {
    const object = decoded(row, result)
    object.metadata ??= {} as ApiObject['metadata']
    return object
  } catch (error) {
    if (error instanceof DecodeError) throw internalError(error.message)
    throw error
  }
}

function decoded({ custom, schemaType }: Resource, result: ApiObject): ApiObject {
  if (custom !== undefined) {
    custom.decode(result)
    return result
  }
  const type = typeSchema(schemaType)
  return type === undefined ? result : decodeValue<ApiObject>(type, result).object
}

function replace(object: ApiObject, next: ApiObject): void {
  const target = object as unknown as Record<string, unknown>
  for (const key of Object.keys(target)) if (!Object.hasOwn(next, key)) delete target[key]
  Object.assign(target, next)
}
