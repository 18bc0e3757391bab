/** Arithmetic, order, membership and size. Upstream: cel-go common/stdlib. */
import { compareBytes } from '#api/meta/go-quote.ts'
import { compareByteArrays, compareNumbers, equal, type Numeric } from '#cel/equality.ts'
import { fn, method, type FunctionRow } from '#cel/functions.ts'
import { inRange } from '#cel/instant.ts'
import { sizeOf } from '#cel/size.ts'
import {
  Duration,
  EvaluationError,
  keyText,
  ListValue,
  none,
  OptionalValue,
  Timestamp,
  Uint,
  type MapValue,
  type Value,
} from '#cel/value.ts'
import { traverse } from './costs.ts'

const int64 = { min: -(2n ** 63n), max: 2n ** 63n - 1n }
const uint64Max = 2n ** 64n - 1n

export function checkedInt(value: bigint): bigint {
  if (value < int64.min || value > int64.max) throw new EvaluationError('integer overflow')
  return value
}

export function checkedUint(value: bigint): Uint {
  if (value < 0n || value > uint64Max) throw new EvaluationError('unsigned integer overflow')
  return new Uint(value)
}

function checkedDuration(nanos: bigint): Duration {
  if (nanos < int64.min || nanos > int64.max) throw new EvaluationError('duration overflow')
  return new Duration(nanos)
}

function divisor(value: bigint, what: 'division' | 'modulus'): bigint {
  if (value === 0n) throw new EvaluationError(`${what} by zero`)
  return value
}

const arithmetic: readonly FunctionRow[] = [
  fn('_+_', '(int, int) -> int', { run: (a: bigint, b: bigint) => checkedInt(a + b) }),
  fn('_+_', '(uint, uint) -> uint', { run: (a: Uint, b: Uint) => checkedUint(a.value + b.value) }),
  fn('_+_', '(double, double) -> double', { run: (a: number, b: number) => a + b }),
  fn('_+_', '(string, string) -> string', {
    run: (a: string, b: string) => a + b,
    cost: ([a, b]) => traverse(sizeOf(a ?? null) + sizeOf(b ?? null)),
    id: 'add_string',
  }),
  fn('_+_', '(bytes, bytes) -> bytes', {
    run: (a: Uint8Array, b: Uint8Array) => Uint8Array.from([...a, ...b]),
    cost: ([a, b]) => traverse(sizeOf(a ?? null) + sizeOf(b ?? null)),
    id: 'add_bytes',
  }),
  fn('_+_', '(list<A>, list<A>) -> list<A>', { run: concatenate, id: 'add_list' }),
  fn('_+_', '(timestamp, duration) -> timestamp', { run: later }),
  fn('_+_', '(duration, timestamp) -> timestamp', {
    run: (a: Duration, b: Timestamp) => later(b, a),
  }),
  fn('_+_', '(duration, duration) -> duration', {
    run: (a: Duration, b: Duration) => checkedDuration(a.nanos + b.nanos),
  }),
  fn('_-_', '(int, int) -> int', { run: (a: bigint, b: bigint) => checkedInt(a - b) }),
  fn('_-_', '(uint, uint) -> uint', { run: (a: Uint, b: Uint) => checkedUint(a.value - b.value) }),
  fn('_-_', '(double, double) -> double', { run: (a: number, b: number) => a - b }),
  fn('_-_', '(timestamp, timestamp) -> duration', {
    run: (a: Timestamp, b: Timestamp) => checkedDuration(a.nanos - b.nanos),
  }),
  fn('_-_', '(timestamp, duration) -> timestamp', {
    run: (a: Timestamp, b: Duration) => new Timestamp(inRange(a.nanos - b.nanos)),
  }),
  fn('_-_', '(duration, duration) -> duration', {
    run: (a: Duration, b: Duration) => checkedDuration(a.nanos - b.nanos),
  }),
  fn('_*_', '(int, int) -> int', { run: (a: bigint, b: bigint) => checkedInt(a * b) }),
  fn('_*_', '(uint, uint) -> uint', { run: (a: Uint, b: Uint) => checkedUint(a.value * b.value) }),
  fn('_*_', '(double, double) -> double', { run: (a: number, b: number) => a * b }),
  fn('_/_', '(int, int) -> int', {
    run: (a: bigint, b: bigint) => checkedInt(a / divisor(b, 'division')),
  }),
  fn('_/_', '(uint, uint) -> uint', {
    run: (a: Uint, b: Uint) => new Uint(a.value / divisor(b.value, 'division')),
  }),
  fn('_/_', '(double, double) -> double', { run: (a: number, b: number) => a / b }),
  fn('_%_', '(int, int) -> int', { run: (a: bigint, b: bigint) => a % divisor(b, 'modulus') }),
  fn('_%_', '(uint, uint) -> uint', {
    run: (a: Uint, b: Uint) => new Uint(a.value % divisor(b.value, 'modulus')),
  }),
  fn('-_', '(int) -> int', { run: (a: bigint) => checkedInt(-a) }),
  fn('-_', '(double) -> double', { run: (a: number) => -a }),
  fn('-_', '(duration) -> duration', { run: (a: Duration) => checkedDuration(-a.nanos) }),
  fn('!_', '(bool) -> bool', { run: (a: boolean) => !a }),
]

