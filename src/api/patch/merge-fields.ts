/**
 * Merging an applied configuration into an object, and taking fields out of one again.
 * Upstream: sigs.k8s.io/structured-merge-diff/v6, typed/merge.go and remove.go.
 */
import { isEmptyFieldSet, type FieldSet } from './field-set.ts'
import { isObject, setKey, type Json } from './patch-error.ts'
import {
  elementOf,
  isLeaf,
  itemElement,
  itemShape,
  shapeOfType,
  shapeUnder,
  type Shape,
} from './typed-fields.ts'
import type { StructType } from '#api/schema.ts'

/** `live` with everything that `config` sets. Shares with both; changes neither. */
export function mergeFields(type: StructType | undefined, live: Json, config: Json): Json {
  return mergeMaps(shapeOfType(type), live, config)
}

function mergeValues(shape: Shape, live: unknown, config: unknown): unknown {
  if (live === undefined) return config
  if (config === undefined) return live
  if (!isLeaf(shape, live) && config === null) return live
  if (isLeaf(shape, live) || isLeaf(shape, config)) return config
  if (Array.isArray(live)) {
    return Array.isArray(config) ? mergeLists(shape, live, config) : config
  }
  return Array.isArray(config) ? config : mergeMaps(shape, live as Json, config as Json)
}

function mergeMaps(shape: Shape, live: Json, config: Json): Json {
  const merged = { ...live }
  for (const [key, value] of Object.entries(config)) {
    const present = Object.hasOwn(live, key) ? live[key] : undefined
    setKey(merged, key, mergeValues(shapeUnder(shape, key), present, value))
  }
  return merged
}

type Items = ReadonlyMap<string, unknown>

/** The order is that of the configuration; items of the object alone keep their place between. */
function mergeLists(shape: Shape, live: readonly unknown[], config: readonly unknown[]): unknown[] {
  const inner = itemShape(shape)
  const left = live.map((item) => itemElement(shape, item))
  const right = config.map((item) => itemElement(shape, item))
  const ofLive: Items = new Map(left.map((element, index) => [element, live[index]]))
  const ofConfig: Items = new Map(right.map((element, index) => [element, config[index]]))
  const merge = (element: string): unknown =>
    mergeValues(inner, ofLive.get(element), ofConfig.get(element))
  const shared = right.filter((element) => ofLive.has(element))
  const done = new Set<string>()
  const merged: unknown[] = []
  let [l, r] = [0, 0]
  const take = (element: string): void => {
    merged.push(merge(element))
    done.add(element)
    if (shared[0] === element) shared.shift()
    r += 1
  }
  while (l < left.length || r < right.length) {
    const mine = left[l]
    const theirs = right[r]
    if (mine !== undefined && mine === theirs) {
      take(mine)
      l += 1
    } else if (mine !== undefined && !ofConfig.has(mine)) {
      merged.push(live[l])
      l += 1
    } else if (
      mine !== undefined &&
      (done.has(mine) || (theirs !== undefined && shared[0] !== mine))
    ) {
      l += 1 // it has come, or comes where the configuration has it
    } else if (theirs !== undefined) {
      take(theirs)
    }
  }
  return merged
}

/** `value` without the members of `fields`. What they leave empty goes, too. */
export function removeFields(type: StructType | undefined, value: Json, fields: FieldSet): Json {
  return (removeBelow(shapeOfType(type), value, fields) as Json | undefined) ?? {}
}

function removeBelow(shape: Shape, value: unknown, fields: FieldSet): unknown {
  if (isLeaf(shape, value)) return value
  return Array.isArray(value)
    ? removeItems(shape, value, fields)
    : removeKeys(shape, value as Json, fields)
}

function removeItems(shape: Shape, items: readonly unknown[], fields: FieldSet): unknown {
  const inner = itemShape(shape)
  const kept: unknown[] = []
  for (const item of items) {
    const below = fields[itemElement(shape, item)]
    if (below === undefined) kept.push(item)
    else if (!isMember(below)) kept.push(removeBelow(inner, item, below) ?? {})
  }
  return kept.length === 0 ? undefined : kept
}

function removeKeys(shape: Shape, map: Json, fields: FieldSet): unknown {
  const kept: Json = {}
  let count = 0
  for (const [key, item] of Object.entries(map)) {
    const below = fields[elementOf(shape, key)]
    if (below !== undefined && isMember(below)) continue
    const value = below === undefined ? item : removeBelow(shapeUnder(shape, key), item, below)
    if (value === undefined) continue
    setKey(kept, key, value)
    count += 1
  }
  return count === 0 ? undefined : kept
}

function isMember(node: FieldSet): boolean {
  return node['.'] !== undefined || isEmptyFieldSet(node)
}

/** Nothing in a list is there twice and every item has its keys; upstream's message otherwise. */
export function listProblem(shape: Shape, items: readonly unknown[]): string | undefined {
  const seen = new Set<string>()
  for (const [index, item] of items.entries()) {
    if (shape.listType === 'map' && !isObject(item)) {
      return `element ${index}: associative list with keys may not have non-map elements`
    }
    const element = itemElement(shape, item)
    if (seen.has(element)) return `duplicate entries for key ${printable(element)}`
    seen.add(element)
  }
  return undefined
}

function printable(element: string): string {
  if (element.startsWith('v:')) return `[=${element.slice(2)}]`
  const keys = Object.entries(JSON.parse(element.slice(2)) as Json)
  return `[${keys.map(([key, value]) => `${key}=${JSON.stringify(value)}`).join(',')}]`
}
