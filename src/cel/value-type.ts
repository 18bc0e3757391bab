/** The types of CEL, as the checker knows them and as upstream prints them. */

type Simple =
  | 'bool'
  | 'bytes'
  | 'double'
  | 'duration'
  | 'dyn'
  | 'error'
  | 'int'
  | 'null'
  | 'string'
  | 'timestamp'
  | 'uint'

export type ValueType =
  | { readonly kind: Simple; readonly sizeMax?: number }
  | ListType
  | MapType
  | ObjectType
  | { readonly kind: 'type'; readonly of: ValueType }
  | { readonly kind: 'optional'; readonly of: ValueType }
  /** A type that only functions can look into: `net.IP`, `kubernetes.Quantity`. */
  | { readonly kind: 'opaque'; readonly name: string }
  | { readonly kind: 'parameter'; readonly name: string }

export interface ListType {
  readonly kind: 'list'
  readonly element: ValueType
  /** Of lists with `x-kubernetes-list-type`: equality and `+` follow it. */
  readonly merge?: 'set' | { readonly keys: readonly string[] }
  /** For estimated costs. */
  readonly sizeMax?: number
}

export interface MapType {
  readonly kind: 'map'
  readonly key: ValueType
  readonly value: ValueType
  readonly sizeMax?: number
}

export interface ObjectType {
  readonly kind: 'object'
  /** Shown in messages. */
  readonly name: string
  /** By the name used in expressions, which may be escaped. */
  readonly fields: ReadonlyMap<string, ObjectField>
}

export interface ObjectField {
  readonly type: ValueType
  /** The name in the data, when it is another one. */
  readonly property?: string
}

export const bool: ValueType = { kind: 'bool' }
export const int: ValueType = { kind: 'int' }
export const uint: ValueType = { kind: 'uint' }
export const double: ValueType = { kind: 'double' }
export const string: ValueType = { kind: 'string' }
export const bytes: ValueType = { kind: 'bytes' }
export const nullType: ValueType = { kind: 'null' }
export const dyn: ValueType = { kind: 'dyn' }
export const errorType: ValueType = { kind: 'error' }
export const timestamp: ValueType = { kind: 'timestamp' }
export const duration: ValueType = { kind: 'duration' }

export const listOf = (element: ValueType): ListType => ({ kind: 'list', element })
export const mapOf = (key: ValueType, value: ValueType): MapType => ({ kind: 'map', key, value })
export const optionalOf = (of: ValueType): ValueType => ({ kind: 'optional', of })
export const opaque = (name: string): ValueType => ({ kind: 'opaque', name })

/** An object whose fields are all named as in the data. */
export function objectOf(name: string, fields: Readonly<Record<string, ValueType>>): ObjectType {
  const entries = Object.entries(fields).map(([field, type]) => [field, { type }] as const)
  return { kind: 'object', name, fields: new Map(entries) }
}

const printed: Partial<Record<ValueType['kind'], string>> = {
  error: '!error!',
  null: 'null',
  timestamp: 'google.protobuf.Timestamp',
  duration: 'google.protobuf.Duration',
}

const shortened: Partial<Record<ValueType['kind'], string>> = {
  timestamp: 'timestamp',
  duration: 'duration',
}

/** As upstream's checker prints a type: `list(string)`. Upstream: cel-go checker/format.go. */
export function formatType(type: ValueType): string {
  switch (type.kind) {
    case 'list':
      return `list(${formatType(type.element)})`
    case 'map':
      return `map(${formatType(type.key)}, ${formatType(type.value)})`
    case 'optional':
      return `optional_type(${formatType(type.of)})`
    case 'type':
      return isBareType(type) ? 'type' : `type(${formatType(type.of)})`
    case 'object':
    case 'opaque':
    case 'parameter':
      return type.name
    default:
      return shortened[type.kind] ?? printed[type.kind] ?? type.kind
  }
}

/** The type `type` itself is of no type in particular. */
function isBareType(type: ValueType): boolean {
  return type.kind === 'type' && type.of.kind === 'dyn'
}

/** The name of a type at run time, as `type(x)` shows it. */
export function nameOfType(type: ValueType): string {
  switch (type.kind) {
    case 'object':
    case 'opaque':
    case 'parameter':
      return type.name
    case 'optional':
      return 'optional_type'
    case 'null':
      return 'null_type'
    default:
      return printed[type.kind] ?? type.kind
  }
}
