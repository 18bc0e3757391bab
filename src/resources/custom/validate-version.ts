/**
 * The rules of one version: its schema, subresources, columns and selectable fields.
 * Upstream: staging/src/k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/validation/validation.go,
 * v1.36.
 */
import type {
  CustomResourceColumnDefinition,
  CustomResourceDefinitionVersion,
} from '#api/apiextensions/v1.gen.ts'
import {
  duplicate,
  forbiddenField,
  invalidValue,
  required,
  tooMany,
  type FieldError,
} from '#api/meta/field-error.ts'
import { FieldPathError, findField, type FoundField } from './field-path.ts'
import { type Schema } from './schema.ts'
import { ruleErrors } from './rules/rule-errors.ts'
import { structuralErrors } from './structural.ts'
import { defaultErrors } from './validate-defaults.ts'
import { rootPlace, schemaErrors } from './validate-schema.ts'

const selectableFieldsMax = 8
const deprecationWarningLengthMax = 256

export function deprecationErrors(
  { deprecated, deprecationWarning: warning }: CustomResourceDefinitionVersion,
  path: string,
): readonly FieldError[] {
  if (warning === undefined) return []
  const refuse = (detail: string): FieldError => invalidValue(path, warning, detail)
  if (deprecated !== true) return [refuse('can only be set for deprecated versions')]
  const errors: FieldError[] = []
  if (warning.length > deprecationWarningLengthMax) {
    errors.push(refuse('must be <= 256 characters long'))
  }
  if (warning === '') errors.push(refuse('must not be an empty string'))
  const at = warning.search(/[^\p{L}\p{M}\p{N}\p{P}\p{S} ]/u)
  if (at !== -1) {
    const text = `must only contain printable UTF-8 characters; non-printable character found at index ${at}`
    errors.push(refuse(text))
  }
  return errors
}

export function versionSchemaErrors(
  version: CustomResourceDefinitionVersion,
  path: string,
): readonly FieldError[] {
  const schema = version.schema?.openAPIV3Schema
  if (schema === undefined) return []
  const at = `${path}.openAPIV3Schema`
  const errors = version.subresources?.status === undefined ? [] : rootErrors(schema, path)
  if (schema.nullable === true) {
    errors.push(forbiddenField(`${at}.nullable`, 'nullable cannot be true at the root'))
  }
  const structural = structuralErrors(schema, at)
  errors.push(...(structural.length > 0 ? structural : defaultErrors(schema, at)))
  errors.push(...schemaErrors(schema, rootPlace(at)))
  if (errors.length === 0) errors.push(...ruleErrors(schema, at))
  if (errors.length === 0 && schema.$schema !== undefined) {
    errors.push(invalidValue(at, '', "OpenAPI 'schema' is not supported"))
  }
  return errors
}

/** With a status subresource, what the root says must also hold of the status alone. */
const allowedAtRoot = [
  'Description',
  'Type',
  'Format',
  'Title',
  'Maximum',
  'ExclusiveMaximum',
  'Minimum',
  'ExclusiveMinimum',
  'MaxLength',
  'MinLength',
  'Pattern',
  'MaxItems',
  'MinItems',
  'UniqueItems',
  'MultipleOf',
  'Required',
  'Items',
  'Properties',
  'ExternalDocs',
  'Example',
  'XPreserveUnknownFields',
  'XValidations',
]

function rootErrors(schema: Schema, path: string): FieldError[] {
  if (schema.type !== undefined && schema.type !== 'object') {
    const text =
      'only "object" is allowed as the type at the root of the schema if the status subresource is enabled'
    return [invalidValue(`${path}.openAPIV3Schema.type`, schema.type, text)]
  }
  const isAllowed = Object.keys(schema).every((field) => allowedAtRoot.includes(goName(field)))
  if (isAllowed) return []
  const text = `only [${allowedAtRoot.join(' ')}] fields are allowed at the root of the schema if the status subresource is enabled`
  return [invalidValue(`${path}.openAPIV3Schema`, schema, text)]
}

/** `x-kubernetes-preserve-unknown-fields` → `XPreserveUnknownFields` */
function goName(field: string): string {
  return field
    .replace('x-kubernetes-', 'x-')
    .split('-')
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join('')
}

export function subresourcesErrors(
  { subresources }: CustomResourceDefinitionVersion,
  path: string,
): readonly FieldError[] {
  const scale = subresources?.scale
  if (scale === undefined) return []
  return [
    ...replicasErrors(scale.specReplicasPath, `${path}.scale.specReplicasPath`, '.spec.'),
    ...replicasErrors(scale.statusReplicasPath, `${path}.scale.statusReplicasPath`, '.status.'),
    ...selectorErrors(scale.labelSelectorPath ?? '', `${path}.scale.labelSelectorPath`),
  ]
}

