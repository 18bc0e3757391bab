/**
 * Whether a schema is structural: its shape stands outside of compositions, which only narrow values.
 * Upstream: staging/src/k8s.io/apiextensions-apiserver/pkg/apiserver/schema/validation.go and
 * complete.go, v1.36.
 */
import {
  forbiddenField,
  invalidValue,
  message,
  required,
  type FieldError,
} from '#api/meta/field-error.ts'
import { compareBytes } from '#api/meta/go-quote.ts'
import { equalJson } from '#api/patch/patch-error.ts'
import { completenessErrors } from './completeness.ts'
import { checkNested, checkPattern, isIntOrString } from './nested-schemas.ts'
import { additionalOf, itemsOf, propertiesOf, type Schema } from './schema.ts'

type Errors = FieldError[]
type Level = 'root' | 'item' | 'field'

/** In the order of their messages, as upstream sorts them. */
export function structuralErrors(schema: Schema, path: string): readonly FieldError[] {
  const errors: Errors = []
  checkInvariants(schema, { level: 'root', path, errors })
  errors.push(...completenessErrors(schema, path))
  return errors.toSorted((a, b) => compareBytes(message(a), message(b)))
}

interface At {
  readonly level: Level
  readonly path: string
  readonly errors: Errors
}

function checkInvariants(schema: Schema, at: At): void {
  const { level, path, errors } = at
  const items = itemsOf(schema)
  if (schema.type === 'array' && items === undefined) {
    errors.push(required(`${path}.items`, 'must be specified'))
  }
  if (items !== undefined) {
    checkInvariants(items, { level: 'item', path: `${path}.items`, errors })
  }
  for (const [key, of] of propertiesOf(schema)) {
    checkInvariants(of, { level: 'field', path: `${path}.properties[${key}]`, errors })
  }
  checkAdditional(schema, at)
  checkExtensions(schema, at)
  checkCompositions(schema, at)
  checkType(schema, at)
  checkMetaFields(schema, at)
  if (level === 'root' && schema.type !== undefined && schema.type !== 'object') {
    errors.push(invalidValue(`${path}.type`, schema.type, 'must be object at the root'))
  }
}

function checkAdditional(schema: Schema, { level, path, errors }: At): void {
  const additional = additionalOf(schema)
  if (additional === undefined) return
  const at = `${path}.additionalProperties`
  if (level === 'root') errors.push(forbiddenField(at, 'must not be used at the root'))
  if (typeof additional === 'object') {
    checkInvariants(additional, { level: 'field', path: at, errors })
  }
  if (schema['x-kubernetes-embedded-resource'] === true) {
    const text = 'must not be used if x-kubernetes-embedded-resource is set'
    errors.push(forbiddenField(at, text))
  }
}

function checkExtensions(schema: Schema, { path, errors }: At): void {
  if (schema['x-kubernetes-int-or-string'] !== true) return
  for (const name of [
    'x-kubernetes-preserve-unknown-fields',
    'x-kubernetes-embedded-resource',
  ] as const) {
    if (schema[name] !== true) continue
    const text = 'must be false if x-kubernetes-int-or-string is true'
    errors.push(invalidValue(`${path}.${name}`, true, text))
  }
}

function checkCompositions(schema: Schema, { path, errors }: At): void {
  const isUnion = isIntOrString(schema.anyOf)
  const isFirstUnion = isIntOrString(schema.allOf?.[0]?.anyOf)
  for (const [index, of] of (isUnion ? [] : (schema.anyOf ?? [])).entries()) {
    checkNested(of, { path: `${path}.anyOf[${index}]`, errors })
  }
  for (const [index, of] of (schema.allOf ?? []).entries()) {
    const skipsAnyOf = isFirstUnion && index === 0
    checkNested(of, { path: `${path}.allOf[${index}]`, errors, skipsAnyOf })
  }
  for (const [index, of] of (schema.oneOf ?? []).entries()) {
    checkNested(of, { path: `${path}.oneOf[${index}]`, errors })
  }
  if (schema.not !== undefined) checkNested(schema.not, { path: `${path}.not`, errors })
  checkPattern(schema, path, errors)
}

const emptyType: Readonly<Record<Level, string>> = {
  root: 'must not be empty at the root',
  item: 'must not be empty for specified array items',
  field: 'must not be empty for specified object fields',
}

function checkType(schema: Schema, { level, path, errors }: At): void {
  const { type } = schema
  const at = `${path}.type`
  if (schema['x-kubernetes-embedded-resource'] === true) {
    const text = 'must be object if x-kubernetes-embedded-resource is true'
    if (type === undefined) errors.push(required(at, text))
    else if (type !== 'object') errors.push(invalidValue(at, type, text))
    checkEmbeddedProperties(schema, path, errors)
    return
  }
  const isOpen =
    schema['x-kubernetes-int-or-string'] === true ||
    schema['x-kubernetes-preserve-unknown-fields'] === true
  if (type === undefined && !isOpen) errors.push(required(at, emptyType[level]))
}

function checkEmbeddedProperties(schema: Schema, path: string, errors: Errors): void {
  if (schema['x-kubernetes-preserve-unknown-fields'] === true) return
  if (propertiesOf(schema).length > 0) return
  const text =
    'must not be empty if x-kubernetes-embedded-resource is true without x-kubernetes-preserve-unknown-fields'
  errors.push(required(`${path}.properties`, text))
}

/** Of what has metadata: the object itself and those inside it. */
function checkMetaFields(schema: Schema, { level, path, errors }: At): void {
  const isResource = level === 'root' || schema['x-kubernetes-embedded-resource'] === true
  const { kind, apiVersion, metadata } = schema.properties ?? {}
  const wrongType = (name: string, of: Schema | undefined, wanted: string): void => {
    if (of === undefined || !isResource || of.type === wanted) return
    const at = `${path}.properties[${name}].type`
    errors.push(invalidValue(at, of.type ?? '', `must be ${wanted}`))
  }
  wrongType('kind', kind, 'string')
  wrongType('apiVersion', apiVersion, 'string')
  wrongType('metadata', metadata, 'object')
  if (level !== 'root' || metadata === undefined || onlyNames(metadata)) return
  const text =
    'must not specify anything other than name and generateName, but metadata is implicitly specified'
  errors.push(forbiddenField(`${path}.properties[metadata]`, text))
}

function onlyNames(metadata: Schema): boolean {
  const { type: _type, default: _default, properties = {}, ...rest } = metadata
  const names = Object.keys(properties)
  return equalJson(rest, {}) && names.every((name) => name === 'name' || name === 'generateName')
}
