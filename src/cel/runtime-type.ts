/** The type of a value at run time. */
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
import {
  bool,
  bytes,
  double,
  duration,
  dyn,
  int,
  listOf,
  mapOf,
  nameOfType,
  nullType,
  opaque,
  optionalOf,
  string,
  timestamp,
  uint,
  type ValueType,
} from './value-type.ts'

const primitives: Readonly<Record<string, ValueType>> = {
  boolean: bool,
  bigint: int,
  number: double,
  string,
}

const classes = [
  [Uint8Array, bytes],
  [Uint, uint],
  [Timestamp, timestamp],
  [Duration, duration],
  [ListValue, listOf(dyn)],
  [OptionalValue, optionalOf(dyn)],
] as const

export function runtimeType(value: Value): ValueType {
  if (value === null) return nullType
  const primitive = primitives[typeof value]
  if (primitive !== undefined) return primitive
  if (value instanceof TypeValue) return { kind: 'type', of: value.type }
  if (value instanceof OpaqueValue) return opaque(value.typeName)
  if (isMap(value)) {
    return value.typeName === 'map' ? mapOf(dyn, dyn) : opaque(value.typeName)
  }
  return classes.find(([kind]) => value instanceof kind)?.[1] ?? dyn
}

/** As upstream names types in `no such overload: f(int, string)`. */
export function nameOfRuntimeType(value: Value): string {
  return nameOfType(runtimeType(value))
}
