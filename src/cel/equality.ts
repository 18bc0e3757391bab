/** Equality and order. Numbers of different types compare by their value. */
import {
  Duration,
  isMap,
  ListValue,
  OpaqueValue,
  OptionalValue,
  Timestamp,
  TypeValue,
  Uint,
  type MapValue,
  type Value,
} from './value.ts'

export function equal(a: Value, b: Value): boolean {
  if (a === b) return true
  if (isNumeric(a)) return isNumeric(b) && compareNumbers(a, b) === 0
  if (typeof a !== 'object' || a === null || typeof b !== 'object' || b === null) return false
  if (a instanceof ListValue) return b instanceof ListValue && equalLists(a, b)
  if (isMap(a)) return isMap(b) && equalMaps(a, b)
  return equalObjects(a, b)
}

function equalObjects(a: Value & object, b: Value & object): boolean {
  if (a instanceof Timestamp) return b instanceof Timestamp && a.nanos === b.nanos
  if (a instanceof Duration) return b instanceof Duration && a.nanos === b.nanos
  if (a instanceof Uint8Array) return b instanceof Uint8Array && compareByteArrays(a, b) === 0
  if (a instanceof TypeValue) return b instanceof TypeValue && a.name === b.name
  if (a instanceof OpaqueValue) return b instanceof OpaqueValue && a.equals(b)
  if (a instanceof OptionalValue && b instanceof OptionalValue) {
    if (a.value === undefined || b.value === undefined) return a.value === b.value
    return equal(a.value, b.value)
  }
  return false
}

function equalLists(a: ListValue, b: ListValue): boolean {
  if (a.size !== b.size) return false
  const merge = a.merge ?? b.merge
  if (merge === undefined) {
    for (let at = 0; at < a.size; at += 1) if (!equal(a.at(at), b.at(at))) return false
    return true
  }
  const others = [...b]
  return [...a].every((item) => others.some((other) => equal(item, other)))
}

function equalMaps(a: MapValue, b: MapValue): boolean {
  if (a.size !== b.size) return false
  for (const key of a.keys()) {
    const left = a.get(key)
    const right = b.get(key)
    if (left === undefined || right === undefined || !equal(left, right)) return false
  }
  return true
}

export type Numeric = bigint | number | Uint

export function isNumeric(value: Value): value is Numeric {
  return typeof value === 'bigint' || typeof value === 'number' || value instanceof Uint
}

/** NaN when one of them is. As upstream, a whole number is rounded when the other is a double. */
export function compareNumbers(left: Numeric, right: Numeric): number {
  let a = left instanceof Uint ? left.value : left
  let b = right instanceof Uint ? right.value : right
  if (typeof a !== typeof b) {
    a = Number(a)
    b = Number(b)
  }
  if (a < b) return -1
  if (a > b) return 1
  return a === b ? 0 : Number.NaN
}

export function compareByteArrays(a: Uint8Array, b: Uint8Array): number {
  const length = Math.min(a.length, b.length)
  for (let at = 0; at < length; at += 1) {
    const difference = (a[at] as number) - (b[at] as number)
    if (difference !== 0) return difference
  }
  return a.length - b.length
}
