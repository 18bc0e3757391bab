/**
 * What may stand in a schema inside allOf, anyOf, oneOf and not.
 * Upstream: staging/src/k8s.io/apiextensions-apiserver/pkg/apiserver/schema/validation.go
 * (validateNestedValueValidation), v1.36.
 */
import { forbiddenField, invalidValue, type FieldError } from '#api/meta/field-error.ts'
import { equalJson } from '#api/patch/patch-error.ts'
import { compilePattern, PatternError } from './patterns.ts'
import { itemsOf, propertiesOf, type Schema } from './schema.ts'

const intOrString = [{ type: 'integer' }, { type: 'string' }]

/** The union that may name types although it is a composition. */
export function isIntOrString(anyOf: readonly Schema[] | undefined): boolean {
  return anyOf?.length === 2 && equalJson(anyOf, intOrString)
}

interface Nested {
  readonly path: string
  readonly errors: FieldError[]
  readonly skipsAnyOf?: boolean
}

export function checkNested(schema: Schema, { path, errors, skipsAnyOf = false }: Nested): void {
  const below = (of: Schema | undefined, name: string): void => {
    if (of !== undefined) checkNested(of, { path: `${path}.${name}`, errors })
  }
  if (!skipsAnyOf) schema.anyOf?.forEach((of, index) => below(of, `anyOf[${index}]`))
  schema.allOf?.forEach((of, index) => below(of, `allOf[${index}]`))
  schema.oneOf?.forEach((of, index) => below(of, `oneOf[${index}]`))
  below(schema.not, 'not')
  checkPattern(schema, path, errors)
  below(itemsOf(schema), 'items')
  for (const [key, of] of propertiesOf(schema)) below(of, `properties[${key}]`)
  for (const [field, text] of forbidden) {
    const value = schema[field]
    const isSet = Array.isArray(value) ? value.length > 0 : value !== undefined && value !== false
    if (isSet) errors.push(forbiddenField(`${path}.${field}`, `must be ${text} to be structural`))
  }
  if (schema.properties?.['metadata'] !== undefined) {
    const text = 'must not be specified in a nested context'
    errors.push(forbiddenField(`${path}.properties[metadata]`, text))
  }
}

const forbidden: readonly (readonly [keyof Schema, string])[] = [
  ['type', 'empty'],
  ['additionalProperties', 'undefined'],
  ['default', 'undefined'],
  ['title', 'empty'],
  ['description', 'empty'],
  ['nullable', 'false'],
  ['externalDocs', 'undefined'],
  ['x-kubernetes-preserve-unknown-fields', 'false'],
  ['x-kubernetes-embedded-resource', 'false'],
  ['x-kubernetes-int-or-string', 'false'],
  ['x-kubernetes-list-map-keys', 'empty'],
  ['x-kubernetes-list-type', 'undefined'],
  ['x-kubernetes-map-type', 'undefined'],
  ['x-kubernetes-validations', 'empty'],
]

export function checkPattern({ pattern }: Schema, path: string, errors: FieldError[]): void {
  if (pattern === undefined || pattern === '') return
  try {
    compilePattern(pattern)
  } catch (error) {
    if (!(error instanceof PatternError)) throw error
    const text = `must be a valid regular expression, but isn't: ${error.message}`
    errors.push(invalidValue(`${path}.pattern`, pattern, text))
  }
}
