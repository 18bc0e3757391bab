/**
 * How strategic merge patch merges lists: by a key or as sets, and in what order the result comes.
 * Upstream: staging/src/k8s.io/apimachinery/pkg/util/strategicpatch/patch.go, mergeSlice,
 * normalizeElementOrder, mergeSortedSlice.
 */
import { equalJson, isObject, PatchError, type Json } from './patch-error.ts'

export interface ListMerge {
  /** The field by which maps in the list are told apart; undefined for lists of scalars. */
  readonly mergeKey: string | undefined
  /** The patch lists what to take out. */
  readonly deletes: boolean
  /** Of the items, for messages. */
  readonly typeName: string
  /** `$setElementOrder`: scalars, or maps that hold the merge key. */
  readonly order?: readonly unknown[]
  /** The list is replaced as a whole, then ordered. */
  readonly replaces?: boolean
  mergeItems(original: Json, patch: Json): Json
  clean(value: unknown): unknown
}

type List = readonly unknown[]

/** One of the lists may be absent. */
export function mergeLists(
  original: List | undefined,
  patch: List | undefined,
  merge: ListMerge,
): List {
  checkItems(original ?? [], patch ?? [])
  if (merge.order !== undefined) checkOrder(patch ?? [], merge.order, merge)
  const merged = mergeContents(original, patch, merge)
  if (merge.order === undefined) return merged
  return inOrder(merged, merge.order, original ?? [], merge)
}

function mergeContents(
  original: List | undefined,
  patch: List | undefined,
  merge: ListMerge,
): List {
  if (patch === undefined) return original ?? []
  if (original === undefined || merge.replaces === true) return merge.clean(patch) as List
  if (!isObject(original[0] ?? patch[0])) {
    if (merge.deletes) return original.filter((item) => !patch.includes(item))
    return inOrder([...new Set([...original, ...patch])], patch, original, merge)
  }
  return mergeMaps(original, patch as readonly Json[], merge)
}

function mergeMaps(original: List, patch: readonly Json[], merge: ListMerge): List {
  const key = merge.mergeKey
  if (key === undefined) {
    throw new PatchError(
      'inapplicable',
      `cannot merge lists without merge key for ${merge.typeName}`,
    )
  }
  const plain = patch.filter((item) => item['$patch'] === undefined)
  const special = patch.filter((item) => item['$patch'] !== undefined)
  let kept = original
  for (const item of special) kept = applyDirective(kept, item, key)
  if (special.some((item) => item['$patch'] === 'replace')) return plain
  const merged = [...kept]
  for (const item of plain) {
    const value = keyOf(item, key)
    const at = merged.findIndex((present) => equalJson((present as Json)[key], value))
    if (at < 0) merged.push(item) // as it is, with its directives: so does upstream
    else merged[at] = merge.mergeItems(merged[at] as Json, item)
  }
  return inOrder(merged, plain, kept, merge)
}

function applyDirective(list: List, item: Json, key: string): List {
  switch (item['$patch']) {
    case 'delete': {
      const value = keyOf(item, key)
      return list.filter((present) => !equalJson(keyOf(present as Json, key), value))
    }
    case 'replace':
      return list
    case 'merge':
      throw new PatchError('inapplicable', 'merging lists cannot yet be specified in the patch')
    default:
      throw new PatchError(
        'inapplicable',
        `unknown patch type: ${goMap(item['$patch'])} in map: ${goMap(item)}`,
      )
  }
}

function keyOf(item: Json, key: string): unknown {
  if (item[key] === undefined) {
    throw new PatchError(
      'inapplicable',
      `map: ${goMap(item)} does not contain declared merge key: ${key}`,
    )
  }
  return item[key]
}

/** As Go's `%v` prints a map: keys sorted. */
export function goMap(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(goMap).join(' ')}]`
  if (!isObject(value)) return value === null ? '<nil>' : String(value as string | number | boolean)
  const entries = Object.keys(value)
    .sort()
    .map((key) => `${key}:${goMap(value[key])}`)
  return `map[${entries.join(' ')}]`
}

/**
 * What the patch names comes in the patch's order, what only the server has keeps its own; where the
 * two can be compared by the server's order they are interleaved.
 */
function inOrder(merged: List, order: List, serverOrder: List, merge: ListMerge): List {
  const identity = (item: unknown): unknown =>
    merge.mergeKey !== undefined && isObject(item) ? item[merge.mergeKey] : item
  const orderOf = ranks(order.map(identity))
  const serverOf = ranks(serverOrder.map(identity))
  const rank = (of: ReadonlyMap<unknown, number>, item: unknown): number | undefined =>
    of.get(identity(item))
  const named = merged
    .filter((item) => rank(orderOf, item) !== undefined)
    .sort((a, b) => (rank(orderOf, a) as number) - (rank(orderOf, b) as number))
  const serverOnly = merged.filter((item) => rank(orderOf, item) === undefined)
  const result: unknown[] = []
  let next = 0
  for (const item of named) {
    const at = rank(serverOf, item)
    while (next < serverOnly.length && at !== undefined) {
      const other = rank(serverOf, serverOnly[next])
      if (other === undefined || other >= at) break
      result.push(serverOnly[next])
      next += 1
    }
    result.push(item)
  }
  return [...result, ...serverOnly.slice(next)]
}

function ranks(identities: List): ReadonlyMap<unknown, number> {
  const places = new Map<unknown, number>()
  identities.forEach((identity, place) => {
    if (!places.has(identity)) places.set(identity, place)
  })
  return places
}

function checkItems(original: List, patch: List): void {
  const items = [...original, ...patch]
  const maps = items.filter(isObject).length
  if (maps > 0 && maps < items.length) {
    throw new PatchError(
      'inapplicable',
      `list element types are not identical: ${goMap([original, patch])}`,
    )
  }
  if (items.some(Array.isArray)) {
    throw new PatchError('inapplicable', 'lists of lists are not supported')
  }
}

/** Everything that a patch adds has to have its place in the order that it gives. */
function checkOrder(patch: List, order: List, merge: ListMerge): void {
  const key = merge.mergeKey
  const identities = order.map((item) => (key !== undefined && isObject(item) ? item[key] : item))
  let from = 0
  for (const item of patch) {
    if (isObject(item) && item['$patch'] !== undefined) continue
    const identity = key !== undefined && isObject(item) ? keyOf(item, key) : item
    const at = identities.indexOf(identity, from)
    if (at < 0) {
      throw new PatchError(
        'malformed',
        `The order in patch list:\n${goMap(patch)}\n doesn't match ${'$setElementOrder'} list:\n${goMap(order)}\n`,
      )
    }
    from = at + 1
  }
}
