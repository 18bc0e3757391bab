/** How a library declares its functions. */
import { parseSignature, type Signature } from './signature.ts'
import {
  Duration,
  isMap,
  ListValue,
  OpaqueValue,
  OptionalValue,
  Timestamp,
  TypeValue,
  Uint,
  type Value,
} from './value.ts'
import type { ValueType } from './value-type.ts'

/** What a call costs at run time, from its arguments and its result. */
export type CallCost = (args: readonly Value[], result: Value) => number

export interface Overload extends Signature {
  /** Called as `x.name(…)`: the first parameter is what stands before the dot. */
  readonly isMethod: boolean
  readonly accepts: readonly ((value: Value) => boolean)[]
  /** A function that throws an EvaluationError fails the expression. */
  readonly run: (...args: never[]) => Value
  readonly cost: CallCost
  /** Names the overload where upstream's estimates tell them apart. */
  readonly id: string | undefined
}

export interface FunctionRow extends Overload {
  readonly name: string
}

interface Extra {
  readonly cost?: CallCost
  readonly id?: string
}

const one: CallCost = () => 1

export function fn(
  name: string,
  signature: string,
  { run, cost = one, id }: Extra & { readonly run: (...args: never[]) => Value },
): FunctionRow {
  const parsed = parseSignature(signature)
  return {
    name,
    ...parsed,
    isMethod: false,
    accepts: parsed.parameters.map(accepts),
    run,
    cost,
    id,
  }
}

export function method(
  name: string,
  signature: string,
  rest: Extra & { readonly run: (...args: never[]) => Value },
): FunctionRow {
  return { ...fn(name, signature, rest), isMethod: true }
}

const always = (): boolean => true

const kinds: Partial<Record<ValueType['kind'], (value: Value) => boolean>> = {
  bool: (value) => typeof value === 'boolean',
  bytes: (value) => value instanceof Uint8Array,
  double: (value) => typeof value === 'number',
  duration: (value) => value instanceof Duration,
  int: (value) => typeof value === 'bigint',
  list: (value) => value instanceof ListValue,
  map: isMap,
  object: isMap,
  null: (value) => value === null,
  optional: (value) => value instanceof OptionalValue,
  string: (value) => typeof value === 'string',
  timestamp: (value) => value instanceof Timestamp,
  type: (value) => value instanceof TypeValue,
  uint: (value) => value instanceof Uint,
}

function accepts(type: ValueType): (value: Value) => boolean {
  if (type.kind !== 'opaque') return kinds[type.kind] ?? always
  return (value) => value instanceof OpaqueValue && value.typeName === type.name
}

/** Functions by name, in the order of their declaration. */
export class FunctionTable {
  readonly #byName = new Map<string, Overload[]>()

  constructor(...libraries: readonly (readonly FunctionRow[])[]) {
    for (const row of libraries.flat()) {
      const overloads = this.#byName.get(row.name)
      if (overloads === undefined) this.#byName.set(row.name, [row])
      else overloads.push(row)
    }
  }

  get(name: string): readonly Overload[] | undefined {
    return this.#byName.get(name)
  }
}
