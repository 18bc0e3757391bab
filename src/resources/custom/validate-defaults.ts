/**
 * Defaults are values that their schema knows and allows.
 * Upstream: staging/src/k8s.io/apiextensions-apiserver/pkg/apiserver/schema/defaulting/validation.go,
 * v1.36.
 */
import { invalidValue, type FieldError } from '#api/meta/field-error.ts'
import { equalJson } from '#api/patch/patch-error.ts'
import { compileEmbedded, validateEmbedded } from './embedded.ts'
import { compileListTypes } from './list-types.ts'
import { compilePruner } from './prune.ts'
import {
  additionalSchemaOf,
  isObject,
  itemsOf,
  propertiesOf,
  schemaHas,
  type Schema,
} from './schema.ts'
import { compileValidator } from './validate.ts'

/** Of a schema that is structural. */
export function defaultErrors(schema: Schema, path: string): readonly FieldError[] {
  if (!schemaHas(schema, (each) => each.default !== undefined)) return []
  const additional = additionalSchemaOf(schema)
  const items = itemsOf(schema)
  return [
    ...(schema.default === undefined ? [] : ownErrors(schema, `${path}.default`)),
    ...(additional === undefined ? [] : defaultErrors(additional, `${path}.additionalProperties`)),
    ...(items === undefined ? [] : defaultErrors(items, `${path}.items`)),
    ...propertiesOf(schema).flatMap(([key, of]) => defaultErrors(of, `${path}.properties[${key}]`)),
  ]
}

function ownErrors(schema: Schema, path: string): readonly FieldError[] {
  const { default: value } = schema
  if (!isPruned(schema, value)) return [invalidValue(path, value, 'must not have unknown fields')]
  const below = (errors: readonly FieldError[]): FieldError[] =>
    errors.map((error) => ({ ...error, field: joined(path, error.field) }))
  const embedded: FieldError[] = []
  compileEmbedded(schema)?.(value, [], (object, at) => {
    embedded.push(...validateEmbedded(object, at))
  })
  if (embedded.length > 0) return below(embedded)
  const invalid = compileValidator(schema)(value)
  if (invalid.length > 0) return below(invalid)
  const lists: FieldError[] = []
  compileListTypes(schema)?.(value, [], lists)
  return below(lists)
}

function joined(path: string, field: string): string {
  if (field === '' || field === '<nil>') return path
  return field.startsWith('[') ? path + field : `${path}.${field}`
}

/** The pruner takes a value for an object, whose meta fields it leaves alone: so it stands in one. */
function isPruned(schema: Schema, value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return true
  const holder = { value: structuredClone(value) }
  compilePruner({ type: 'object', properties: { value: { ...schema, nullable: true } } })(holder)
  return isObject(holder) && equalJson(holder.value, value)
}
