/**
 * The rules of a definition's schema beyond its structure.
 * Upstream: staging/src/k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/validation/validation.go
 * (ValidateCustomResourceDefinitionOpenAPISchema), v1.36.
 */
import {
  forbiddenField,
  invalidValue,
  notSupported,
  required,
  type FieldError,
} from '#api/meta/field-error.ts'
import { checkListKeys, checkListType } from './validate-list-type.ts'
import {
  additionalOf,
  isObject,
  itemsOf,
  propertiesOf,
  type JsonObject,
  type Schema,
} from './schema.ts'

export interface SchemaPlace {
  readonly path: string
  readonly isRoot: boolean
  /** Inside apiVersion, kind or metadata of an object. */
  readonly isMeta: boolean
  /** Why no default may stand here; undefined: one may. */
  readonly noDefaults: string | undefined
}

export function rootPlace(path: string): SchemaPlace {
  return { path, isRoot: true, isMeta: false, noDefaults: undefined }
}

const metaFields: ReadonlySet<string> = new Set(['metadata', 'kind', 'apiVersion'])
const types = ['array', 'boolean', 'integer', 'number', 'object', 'string']

export function schemaErrors(schema: Schema, place: SchemaPlace): FieldError[] {
  const errors: FieldError[] = []
  checkSchema(schema, place, errors)
  return errors
}

function checkSchema(schema: Schema, place: SchemaPlace, errors: FieldError[]): void {
  const { path } = place
  checkStandard(schema, place, errors)
  if (schema.uniqueItems === true) {
    const text = 'uniqueItems cannot be set to true since the runtime complexity becomes quadratic'
    errors.push(forbiddenField(`${path}.uniqueItems`, text))
  }
  checkAdditional(schema, place, errors)
  for (const [key, of] of propertiesOf(schema)) {
    checkSchema(of, propertyPlace(schema, place, key), errors)
  }
  for (const [name, of] of compositionsOf(schema)) {
    checkSchema(of, { ...place, path: `${path}.${name}`, isRoot: false }, errors)
  }
  const items = itemsOf(schema)
  if (items !== undefined) {
    checkSchema(items, { ...place, path: `${path}.items`, isRoot: false }, errors)
  }
  checkMapType(schema, path, errors)
  checkListType(schema, path, errors)
  checkListKeys(schema, path, errors)
}

function compositionsOf(schema: Schema): readonly (readonly [string, Schema])[] {
  return [
    ...(schema.not === undefined ? [] : [['not', schema.not] as const]),
    ...(['allOf', 'oneOf', 'anyOf'] as const).flatMap((name) =>
      (schema[name] ?? []).map((of, index) => [`${name}[${index}]`, of] as const),
    ),
  ]
}

function checkAdditional(schema: Schema, place: SchemaPlace, errors: FieldError[]): void {
  const additional = additionalOf(schema)
  if (additional === undefined) return
  const path = `${place.path}.additionalProperties`
  if (propertiesOf(schema).length > 0 && additional !== true) {
    errors.push(forbiddenField(path, 'additionalProperties and properties are mutual exclusive'))
  }
  if (typeof additional !== 'object') return
  const noDefaults = place.isMeta
    ? 'inside additionalProperties applying to object metadata'
    : place.noDefaults
  checkSchema(additional, { ...place, path, isRoot: false, noDefaults }, errors)
}

function propertyPlace(schema: Schema, place: SchemaPlace, key: string): SchemaPlace {
  const path = `${place.path}.properties[${key}]`
  const isResource = place.isRoot || schema['x-kubernetes-embedded-resource'] === true
  if (!isResource || !metaFields.has(key)) return { ...place, path, isRoot: false }
  const noDefaults = place.isRoot ? `in top-level ${key}` : place.noDefaults
  return { path, isRoot: false, isMeta: true, noDefaults }
}

/** What a schema of OpenAPI v3 may say, and these may not. */
const unsupported = [
  'id',
  'additionalItems',
  'patternProperties',
  'definitions',
  'dependencies',
  '$ref',
] as const

function checkStandard(schema: Schema, place: SchemaPlace, errors: FieldError[]): void {
  const { path, noDefaults } = place
  const { type } = schema
  if (type !== undefined && !types.includes(type)) {
    errors.push(notSupported(`${path}.type`, type, [...types].sort()))
  }
  if (schema.default !== undefined && noDefaults !== undefined) {
    errors.push(forbiddenField(`${path}.default`, `must not be set ${noDefaults}`))
  }
  for (const name of unsupported) {
    if (isEmpty(schema[name])) continue
    errors.push(forbiddenField(`${path}.${name}`, `${name} is not supported`))
  }
  if (type === 'null') {
    const text = 'type cannot be set to null, use nullable as an alternative'
    errors.push(forbiddenField(`${path}.type`, text))
  }
  if (Array.isArray(schema.items) && schema.items.length > 0) {
    const text = 'items must be a schema object and not an array'
    errors.push(forbiddenField(`${path}.items`, text))
  }
  if (place.isMeta && schema['x-kubernetes-embedded-resource'] === true) {
    const text = 'must not be used inside of resource meta'
    errors.push(forbiddenField(`${path}.x-kubernetes-embedded-resource`, text))
  }
  if (schema['x-kubernetes-preserve-unknown-fields'] === false) {
    const at = `${path}.x-kubernetes-preserve-unknown-fields`
    errors.push(invalidValue(at, false, 'must be true or undefined'))
  }
}

function isEmpty(value: unknown): boolean {
  if (value === undefined) return true
  return isObject(value) && Object.keys(value satisfies JsonObject).length === 0
}

function checkMapType(schema: Schema, path: string, errors: FieldError[]): void {
  const mapType = schema['x-kubernetes-map-type']
  if (mapType === undefined) return
  const text = 'must be object if x-kubernetes-map-type is specified'
  if (schema.type === undefined) errors.push(required(`${path}.type`, text))
  else if (schema.type !== 'object') errors.push(invalidValue(`${path}.type`, schema.type, text))
  const supported = ['atomic', 'granular']
  if (!supported.includes(mapType)) {
    errors.push(notSupported(`${path}.x-kubernetes-map-type`, mapType, supported))
  }
}