function replicasErrors(value: string, path: string, prefix: string): readonly FieldError[] {
  if (value === '') return [required(path, '')]
  const errors = simplePathErrors(value, path)
  if (errors.length > 0 || value.startsWith(prefix)) return errors
  return [invalidValue(path, value, `should be a json path under ${prefix.slice(0, -1)}`)]
}

function selectorErrors(value: string, path: string): readonly FieldError[] {
  if (value === '') return []
  const errors = simplePathErrors(value, path)
  if (errors.length > 0 || value.startsWith('.spec.') || value.startsWith('.status.')) return errors
  return [invalidValue(path, value, 'should be a json path under either .spec or .status')]
}

function simplePathErrors(value: string, path: string): readonly FieldError[] {
  if (value.startsWith('.')) return []
  return [invalidValue(path, value, 'must be a simple json path starting with .')]
}

const columnTypes = ['boolean', 'date', 'integer', 'number', 'string']
const columnFormats = ['byte', 'date', 'date-time', 'double', 'float', 'int32', 'int64', 'password']

export function columnsErrors(
  { additionalPrinterColumns = [] }: CustomResourceDefinitionVersion,
  path: string,
): readonly FieldError[] {
  return additionalPrinterColumns.flatMap((column, index) =>
    columnErrors(column, `${path}[${index}]`),
  )
}

function columnErrors(column: CustomResourceColumnDefinition, path: string): FieldError[] {
  const errors: FieldError[] = []
  if (column.name === '') errors.push(required(`${path}.name`, ''))
  const typeText = `must be one of ${columnTypes.join(',')}`
  if (column.type === '') errors.push(required(`${path}.type`, typeText))
  else if (!columnTypes.includes(column.type)) {
    errors.push(invalidValue(`${path}.type`, column.type, typeText))
  }
  const format = column.format ?? ''
  if (format !== '' && !columnFormats.includes(format)) {
    const text = `must be one of ${columnFormats.join(',')}`
    errors.push(invalidValue(`${path}.format`, format, text))
  }
  if (column.jsonPath === '') errors.push(required(`${path}.JSONPath`, ''))
  else errors.push(...simplePathErrors(column.jsonPath, `${path}.JSONPath`))
  return errors
}

export function selectableFieldsErrors(
  version: CustomResourceDefinitionVersion,
  path: string,
): readonly FieldError[] {
  const { selectableFields = [] } = version
  const schema = version.schema?.openAPIV3Schema
  if (selectableFields.length === 0) return []
  if (schema === undefined) {
    const text =
      'selectableFields may only be set when version.schema.openAPIV3Schema is not included'
    return [invalidValue(path, '', text)]
  }
  const errors: FieldError[] = []
  const known = new Set<string>()
  for (const [index, { jsonPath }] of selectableFields.entries()) {
    const at = `${path}[${index}].jsonPath`
    errors.push(...selectableErrors(jsonPath, { schema, at, known }))
  }
  if (known.size > selectableFieldsMax) errors.push(tooMany(path, known.size, selectableFieldsMax))
  return errors
}

const selectableTypes: ReadonlySet<string> = new Set(['string', 'boolean', 'integer'])

function selectableErrors(
  jsonPath: string,
  {
    schema,
    at,
    known,
  }: { readonly schema: Schema; readonly at: string; readonly known: Set<string> },
): readonly FieldError[] {
  if (jsonPath === '') return [required(at, '')]
  let found: FoundField
  try {
    found = findField(schema, jsonPath, { brackets: false })
  } catch (error) {
    if (!(error instanceof FieldPathError)) throw error
    return [invalidValue(at, jsonPath, `is an invalid path: ${error.message}`)]
  }
  const errors: FieldError[] = []
  if (found.steps[0] === 'metadata') {
    errors.push(invalidValue(at, jsonPath, 'must not point to fields in metadata'))
  }
  if (!selectableTypes.has(found.schema?.type ?? '')) {
    const text =
      'must point to a field of type string, boolean or integer. Enum string fields and strings with formats are allowed.'
    errors.push(invalidValue(at, jsonPath, text))
  }
  const path = found.steps.join('.')
  if (known.has(path)) errors.push(duplicate(at, jsonPath))
  known.add(path)
  return errors
}
