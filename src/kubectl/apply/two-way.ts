/**
 * The strategic merge patch that makes one object of another, as Go's library writes it.
 * Upstream: apimachinery pkg/util/strategicpatch/patch.go, CreateTwoWayMergePatch.
 */
import { goText } from '#api/json-path/go-text.ts'
import { compareBytes } from '#api/meta/go-quote.ts'
import { equalJson } from '#api/patch/patch-error.ts'
import type { FieldSchema, SchemaType } from '#api/schema.ts'
import { isMapping } from '#kubectl/objects/info.ts'
import type { Json } from '#kubectl/objects/info.ts'

/** Empty when nothing changed. Of an unknown type: lists are replaced. */
export function twoWayPatch(original: Json, modified: Json, type: SchemaType | undefined): Json {
  return diffMaps(original, modified, { type, retainsKeys: false })
}

interface MapType {
  readonly type: SchemaType | undefined
  readonly retainsKeys: boolean
}

function diffMaps(original: Json, modified: Json, { type, retainsKeys }: MapType): Json {
  const patch: Json = {}
  for (const [key, after] of Object.entries(modified)) {
    const before = original[key]
    const field = fieldOf(type, key)
    if (!(key in original)) patch[key] = after
    else if (isMapping(before) && isMapping(after))
      diffMapField(key, { before, after, field }, patch)
    else if (Array.isArray(before) && Array.isArray(after) && field.merges) {
      diffListField(key, { before, after, field }, patch)
    } else if (!equalJson(before, after)) patch[key] = after
  }
  const removed = Object.keys(original).filter((key) => !(key in modified))
  for (const key of removed) patch[key] = null
  const kept = Object.keys(modified).filter((key) => modified[key] !== null)
  if (retainsKeys && kept.length > 0 && (Object.keys(patch).length > 0 || removed.length > 0)) {
    patch['$retainKeys'] = kept.sort(compareBytes)
  }
  return patch
}

interface Field extends MapType {
  readonly mergeKey: string
  readonly merges: boolean
  readonly replaces: boolean
}

function fieldOf(type: SchemaType | undefined, key: string): Field {
  const field: FieldSchema | undefined = type?.kind === 'struct' ? type.fields.get(key) : undefined
  const strategies = field?.patchStrategy ?? []
  return {
    type: type?.kind === 'map' ? type.value : field?.type,
    mergeKey: field?.patchMergeKey ?? '',
    merges: strategies.includes('merge'),
    replaces: strategies.includes('replace'),
    retainsKeys: strategies.includes('retainKeys'),
  }
}

interface Change<T> {
  readonly before: T
  readonly after: T
  readonly field: Field
}

function diffMapField(key: string, { before, after, field }: Change<Json>, patch: Json): void {
  if (field.replaces) {
    patch[key] = after
    return
  }
  const nested = diffMaps(before, after, field)
  if (Object.keys(nested).length > 0) patch[key] = nested
}

function diffListField(
  key: string,
  { before, after, field }: Change<readonly unknown[]>,
  patch: Json,
): void {
  if (before.length === 0) {
    if (after.length > 0) patch[key] = after
    return
  }
  const sample = before[0] ?? after[0]
  if (isMapping(sample)) diffKeyedList(key, { before, after, field }, patch)
  else diffScalarList(key, before, { after, patch })
}

function diffKeyedList(
  key: string,
  { before, after, field }: Change<readonly unknown[]>,
  patch: Json,
): void {
  const { mergeKey } = field
  const type = field.type?.kind === 'list' ? field.type.item : undefined
  const old = new Map(before.filter(isMapping).map((item) => [goText(item[mergeKey]), item]))
  const next = after.filter(isMapping)
  const changed = next.flatMap((item): Json[] => {
    const prior = old.get(goText(item[mergeKey]))
    if (prior === undefined) return [item]
    const nested = diffMaps(prior, item, { type, retainsKeys: field.retainsKeys })
    return Object.keys(nested).length === 0 ? [] : [{ ...nested, [mergeKey]: item[mergeKey] }]
  })
  const names = next.map((item) => goText(item[mergeKey]))
  const deleted = [...old.keys()]
    .filter((name) => !names.includes(name))
    .sort(compareBytes)
    .map((name): Json => ({ $patch: 'delete', [mergeKey]: old.get(name)?.[mergeKey] }))
  const items = [...changed, ...deleted]
  const sameOrder = equalJson([...old.keys()], names)
  if (items.length > 0) patch[key] = items
  if (items.length > 0 || !sameOrder) {
    patch[`$setElementOrder/${key}`] = next.map((item) => ({ [mergeKey]: item[mergeKey] }))
  }
}

function diffScalarList(
  key: string,
  before: readonly unknown[],
  { after, patch }: { readonly after: readonly unknown[]; readonly patch: Json },
): void {
  const added = after.filter((item) => !before.includes(item))
  const removed = [...new Set(before.filter((item) => !after.includes(item)))]
  if (added.length > 0) patch[key] = added
  if (removed.length > 0) {
    removed.sort((a, b) => compareBytes(goText(a), goText(b)))
    patch[`$deleteFromPrimitiveList/${key}`] = removed
  }
  if (removed.length > 0 || !equalJson(before, after)) patch[`$setElementOrder/${key}`] = after
}

/** The JSON merge patch between two objects. Upstream: evanphx/json-patch, CreateMergePatch. */
export function mergePatchBetween(original: Json, modified: Json): Json {
  const patch: Json = {}
  for (const [key, after] of Object.entries(modified)) {
    const before = original[key]
    if (isMapping(before) && isMapping(after)) {
      const nested = mergePatchBetween(before, after)
      if (Object.keys(nested).length > 0) patch[key] = nested
    } else if (!(key in original) || !equalJson(before, after)) patch[key] = after
  }
  for (const key of Object.keys(original)) if (!(key in modified)) patch[key] = null
  return patch
}
