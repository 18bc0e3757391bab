/**
 * Values of CEL at run time. Data of the API stays plain JSON and is looked at through a view that
 * converts a leaf when an expression reaches it, so evaluating copies nothing.
 */
import { nameOfType, type ValueType } from './value-type.ts'

export type Value =
  | null
  | boolean
  | bigint
  | number
  | string
  | Uint8Array
  | Uint
  | Timestamp
  | Duration
  | ListValue
  | MapValue
  | OptionalValue
  | TypeValue
  | OpaqueValue

/** Fails an evaluation; operators like `||` may still recover. */
export class EvaluationError extends Error {
  override readonly name = 'EvaluationError'
}

export class Uint {
  readonly value: bigint

  constructor(value: bigint) {
    this.value = value
  }
}

/** Nanoseconds since 1970. */
export class Timestamp {
  readonly nanos: bigint

  constructor(nanos: bigint) {
    this.nanos = nanos
  }
}

export class Duration {
  readonly nanos: bigint

  constructor(nanos: bigint) {
    this.nanos = nanos
  }
}

/** Undefined: there is none. */
export class OptionalValue {
  readonly value: Value | undefined

  constructor(value: Value | undefined) {
    this.value = value
  }
}

export const none = new OptionalValue(undefined)

export class TypeValue {
  readonly type: ValueType

  constructor(type: ValueType) {
    this.type = type
  }

  get name(): string {
    return nameOfType(this.type)
  }
}

/** A value of a library: only its functions look inside. */
export abstract class OpaqueValue {
  abstract readonly typeName: string
  abstract equals(other: OpaqueValue): boolean
}

export type Adapt = (raw: unknown) => Value

export class ListValue {
  readonly #items: readonly unknown[]
  readonly #adapt: Adapt | undefined
  readonly merge: 'set' | { readonly keys: readonly string[] } | undefined

  /** Without `adapt` the items are values already. */
  constructor(items: readonly unknown[], adapt?: Adapt, merge?: ListValue['merge']) {
    this.#items = items
    this.#adapt = adapt
    this.merge = merge
  }

  get size(): number {
    return this.#items.length
  }

  at(index: number): Value {
    const item = this.#items[index]
    return this.#adapt === undefined ? (item as Value) : this.#adapt(item)
  }

  *[Symbol.iterator](): Generator<Value> {
    for (let at = 0; at < this.#items.length; at += 1) yield this.at(at)
  }
}

export interface MapValue {
  readonly size: number
  /** Shown by `type(x)`; `map` unless the schema gave it a name. */
  readonly typeName: string
  get(key: Value): Value | undefined
  has(key: Value): boolean
  keys(): Iterable<Value>
}

export function isMap(value: Value): value is MapValue {
  return value instanceof LiteralMap || value instanceof DataMap
}

type PlainKey = string | boolean | bigint

/** What `{…}` made. Numbers of any type with the same value are the same key. */
export class LiteralMap implements MapValue {
  readonly typeName: string
  readonly #entries = new Map<PlainKey, { readonly key: Value; readonly value: Value }>()

  constructor(entries: Iterable<readonly [Value, Value]>, typeName = 'map') {
    this.typeName = typeName
    for (const [key, value] of entries) {
      const plain = plainKey(key)
      if (plain === undefined) throw new EvaluationError('unsupported key type')
      if (this.#entries.has(plain)) {
        throw new EvaluationError(`Failed with repeated key [${String(plain)}]`)
      }
      this.#entries.set(plain, { key, value })
    }
  }

  get size(): number {
    return this.#entries.size
  }

  get(key: Value): Value | undefined {
    const plain = plainKey(key)
    return plain === undefined ? undefined : this.#entries.get(plain)?.value
  }

  has(key: Value): boolean {
    return this.get(key) !== undefined
  }

  *keys(): Generator<Value> {
    for (const { key } of this.#entries.values()) yield key
  }
}

function plainKey(key: Value): PlainKey | undefined {
  if (typeof key === 'string' || typeof key === 'boolean' || typeof key === 'bigint') return key
  if (key instanceof Uint) return key.value
  if (typeof key === 'number' && Number.isInteger(key)) return BigInt(key)
  return undefined
}

/** A key in a message. */
export function keyText(key: Value): string {
  const plain = plainKey(key)
  return plain === undefined ? '<unsupported key type>' : String(plain)
}

/** How a {@link DataMap} reads its data. */
export interface DataShape {
  readonly typeName: string
  /** The property behind a name in an expression; undefined: no such field. */
  property(name: string): string | undefined
  /** The name in expressions of a property; undefined: hidden. */
  nameOf(property: string): string | undefined
  adapt(name: string, raw: unknown): Value
}

/** A view of a JSON object. */
export class DataMap implements MapValue {
  readonly #data: Readonly<Record<string, unknown>>
  readonly #shape: DataShape

  constructor(data: Readonly<Record<string, unknown>>, shape: DataShape) {
    this.#data = data
    this.#shape = shape
  }

  get typeName(): string {
    return this.#shape.typeName
  }

  get size(): number {
    let count = 0
    for (const _ of this.keys()) count += 1
    return count
  }

  get(key: Value): Value | undefined {
    if (typeof key !== 'string') return undefined
    const property = this.#shape.property(key)
    if (property === undefined || !Object.hasOwn(this.#data, property)) return undefined
    const raw = this.#data[property]
    return raw === undefined ? undefined : this.#shape.adapt(key, raw)
  }

  has(key: Value): boolean {
    return this.get(key) !== undefined
  }

  *keys(): Generator<Value> {
    for (const property of Object.keys(this.#data)) {
      if (this.#data[property] === undefined) continue
      const name = this.#shape.nameOf(property)
      if (name !== undefined) yield name
    }
  }

  /** The data behind the view. */
  get raw(): Readonly<Record<string, unknown>> {
    return this.#data
  }
}
