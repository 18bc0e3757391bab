/** JSON merge patch, RFC 7386. Upstream: gopkg.in/evanphx/json-patch.v4, merge.go. */
import { isObject, PatchError, setKey, type Json } from './patch-error.ts'

/**
 * `original` with `patch` merged in: null removes, objects merge, everything else replaces. The result
 * shares with `original` what did not change. Throws {@link PatchError}.
 */
export function applyMergePatch(original: Json, patch: unknown): Json {
  if (!isObject(patch)) throw new PatchError('malformed', 'Invalid JSON Patch')
  return mergeObjects(original, patch)
}

function mergeObjects(original: Json, patch: Json): Json {
  const merged = { ...original }
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete merged[key]
    else setKey(merged, key, merge(Object.hasOwn(original, key) ? original[key] : undefined, value))
  }
  return merged
}

function merge(original: unknown, patch: unknown): unknown {
  if (isObject(original) && isObject(patch)) return mergeObjects(original, patch)
  return withoutNulls(patch)
}

/** A new value carries no nulls in its objects: they would remove what is not there. */
function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls)
  return isObject(value) ? mergeObjects({}, value) : value
}
