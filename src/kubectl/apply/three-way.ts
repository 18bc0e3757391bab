/**
 * The patch that makes the live object what the file says: changes against the live object, deletions of
 * what the last applied configuration had. Upstream: apimachinery pkg/util/strategicpatch
 * CreateThreeWayMergePatch, pkg/util/jsonmergepatch.
 */
import type { FieldSchema, SchemaType } from '#api/schema.ts'
import { equalJson } from '#api/patch/patch-error.ts'
import { isMapping } from '#kubectl/objects/info.ts'
import type { Json } from '#kubectl/objects/info.ts'

export interface ThreeWay {
  /** What was applied last; empty when nothing was. */
  readonly original: Json
  readonly modified: Json
  readonly current: Json
  /** Undefined: lists are replaced, as in a JSON merge patch. */
  readonly type: SchemaType | undefined
}

/** Empty when there is nothing to change. */
export function threeWayPatch({ original, modified, current, type }: ThreeWay): Json {
  const patch: Json = {}
  for (const [key, wanted] of Object.entries(modified)) {
    if (wanted === undefined) continue
    const field = fieldOf(type, key)
    const values = { original: original[key], modified: wanted, current: current[key] }
    Object.assign(patch, fieldPatch(key, values, field))
  }
  for (const key of Object.keys(original)) {
    const isGone = modified[key] === undefined || modified[key] === null
    if (isGone && current[key] !== undefined && current[key] !== null) patch[key] = null
  }
  return patch
}

interface Field {
  readonly type: SchemaType | undefined
  readonly mergeKey: string | undefined
  readonly merges: boolean
  readonly retainsKeys: boolean
}

function fieldOf(type: SchemaType | undefined, key: string): Field {
  if (type?.kind === 'map') {
    return { type: type.value, mergeKey: undefined, merges: false, retainsKeys: false }
  }
  const field: FieldSchema | undefined = type?.kind === 'struct' ? type.fields.get(key) : undefined
  return {
    type: field?.type,
    mergeKey: field?.patchMergeKey,
    merges: field?.patchStrategy.includes('merge') === true,
    retainsKeys: field?.patchStrategy.includes('retainKeys') === true,
  }
}

interface Values {
  readonly original: unknown
  readonly modified: unknown
  readonly current: unknown
}

function fieldPatch(key: string, values: Values, field: Field): Json {
  const { original, modified, current } = values
  if (isMapping(modified) && isMapping(current)) {
    const nested = threeWayPatch({
      original: isMapping(original) ? original : {},
      modified,
      current,
      type: field.type,
    })
    if (Object.keys(nested).length === 0) return {}
    const retained = field.retainsKeys ? { $retainKeys: Object.keys(modified).sort() } : {}
    return { [key]: { ...retained, ...nested } }
  }
  if (Array.isArray(modified) && Array.isArray(current) && field.merges) {
    const lists = { original: Array.isArray(original) ? original : [], modified, current }
    return field.mergeKey === undefined
      ? scalarListPatch(key, lists)
      : keyedListPatch(key, lists, { ...field, mergeKey: field.mergeKey })
  }
  if (modified === null) return current === undefined || current === null ? {} : { [key]: null }
  return equalJson(modified, current) ? {} : { [key]: modified }
}

interface Lists {
  readonly original: readonly unknown[]
  readonly modified: readonly unknown[]
  readonly current: readonly unknown[]
}

/** Values that the list lacks, and values that were taken out of the file. */
function scalarListPatch(key: string, { original, modified, current }: Lists): Json {
  const added = modified.filter((item) => !current.includes(item))
  const removed = original.filter((item) => !modified.includes(item) && current.includes(item))
  return {
    ...(removed.length > 0 && { [`$deleteFromPrimitiveList/${key}`]: removed }),
    ...(added.length + removed.length > 0 && { [`$setElementOrder/${key}`]: modified }),
    ...(added.length > 0 && { [key]: added }),
  }
}

type KeyedField = Field & { readonly mergeKey: string }

function keyedListPatch(key: string, lists: Lists, field: KeyedField): Json {
  const { mergeKey } = field
  const itemType = field.type?.kind === 'list' ? field.type.item : undefined
  const find = (list: readonly unknown[], value: unknown): Json | undefined =>
    list.filter(isMapping).find((item) => equalJson(item[mergeKey], value))
  const patches: Json[] = []
  for (const item of lists.modified) {
    if (!isMapping(item)) continue
    const live = find(lists.current, item[mergeKey])
    if (live === undefined) {
      patches.push(item)
      continue
    }
    const nested = threeWayPatch({
      original: find(lists.original, item[mergeKey]) ?? {},
      modified: item,
      current: live,
      type: itemType,
    })
    if (Object.keys(nested).length === 0) continue
    const retained = field.retainsKeys ? { $retainKeys: Object.keys(item).sort() } : {}
    patches.push({ ...retained, ...nested, [mergeKey]: item[mergeKey] })
  }
  for (const item of lists.original) {
    if (!isMapping(item)) continue
    const value = item[mergeKey]
    if (find(lists.modified, value) !== undefined) continue
    if (find(lists.current, value) !== undefined) {
      patches.push({ $patch: 'delete', [mergeKey]: value })
    }
  }
  const order = lists.modified.filter(isMapping).map((item) => ({ [mergeKey]: item[mergeKey] }))
  if (patches.length === 0) return {}
  return { [`$setElementOrder/${key}`]: order, [key]: patches }
}
