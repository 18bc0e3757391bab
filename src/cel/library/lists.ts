/** Lists of things that have an order. Upstream: apiserver pkg/cel/library/lists.go, cel-go ext/sets.go. */
import { compareBytes } from '#api/meta/go-quote.ts'
import { compareByteArrays, compareNumbers, equal, isNumeric } from '#cel/equality.ts'
import { fn, method, type CallCost, type FunctionRow } from '#cel/functions.ts'
import { sizeOf } from '#cel/size.ts'
import {
  Duration,
  EvaluationError,
  Timestamp,
  Uint,
  type ListValue,
  type Value,
} from '#cel/value.ts'
import { deepTraversal } from './costs.ts'
import { checkedInt, checkedUint } from './operators.ts'

const ordered = [
  'int',
  'uint',
  'double',
  'bool',
  'duration',
  'timestamp',
  'string',
  'bytes',
] as const
const summed = ['int', 'uint', 'double', 'duration'] as const

const traversal: CallCost = ([list]) => deepTraversal(list ?? null)

function compare(a: Value, b: Value): number {
  if (isNumeric(a) && isNumeric(b)) return compareNumbers(a, b)
  if (typeof a === 'string' && typeof b === 'string') return compareBytes(a, b)
  if (typeof a === 'boolean' && typeof b === 'boolean') return Number(a) - Number(b)
  if (a instanceof Timestamp && b instanceof Timestamp) return compareNumbers(a.nanos, b.nanos)
  if (a instanceof Duration && b instanceof Duration) return compareNumbers(a.nanos, b.nanos)
  if (a instanceof Uint8Array && b instanceof Uint8Array) return compareByteArrays(a, b)
  throw new EvaluationError('no such overload')
}

function isSorted(list: ListValue): boolean {
  for (let at = 1; at < list.size; at += 1) {
    if (compare(list.at(at - 1), list.at(at)) > 0) return false
  }
  return true
}

function extreme(name: string, sign: 1 | -1): (list: ListValue) => Value {
  return (list) => {
    let best: Value | undefined
    for (const item of list) {
      if (best === undefined || compare(item, best) * sign > 0) best = item
    }
    if (best === undefined) throw new EvaluationError(`${name} called on empty list`)
    return best
  }
}

const zeros = { int: 0n, uint: new Uint(0n), double: 0, duration: new Duration(0n) } as const

function sum(zero: Value): (list: ListValue) => Value {
  return (list) => {
    let total = zero
    for (const item of list) total = plus(total, item)
    return total
  }
}

function plus(a: Value, b: Value): Value {
  if (typeof a === 'bigint' && typeof b === 'bigint') return checkedInt(a + b)
  if (typeof a === 'number' && typeof b === 'number') return a + b
  if (a instanceof Uint && b instanceof Uint) return checkedUint(a.value + b.value)
  if (a instanceof Duration && b instanceof Duration) return new Duration(a.nanos + b.nanos)
  throw new EvaluationError('no such overload')
}

function indexOf(list: ListValue, item: Value): bigint {
  for (let at = 0; at < list.size; at += 1) if (equal(list.at(at), item)) return BigInt(at)
  return -1n
}

function lastIndexOf(list: ListValue, item: Value): bigint {
  for (let at = list.size - 1; at >= 0; at -= 1) if (equal(list.at(at), item)) return BigInt(at)
  return -1n
}

const max = extreme('max', 1)
const min = extreme('min', -1)

export const lists: readonly FunctionRow[] = [
  ...ordered.flatMap((type) => [
    method('isSorted', `(list<${type}>) -> bool`, { run: isSorted, cost: traversal }),
    method('max', `(list<${type}>) -> ${type}`, { run: max, cost: traversal }),
    method('min', `(list<${type}>) -> ${type}`, { run: min, cost: traversal }),
  ]),
  ...summed.map((type) =>
    method('sum', `(list<${type}>) -> ${type}`, { run: sum(zeros[type]), cost: traversal }),
  ),
  method('indexOf', '(list<A>, A) -> int', { run: indexOf, cost: traversal, id: 'list_index_of' }),
  method('lastIndexOf', '(list<A>, A) -> int', {
    run: lastIndexOf,
    cost: traversal,
    id: 'list_last_index_of',
  }),
]

const product: CallCost = ([a, b]) => sizeOf(a ?? null) * sizeOf(b ?? null) + 1

function includes(list: ListValue, item: Value): boolean {
  return indexOf(list, item) >= 0n
}

function containsAll(list: ListValue, part: ListValue): boolean {
  for (const item of part) if (!includes(list, item)) return false
  return true
}

function intersects(a: ListValue, b: ListValue): boolean {
  for (const item of a) if (includes(b, item)) return true
  return false
}

export const sets: readonly FunctionRow[] = [
  fn('sets.contains', '(list<A>, list<A>) -> bool', { run: containsAll, cost: product }),
  fn('sets.equivalent', '(list<A>, list<A>) -> bool', {
    run: (a: ListValue, b: ListValue) => containsAll(a, b) && containsAll(b, a),
    cost: (args, result) => 2 * product(args, result) - 1,
  }),
  fn('sets.intersects', '(list<A>, list<A>) -> bool', { run: intersects, cost: product }),
]
