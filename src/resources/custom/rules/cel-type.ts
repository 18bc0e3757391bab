/**
 * A schema as a type of CEL, with the sizes that its values may have.
 * Upstream: staging/src/k8s.io/apiserver/pkg/cel/common/schemas.go (SchemaDeclType), v1.36.
 */
import {
  bool,
  double,
  dyn,
  int,
  string,
  type ObjectField,
  type ObjectType,
  type ValueType,
} from '#cel/value-type.ts'
import { additionalSchemaOf, itemsOf, propertiesOf, type Schema } from '#resources/custom/schema.ts'
import { escapeName } from '#cel/escape.ts'

/** What one request may bring at most. Upstream: MaxRequestSizeBytes. */
export const requestBytesMax = 3 * 1024 * 1024
const quotesBytes = 2

/** Undefined: rules cannot speak of values that the schema leaves open. */
export function celTypeOf(schema: Schema, isResource: boolean): ValueType | undefined {
  if (schema['x-kubernetes-int-or-string'] === true) {
    return { ...dyn, sizeMax: requestBytesMax - quotesBytes } as ValueType
  }
  const isWhole = isResource || schema['x-kubernetes-embedded-resource'] === true
  const described = isWhole ? withMetaFields(schema) : schema
  switch (described.type) {
    case 'array':
      return listTypeOf(described)
    case 'object':
      return objectTypeOf(described)
    case 'string':
      return stringTypeOf(described)
    case 'boolean':
      return bool
    case 'integer':
      return int
    case 'number':
      return double
    default:
      return undefined
  }
}

/** Of metadata, rules may read the names only. */
const text: Schema = { type: 'string' }
const metaFields: Readonly<Record<string, Schema>> = {
  kind: text,
  apiVersion: text,
  metadata: { type: 'object', properties: { name: text, generateName: text } },
}

function withMetaFields(schema: Schema): Schema {
  return { ...schema, properties: { ...schema.properties, ...metaFields } }
}

function listTypeOf(schema: Schema): ValueType | undefined {
  const items = itemsOf(schema)
  const element = items === undefined ? undefined : celTypeOf(items, false)
  if (items === undefined || element === undefined) return undefined
  const keys = schema['x-kubernetes-list-map-keys'] ?? []
  const listType = schema['x-kubernetes-list-type']
  const merge = listType === 'map' ? { keys } : listType === 'set' ? 'set' : undefined
  return {
    kind: 'list',
    element,
    sizeMax: schema.maxItems ?? itemsMax(items),
    ...(merge !== undefined && { merge }),
  }
}

function itemsMax(items: Schema): number {
  return Math.floor((requestBytesMax - quotesBytes) / (sizeMinOf(items) + 1))
}

function objectTypeOf(schema: Schema): ValueType | undefined {
  const additional = additionalSchemaOf(schema)
  if (additional !== undefined) {
    const value = celTypeOf(additional, false)
    if (value === undefined) return undefined
    const sizeMax = schema.maxProperties ?? pairsMax(additional)
    return { kind: 'map', key: string, value, sizeMax }
  }
  const fields = new Map<string, ObjectField>()
  for (const [name, of] of propertiesOf(schema)) {
    const type = celTypeOf(of, false)
    const escaped = escapeName(name)
    if (type === undefined || escaped === undefined) continue
    fields.set(escaped, { type, ...(escaped !== name && { property: name }) })
  }
  return { kind: 'object', name: 'object', fields } satisfies ObjectType
}

/** Quotes, colon and comma around each key. */
const pairBytes = 6

function pairsMax(value: Schema): number {
  return Math.floor((requestBytesMax - quotesBytes) / (sizeMinOf(value) + pairBytes))
}

const formats: Readonly<Record<string, ValueType>> = {
  duration: { kind: 'duration' },
  date: { kind: 'timestamp' },
  'date-time': { kind: 'timestamp' },
}

function stringTypeOf(schema: Schema): ValueType {
  const { format = '', maxLength } = schema
  if (format === 'byte') {
    return { kind: 'bytes', sizeMax: maxLength ?? requestBytesMax - quotesBytes }
  }
  const known = Object.hasOwn(formats, format) ? formats[format] : undefined
  return known ?? { kind: 'string', sizeMax: textMax(schema) }
}

/** A character takes up to four bytes. */
function textMax({ maxLength, enum: values }: Schema): number {
  if (maxLength !== undefined) return Math.max(maxLength, 0) * 4
  if (values !== undefined && values.length > 0) {
    return Math.max(...values.map((value) => (typeof value === 'string' ? value.length : 0)))
  }
  return requestBytesMax - quotesBytes
}

const sizesMin: Readonly<Record<string, number>> = {
  array: 2,
  object: 2,
  string: 2,
  boolean: 4,
  integer: 1,
  number: 1,
}

/** The fewest bytes that a value takes in a request. */
export function sizeMinOf(schema: Schema): number {
  if (schema['x-kubernetes-int-or-string'] === true) return 1
  let size = sizesMin[schema.type ?? ''] ?? 0
  if (schema.type !== 'object') return size
  for (const name of schema.required ?? []) {
    const of = schema.properties?.[name]
    if (of === undefined || of.default !== undefined) continue
    size += name.length + sizeMinOf(of) + 4
  }
  return size
}
