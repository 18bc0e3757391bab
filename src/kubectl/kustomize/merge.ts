/**
 * Strategic merge as kustomize does it: elements of the patch come before those that are there.
 * Upstream: kyaml yaml/merge2, yaml/walk.
 */
import { equalJson } from '#api/patch/patch-error.ts'
import type { FieldSchema, SchemaType } from '#api/schema.ts'
import { isMapping } from '#kubectl/objects/info.ts'
import type { Json } from '#kubectl/objects/info.ts'

/** Undefined: the patch deletes it. */
export function mergeInto(current: unknown, patch: unknown, type: SchemaType | undefined): unknown {
  if (patch === null) return undefined
  if (!isMapping(patch)) return patch
  const { $patch: directive, ...rest } = patch
  if (directive === 'delete') return undefined
  if (directive === 'replace' || !isMapping(current)) return withoutNulls(rest)
  const merged: Json = { ...current }
  for (const [key, value] of Object.entries(rest)) {
    const next = mergedField(merged[key], value, fieldOf(type, key))
    if (next === undefined) delete merged[key]
    else merged[key] = next
  }
  return merged
}

interface Field {
  readonly type: SchemaType | undefined
  readonly merges: boolean
  readonly keys: readonly string[]
}

function fieldOf(type: SchemaType | undefined, key: string): Field {
  if (type?.kind === 'map') return { type: type.value, merges: false, keys: [] }
  const field: FieldSchema | undefined = type?.kind === 'struct' ? type.fields.get(key) : undefined
  const { listMapKeys = [], patchMergeKey, patchStrategy = [] } = field ?? {}
  const own = patchMergeKey === undefined ? [] : [patchMergeKey]
  return {
    type: field?.type,
    merges: patchStrategy.includes('merge'),
    keys: listMapKeys.length > 0 ? listMapKeys : own,
  }
}

function mergedField(current: unknown, patch: unknown, field: Field): unknown {
  if (!Array.isArray(patch)) return mergeInto(current, patch, field.type)
  const replaces = patch.some((item) => isMapping(item) && item['$patch'] === 'replace')
  if (replaces) {
    return patch
      .filter((item) => !isMapping(item) || item['$patch'] !== 'replace')
      .map(withoutNulls)
  }
  if (!field.merges || !Array.isArray(current)) return patch.map(withoutNulls)
  return field.keys.length === 0
    ? [...patch, ...current.filter((item) => !patch.includes(item))]
    : mergedList(current, patch, field)
}

function mergedList(current: readonly unknown[], patch: readonly unknown[], field: Field) {
  const { keys } = field
  const type = field.type?.kind === 'list' ? field.type.item : undefined
  const isSame = (a: unknown, b: unknown): boolean =>
    isMapping(a) && isMapping(b) && keys.every((key) => equalJson(a[key], b[key]))
  const merged = ordered(patch, keys)
    .map((item) =>
      mergeInto(
        current.find((one) => isSame(one, item)),
        item,
        type,
      ),
    )
    .filter((item) => item !== undefined)
  return [...merged, ...current.filter((one) => !patch.some((item) => isSame(one, item)))]
}

/** Elements that say all their keys come first. */
function ordered(patch: readonly unknown[], keys: readonly string[]): readonly unknown[] {
  const isFull = (item: unknown): boolean =>
    isMapping(item) && keys.every((key) => item[key] !== undefined)
  return [...patch.filter(isFull), ...patch.filter((item) => !isFull(item))]
}

/** What is added anew has no fields that are to be deleted. */
function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls)
  if (!isMapping(value)) return value
  const entries = Object.entries(value).filter(([key, one]) => one !== null && key !== '$patch')
  return Object.fromEntries(entries.map(([key, one]) => [key, withoutNulls(one)]))
}
