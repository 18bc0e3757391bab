/**
 * JSON seen as values of CEL: by a declared type, or by what it looks like.
 * Upstream: staging/src/k8s.io/apiserver/pkg/cel/common/values.go (UnstructuredToVal).
 */
import { parseDurationNanos } from '#api/duration.ts'
import { parseTimestamp } from './instant.ts'
import {
  DataMap,
  Duration,
  EvaluationError,
  LiteralMap,
  ListValue,
  OpaqueValue,
  OptionalValue,
  Timestamp,
  TypeValue,
  Uint,
  type Adapt,
  type DataShape,
  type Value,
} from './value.ts'
import { dyn, type ListType, type MapType, type ObjectType, type ValueType } from './value-type.ts'

const made = new WeakMap<ValueType, Adapt>()

/** The function that turns data of a type into values; made once a type. */
export function adapterOf(type: ValueType): Adapt {
  const known = made.get(type)
  if (known !== undefined) return known
  const adapt = make(type)
  made.set(type, adapt)
  return adapt
}

function make(type: ValueType): Adapt {
  switch (type.kind) {
    case 'list':
      return listAdapter(type)
    case 'map':
      return mapAdapter(type)
    case 'object':
      return objectAdapter(type)
    case 'double':
      return (raw) => (typeof raw === 'number' ? raw : adaptAny(raw))
    case 'timestamp':
      return (raw) => (typeof raw === 'string' ? new Timestamp(parseTimestamp(raw)) : adaptAny(raw))
    case 'duration':
      return (raw) => (typeof raw === 'string' ? durationOf(raw) : adaptAny(raw))
    case 'bytes':
      return (raw) => (typeof raw === 'string' ? decodeBase64(raw) : adaptAny(raw))
    default:
      return adaptAny
  }
}

function durationOf(text: string): Duration {
  try {
    return new Duration(parseDurationNanos(text))
  } catch {
    throw new EvaluationError(`invalid duration: ${text}`)
  }
}

function decodeBase64(text: string): Uint8Array {
  try {
    return Uint8Array.fromBase64(text)
  } catch {
    throw new EvaluationError(`invalid base64: ${text}`)
  }
}

function listAdapter({ element, merge }: ListType): Adapt {
  return (raw) => {
    if (!Array.isArray(raw)) return adaptAny(raw)
    return new ListValue(raw, adapterOf(element), merge)
  }
}

const same = (name: string): string => name

function mapAdapter({ value }: MapType): Adapt {
  const shape: DataShape = {
    typeName: 'map',
    property: same,
    nameOf: same,
    adapt: (_, raw) => adapterOf(value)(raw),
  }
  return (raw) => (isPlainObject(raw) ? new DataMap(raw, shape) : adaptAny(raw))
}

function objectAdapter({ name, fields }: ObjectType): Adapt {
  const names = new Map<string, string>()
  for (const [field, { property = field }] of fields) names.set(property, field)
  const shape: DataShape = {
    typeName: name,
    property(field) {
      const declared = fields.get(field)
      return declared === undefined ? undefined : (declared.property ?? field)
    },
    nameOf: (property) => names.get(property),
    adapt: (field, raw) => adapterOf(fields.get(field)?.type ?? dyn)(raw),
  }
  return (raw) => (isPlainObject(raw) ? new DataMap(raw, shape) : adaptAny(raw))
}

function isPlainObject(raw: unknown): raw is Readonly<Record<string, unknown>> {
  return typeof raw === 'object' && raw !== null && !Array.isArray(raw) && !isValueObject(raw)
}

const anyShape: DataShape = {
  typeName: 'map',
  property: same,
  nameOf: same,
  adapt: (_, raw) => adaptAny(raw),
}

const valueClasses = [
  ListValue,
  DataMap,
  LiteralMap,
  OpaqueValue,
  OptionalValue,
  Timestamp,
  Duration,
  Uint,
  TypeValue,
  Uint8Array,
] as const

function isValueObject(raw: object): boolean {
  return valueClasses.some((kind) => raw instanceof kind)
}

/** By its looks: whole numbers are ints, as in upstream's unstructured objects. */
export function adaptAny(raw: unknown): Value {
  switch (typeof raw) {
    case 'string':
    case 'boolean':
    case 'bigint':
      return raw
    case 'number':
      return Number.isSafeInteger(raw) ? BigInt(raw) : raw
    case 'object':
      return raw === null ? null : adaptObject(raw)
    default:
      return null
  }
}

function adaptObject(raw: object): Value {
  if (Array.isArray(raw)) return new ListValue(raw, adaptAny)
  if (isPlainObject(raw)) return new DataMap(raw, anyShape)
  return raw as Value
}

/** A value as JSON, for answers such as patches. */
export function toJson(value: Value): unknown {
  if (typeof value === 'bigint') return Number(value)
  if (value instanceof Uint) return Number(value.value)
  if (value instanceof ListValue) return [...value].map(toJson)
  if (value instanceof Uint8Array) return value.toBase64()
  if (value instanceof DataMap || value instanceof LiteralMap) {
    const entries = [...value.keys()].map((key) => [
      String(toJson(key)),
      toJson(value.get(key) ?? null),
    ])
    return Object.fromEntries(entries)
  }
  if (typeof value === 'object' && value !== null) {
    throw new EvaluationError(`a value of this type cannot be written as JSON`)
  }
  return value
}
