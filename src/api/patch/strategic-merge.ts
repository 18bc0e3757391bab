/**
 * Strategic merge patch: a merge patch that knows which lists are maps by a key and which are sets.
 * Upstream: staging/src/k8s.io/apimachinery/pkg/util/strategicpatch/patch.go, StrategicMergeMapPatch.
 */
import type { FieldSchema, SchemaType, StructType } from '#api/schema.ts'
import { goMap, mergeLists, type ListMerge } from './strategic-lists.ts'
import { isObject, PatchError, setKey, type Json } from './patch-error.ts'

const directive = '$patch'
const retainKeys = '$retainKeys'
const deleteFromPrimitiveList = '$deleteFromPrimitiveList/'
const setElementOrder = '$setElementOrder/'

/**
 * `original` with `patch` merged in as the type's fields say. The result shares with `original` what
 * did not change; `patch` is left as it is. Throws {@link PatchError}.
 */
export function applyStrategicMergePatch(type: StructType, original: Json, patch: unknown): Json {
  if (!isObject(patch)) throw new PatchError('malformed', 'invalid JSON document')
  return mergeMap(original, patch, type)
}

/** How a field of `type` merges: maps and untyped objects have fields without a strategy. */
interface FieldMerge {
  readonly type: SchemaType | undefined
  readonly strategy: 'merge' | 'replace' | undefined
  readonly mergeKey: string | undefined
}

function fieldMerge(type: SchemaType | undefined, key: string): FieldMerge {
  if (type?.kind === 'map') return { type: type.value, strategy: undefined, mergeKey: undefined }
  const field: FieldSchema | undefined = type?.kind === 'struct' ? type.fields.get(key) : undefined
  return {
    type: field?.type,
    strategy: field?.patchStrategy.find((strategy) => strategy !== 'retainKeys'),
    mergeKey: field?.patchMergeKey,
  }
}

/** Merges two maps; `type` is that of the maps. */
export function mergeMap(original: Json, patch: Json, type: SchemaType | undefined): Json {
  const marked = patch[directive]
  if (marked !== undefined) return directed(marked, patch)
  const merged = { ...original }
  retain(merged, patch)
  const ordered = orderLists(merged, patch, type)
  for (const [key, value] of Object.entries(patch)) {
    if (key === retainKeys || key.startsWith(setElementOrder) || ordered.has(key)) continue
    if (key.startsWith(deleteFromPrimitiveList)) {
      deleteFromList(merged, key.slice(deleteFromPrimitiveList.length), value, type)
    } else if (value === null) {
      delete merged[key]
    } else {
      const present = Object.hasOwn(merged, key) ? merged[key] : undefined
      setKey(merged, key, mergeValue(present, value, fieldMerge(type, key)))
    }
  }
  return merged
}

function directed(marked: unknown, patch: Json): Json {
  if (marked === 'replace') {
    const { [directive]: _marked, ...rest } = patch
    return rest
  }
  if (marked === 'delete') return {}
  throw new PatchError(
    'inapplicable',
    `unknown patch type: ${goMap(marked)} in map: ${goMap(patch)}`,
  )
}

function mergeValue(original: unknown, patch: unknown, merge: FieldMerge): unknown {
  if (isObject(original) && isObject(patch)) {
    return merge.strategy === 'replace' ? clean(patch) : mergeMap(original, patch, merge.type)
  }
  if (Array.isArray(original) && Array.isArray(patch)) {
    return merge.strategy === 'merge'
      ? mergeLists(original, patch, listMerge(merge, false))
      : clean(patch)
  }
  return clean(patch)
}

function listMerge(merge: FieldMerge, deletes: boolean): ListMerge {
  const item = merge.type?.kind === 'list' ? merge.type.item : undefined
  return {
    mergeKey: merge.mergeKey,
    deletes,
    typeName: item?.goName ?? '',
    mergeItems: (original, patch) => mergeMap(original, patch, item),
    clean,
  }
}

/** A value that was not there before: without nulls and without directives. */
function clean(value: unknown): unknown {
  if (Array.isArray(value)) return value.filter(isKept).map(clean)
  if (!isObject(value)) return value
  const result: Json = {}
  for (const [key, item] of Object.entries(value)) {
    if (item !== null && !isDirective(key) && isKept(item)) setKey(result, key, clean(item))
  }
  return result
}

function isDirective(key: string): boolean {
  return (
    key === directive ||
    key === retainKeys ||
    key.startsWith(deleteFromPrimitiveList) ||
    key.startsWith(setElementOrder)
  )
}

/** What is marked for anything but to stay is dropped where there is nothing to do it to. */
function isKept(value: unknown): boolean {
  return !isObject(value) || value[directive] === undefined
}

/** `$retainKeys`: a union; whatever the list does not name goes. */
function retain(merged: Json, patch: Json): void {
  const list = patch[retainKeys]
  if (list === undefined) return
  if (!Array.isArray(list)) throw new PatchError('malformed', 'invalid patch format of retainKeys')
  for (const [key, value] of Object.entries(patch)) {
    if (value === null || isDirective(key)) continue
    if (!list.includes(key)) {
      throw new PatchError('malformed', 'invalid patch format of retainKeys')
    }
  }
  for (const key of Object.keys(merged)) if (!list.includes(key)) delete merged[key]
}

function deleteFromList(
  merged: Json,
  key: string,
  values: unknown,
  type: SchemaType | undefined,
): void {
  const present = merged[key]
  if (!Array.isArray(present) || !Array.isArray(values)) return
  merged[key] = mergeLists(present, values, listMerge(fieldMerge(type, key), true))
}

/** `$setElementOrder/…`: merges those lists at once, in the order given; returns their keys. */
function orderLists(merged: Json, patch: Json, type: SchemaType | undefined): ReadonlySet<string> {
  const done = new Set<string>()
  for (const [name, order] of Object.entries(patch)) {
    if (!name.startsWith(setElementOrder)) continue
    const key = name.slice(setElementOrder.length)
    const original = merged[key]
    const patched = patch[key]
    if (!Array.isArray(order)) throw badArgument(order)
    if (original !== undefined && !Array.isArray(original)) throw badArgument(original)
    if (patched === null || (original === undefined && patched === undefined)) continue
    if (patched !== undefined && !Array.isArray(patched)) throw badArgument(patched)
    done.add(key)
    const merge = fieldMerge(type, key)
    const list = { ...listMerge(merge, false), order, replaces: merge.strategy !== 'merge' }
    merged[key] = mergeLists(original, patched, list)
  }
  return done
}

function badArgument(value: unknown): PatchError {
  const given = isObject(value) ? 'map[string]interface {}' : typeof value
  return new PatchError('inapplicable', `expected a []interface {}, but received a ${given}`)
}
