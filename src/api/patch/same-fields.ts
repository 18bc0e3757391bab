/**
 * Whether two objects set the same fields, whatever their values. Pods of one set, Events of one source
 * are created by the thousand and differ in nothing but values: looking is several times cheaper than
 * listing their fields, and they share one list (docs/performance.md).
 */
import type { StructType } from '#api/schema.ts'
import { keyValue } from './field-set.ts'
import { equalJson, isObject, type Json } from './patch-error.ts'
import { isLeaf, itemShape, shapeOfType, shapeUnder, type Shape } from './typed-fields.ts'

export function sameFields(type: StructType | undefined, a: Json, b: Json): boolean {
  return sameBelow(shapeOfType(type), a, b)
}

function sameBelow(shape: Shape, a: unknown, b: unknown): boolean {
  if (isLeaf(shape, a) || isLeaf(shape, b)) {
    return isLeaf(shape, a) && isLeaf(shape, b) && isEmpty(a) === isEmpty(b)
  }
  if (Array.isArray(a)) return Array.isArray(b) && sameLists(shape, a, b)
  return !Array.isArray(b) && sameMaps(shape, a as Json, b as Json)
}

/** An empty value may be what Go writes for a field that is not set. */
function isEmpty(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false
  for (const key in value) if ((value as Json)[key] !== undefined) return false
  return true
}

function sameMaps(shape: Shape, a: Json, b: Json): boolean {
  let more = 0
  for (const key in a) {
    if (a[key] === undefined) continue
    if (!Object.hasOwn(b, key) || b[key] === undefined) return false
    if (!sameBelow(shapeUnder(shape, key), a[key], b[key])) return false
    more++
  }
  for (const key in b) if (b[key] !== undefined) more--
  return more === 0
}

function sameLists(shape: Shape, a: readonly unknown[], b: readonly unknown[]): boolean {
  if (a.length !== b.length) return false
  const inner = itemShape(shape)
  return a.every((item, at) => sameItem(shape, item, b[at]) && sameBelow(inner, item, b[at]))
}

/** Whether both items have the same place in the list. */
function sameItem(shape: Shape, a: unknown, b: unknown): boolean {
  if (shape.listType !== 'map' || !isObject(a) || !isObject(b)) return equalJson(a, b)
  return shape.listMapKeys.every((key) => keyValue(a, shape, key) === keyValue(b, shape, key))
}