function later(start: Timestamp, by: Duration): Timestamp {
  return new Timestamp(inRange(start.nanos + by.nanos))
}

/** Lists of the API that are sets or maps are merged as server-side apply merges them. */
function concatenate(a: ListValue, b: ListValue): ListValue {
  const merge = a.merge ?? b.merge
  if (merge === undefined) return new ListValue([...a, ...b])
  const same = merge === 'set' ? equal : sameKeys(merge.keys)
  const items = [...a]
  for (const item of b) {
    const at = items.findIndex((known) => same(known, item))
    if (at < 0) items.push(item)
    else items[at] = item
  }
  return new ListValue(items, undefined, merge)
}

function sameKeys(keys: readonly string[]): (a: Value, b: Value) => boolean {
  return (a, b) => keys.every((key) => equal(field(a, key), field(b, key)))
}

function field(value: Value, key: string): Value {
  return (value as MapValue).get(key) ?? null
}

const numeric = ['int', 'uint', 'double'] as const

type Test = (order: number) => boolean

const orders: readonly (readonly [string, Test])[] = [
  ['_<_', (order) => order < 0],
  ['_<=_', (order) => order <= 0],
  ['_>_', (order) => order > 0],
  ['_>=_', (order) => order >= 0],
]

const smaller = ([a, b]: readonly Value[]): number =>
  traverse(Math.min(sizeOf(a ?? null), sizeOf(b ?? null)))

const comparisons: readonly FunctionRow[] = orders.flatMap(([name, test]) => [
  ...numeric.flatMap((left) =>
    [left, ...numeric.filter((other) => other !== left)].map((right) =>
      fn(name, `(${left}, ${right}) -> bool`, {
        run: (a: Numeric, b: Numeric) => test(compareNumbers(a, b)),
      }),
    ),
  ),
  fn(name, '(bool, bool) -> bool', {
    run: (a: boolean, b: boolean) => test(Number(a) - Number(b)),
  }),
  fn(name, '(string, string) -> bool', {
    run: (a: string, b: string) => test(compareBytes(a, b)),
    cost: smaller,
    id: 'compare_string',
  }),
  fn(name, '(bytes, bytes) -> bool', {
    run: (a: Uint8Array, b: Uint8Array) => test(compareByteArrays(a, b)),
    cost: smaller,
    id: 'compare_bytes',
  }),
  fn(name, '(timestamp, timestamp) -> bool', {
    run: (a: Timestamp, b: Timestamp) => test(compareNumbers(a.nanos, b.nanos)),
  }),
  fn(name, '(duration, duration) -> bool', {
    run: (a: Duration, b: Duration) => test(compareNumbers(a.nanos, b.nanos)),
  }),
])

