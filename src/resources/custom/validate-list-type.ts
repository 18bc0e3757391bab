/**
 * The rules of `x-kubernetes-list-type` and of the keys of its maps.
 * Upstream: staging/src/k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/validation/validation.go
 * (ValidateCustomResourceDefinitionOpenAPISchema, validateMapListKeysMapSet), v1.36.
 */
import {
  forbiddenField,
  invalidValue,
  notSupported,
  required,
  type FieldError,
} from '#api/meta/field-error.ts'
import { itemsOf, type Schema } from './schema.ts'

const listTypes = ['atomic', 'set', 'map']

export function checkListType(schema: Schema, path: string, errors: FieldError[]): void {
  const listType = schema['x-kubernetes-list-type']
  const at = `${path}.x-kubernetes-list-type`
  if (listType !== undefined) {
    const text = 'must be array if x-kubernetes-list-type is specified'
    if (schema.type === undefined) errors.push(required(`${path}.type`, text))
    else if (schema.type !== 'array') errors.push(invalidValue(`${path}.type`, schema.type, text))
    else if (listType === 'set') checkSetItems(schema, path, errors)
    if (!listTypes.includes(listType)) errors.push(notSupported(at, listType, listTypes))
  }
  if ((schema['x-kubernetes-list-map-keys'] ?? []).length === 0) return
  const text = 'must be map if x-kubernetes-list-map-keys is non-empty'
  if (listType === undefined) errors.push(required(at, text))
  else if (listType !== 'map') errors.push(invalidValue(at, listType, text))
}

/** Items of a set are compared as wholes, so they must be written as wholes. */
function checkSetItems(schema: Schema, path: string, errors: FieldError[]): void {
  const items = itemsOf(schema)
  if (items === undefined) return
  const text = 'must be atomic as item of a list with x-kubernetes-list-type=set'
  const listType = items['x-kubernetes-list-type']
  if (items.type === 'array' && listType !== undefined && listType !== 'atomic') {
    errors.push(invalidValue(`${path}.items.x-kubernetes-list-type`, listType, text))
  }
  if (items.type === 'object' && items['x-kubernetes-map-type'] !== 'atomic') {
    errors.push(invalidValue(`${path}.items.x-kubernetes-map-type`, listType, text))
  }
}

export function checkListKeys(schema: Schema, path: string, errors: FieldError[]): void {
  const listType = schema['x-kubernetes-list-type']
  if (listType === 'map') checkMapItems(schema, path, errors)
  if (listType !== 'map' && listType !== 'set') return
  const items = itemsOf(schema)
  if (items === undefined) return
  if (items.nullable === true) {
    const text = `cannot be nullable when x-kubernetes-list-type is ${listType}`
    errors.push(forbiddenField(`${path}.items.nullable`, text))
  }
  if (listType === 'map') checkKeyProperties(schema, items, { path, errors })
}

function checkMapItems(schema: Schema, path: string, errors: FieldError[]): void {
  const keys = schema['x-kubernetes-list-map-keys'] ?? []
  const keysPath = `${path}.x-kubernetes-list-map-keys`
  if (keys.length === 0) {
    errors.push(required(keysPath, 'must not be empty if x-kubernetes-list-type is map'))
  }
  const items = itemsOf(schema)
  if (schema.items === undefined) {
    errors.push(required(`${path}.items`, 'must have a schema if x-kubernetes-list-type is map'))
    return
  }
  if (items === undefined) {
    const text = 'must only have a single schema if x-kubernetes-list-type is map'
    errors.push(invalidValue(`${path}.items`, schema.items, text))
    return
  }
  if (items.type !== 'object') {
    const text = "must be object if parent array's x-kubernetes-list-type is map"
    errors.push(invalidValue(`${path}.items.type`, items.type ?? '', text))
    return
  }
  const seen = new Set<string>()
  for (const key of keys) {
    const type = items.properties?.[key]?.type
    if (items.properties?.[key] === undefined) {
      errors.push(invalidValue(keysPath, keys, 'entries must all be names of item properties'))
    } else if (type === 'array' || type === 'object') {
      const text = "must be a scalar type if parent array's x-kubernetes-list-type is map"
      errors.push(invalidValue(`${path}.items.properties[${key}].type`, items.type, text))
    }
    if (seen.has(key)) {
      errors.push(invalidValue(keysPath, keys, 'must not contain duplicate entries'))
    }
    seen.add(key)
  }
}

function checkKeyProperties(
  schema: Schema,
  items: Schema,
  { path, errors }: { readonly path: string; readonly errors: FieldError[] },
): void {
  for (const key of schema['x-kubernetes-list-map-keys'] ?? []) {
    const of = items.properties?.[key]
    if (of === undefined) continue
    const at = `${path}.items.properties[${key}]`
    if (of.default === undefined && items.required?.includes(key) !== true) {
      const text =
        'this property is in x-kubernetes-list-map-keys, so it must have a default or be a required property'
      errors.push(required(`${at}.default`, text))
    }
    if (of.nullable === true) {
      const text = 'this property is in x-kubernetes-list-map-keys, so it cannot be nullable'
      errors.push(forbiddenField(`${at}.nullable`, text))
    }
  }
}
