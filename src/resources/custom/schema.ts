/**
 * OpenAPI v3 schemas of custom resources, with the unions that JSON leaves open told apart.
 * Upstream: staging/src/k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/types_jsonschema.go, v1.36.
 */
import type { JSONSchemaProps } from '#api/apiextensions/v1.gen.ts'
import { decodeValue } from '#api/decode.ts'
import { typeSchema } from '#api/schema.ts'
import { must } from '#base/assert.ts'

export type Schema = JSONSchemaProps
export type JsonObject = Record<string, unknown>

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Of a list; undefined also for the form with one schema for each item, which nobody may use. */
export function itemsOf(schema: Schema): Schema | undefined {
  return isObject(schema.items) ? schema.items : undefined
}

/** Undefined: not given. True: anything. */
export function additionalOf(schema: Schema): Schema | boolean | undefined {
  const { additionalProperties } = schema
  if (typeof additionalProperties === 'boolean') return additionalProperties
  return isObject(additionalProperties) ? additionalProperties : undefined
}

export function additionalSchemaOf(schema: Schema): Schema | undefined {
  const additional = additionalOf(schema)
  return typeof additional === 'object' ? additional : undefined
}

export function propertiesOf(schema: Schema): readonly (readonly [string, Schema])[] {
  return Object.entries(schema.properties ?? {})
}

/**
 * Decodes the schemas inside unions, which the decoder of built-in types takes as they are. Changes the
 * schema in place. Throws DecodeError.
 */
export function decodeNested(schema: Schema): void {
  for (const field of unions) {
    const value = schema[field]
    if (isObject(value)) schema[field] = decoded(value)
    else if (Array.isArray(value)) schema[field] = value.map(decodedItem)
  }
  for (const child of childrenOf(schema)) decodeNested(child)
}

const unions = ['items', 'additionalProperties', 'additionalItems'] as const

function decodedItem(value: unknown): unknown {
  return isObject(value) ? decoded(value) : value
}

function decoded(value: JsonObject): Schema {
  const type = must(typeSchema('apiextensions/v1.JSONSchemaProps'), 'the type of schemas')
  return decodeValue<Schema>(type, value).object
}

/** Every schema directly below, wherever it stands. */
export function childrenOf(schema: Schema): readonly Schema[] {
  const children: Schema[] = []
  for (const field of unions) {
    const value = schema[field]
    if (Array.isArray(value)) children.push(...value.filter(isObject))
    else if (isObject(value)) children.push(value)
  }
  for (const field of groups) {
    const group = schema[field]
    if (group !== undefined) children.push(...Object.values(group))
  }
  for (const field of compositions) {
    const members = schema[field]
    if (members !== undefined) children.push(...members)
  }
  if (schema.not !== undefined) children.push(schema.not)
  return children
}

const groups = ['properties', 'patternProperties', 'definitions'] as const
const compositions = ['allOf', 'anyOf', 'oneOf'] as const

/** Whether the schema or one below it is such. */
export function schemaHas(schema: Schema, test: (schema: Schema) => boolean): boolean {
  return test(schema) || childrenOf(schema).some((child) => schemaHas(child, test))
}