/** These are run by the planner itself; here are their types. */
const unplanned = (): Value => {
  throw new Error('run by program.ts')
}

const special: readonly FunctionRow[] = [
  fn('_&&_', '(bool, bool) -> bool', { run: unplanned }),
  fn('_||_', '(bool, bool) -> bool', { run: unplanned }),
  fn('_?_:_', '(bool, A, A) -> A', { run: unplanned }),
  fn('_==_', '(A, A) -> bool', { run: unplanned }),
  fn('_!=_', '(A, A) -> bool', { run: unplanned }),
]

const containers: readonly FunctionRow[] = [
  fn('@in', '(A, list<A>) -> bool', {
    run: contains,
    cost: ([, list]) => sizeOf(list ?? null),
    id: 'in_list',
  }),
  fn('@in', '(A, map<A B>) -> bool', { run: (key: Value, map: MapValue) => map.has(key) }),
  fn('_[_]', '(list<A>, int) -> A', { run: elementAt }),
  fn('_[_]', '(list<A>, uint) -> A', {
    run: (list: ListValue, at: Uint) => elementAt(list, at.value),
  }),
  fn('_[_]', '(list<A>, double) -> A', { run: elementAt }),
  fn('_[_]', '(map<A B>, A) -> B', { run: valueOf }),
  fn('_[_]', '(optional<list<A>>, int) -> optional<A>', { run: optionalElement }),
  fn('_[_]', '(optional<map<A B>>, A) -> optional<B>', { run: optionalElement }),
  fn('_[?_]', '(list<A>, int) -> optional<A>', { run: optionalElement }),
  fn('_[?_]', '(map<A B>, A) -> optional<B>', { run: optionalElement }),
  fn('_[?_]', '(optional<list<A>>, int) -> optional<A>', { run: optionalElement }),
  fn('_[?_]', '(optional<map<A B>>, A) -> optional<B>', { run: optionalElement }),
]

function contains(item: Value, list: ListValue): boolean {
  for (const one of list) if (equal(one, item)) return true
  return false
}

function elementAt(list: ListValue, at: bigint | number): Value {
  const index = Number(at)
  if (!Number.isInteger(index)) throw new EvaluationError(`unsupported index value: ${index}`)
  if (index < 0 || index >= list.size) throw new EvaluationError(`index out of bounds: ${index}`)
  return list.at(index)
}

function valueOf(map: MapValue, key: Value): Value {
  const value = map.get(key)
  if (value !== undefined) return value
  throw new EvaluationError(`no such key: ${keyText(key)}`)
}

function optionalElement(container: Value, key: Value): OptionalValue {
  const inside = container instanceof OptionalValue ? container.value : container
  if (inside === undefined) return none
  if (inside instanceof ListValue) {
    const at = Number(key)
    return at >= 0 && at < inside.size ? new OptionalValue(inside.at(at)) : none
  }
  const value = (inside as MapValue).get(key)
  return value === undefined ? none : new OptionalValue(value)
}

const characters = (text: string): bigint => {
  let count = 0
  for (const _ of text) count += 1
  return BigInt(count)
}

const sizes = (
  [
    ['string', characters],
    ['bytes', (value: Uint8Array) => BigInt(value.length)],
    ['list<A>', (value: ListValue) => BigInt(value.size)],
    ['map<A B>', (value: MapValue) => BigInt(value.size)],
  ] as const
).flatMap(([type, run]) => [
  fn('size', `(${type}) -> int`, { run }),
  method('size', `(${type}) -> int`, { run }),
])

export const operators: readonly FunctionRow[] = [
  ...arithmetic,
  ...comparisons,
  ...special,
  ...containers,
  ...sizes,
]
