/** What a version's schema makes of objects: all its functions, made once. */
import type { FieldError } from '#api/meta/field-error.ts'
import { invalidValue } from '#api/meta/field-error.ts'
import type { ApiObject } from '#api/resource-type.ts'
import { applyTypeOf } from '#resources/custom/apply-type.ts'
import { compileDefaults } from '#resources/custom/defaults.ts'
import { compileEmbedded, decodeMetadata, validateEmbedded } from '#resources/custom/embedded.ts'
import { compileListTypes } from '#resources/custom/list-types.ts'
import { compilePruner } from '#resources/custom/prune.ts'
import type { JsonObject, Schema } from '#resources/custom/schema.ts'
import { compileValidator } from '#resources/custom/validate.ts'
import type { CustomType } from '#resources/resource.ts'
import { definitionOf } from './open-api.ts'

export interface SchemaType extends CustomType {
  default(object: ApiObject): void
  validate(object: ApiObject, prior?: ApiObject): readonly FieldError[]
}

export function schemaTypeOf(schema: Schema, kind: KindName): SchemaType {
  const { prune, embedded, defaults, validate, lists } = compiled(schema)
  return {
    fields: applyTypeOf(schema, kind.kind),
    decode(object) {
      const json = object as unknown as JsonObject
      const problems = [...decodeMetadata(json, [])]
      for (const path of prune(json)) problems.push(`unknown field "${path}"`)
      embedded?.(json, [], (inner, path) => problems.push(...decodeMetadata(inner, path)))
      return problems
    },
    default: (object) => defaults?.(object),
    validate(object, prior) {
      const errors = [...typeErrors(object, kind), ...validate(object, prior)]
      embedded?.(object, [], (inner, path) => errors.push(...validateEmbedded(inner, path)))
      lists?.(object, [], errors)
      return errors
    },
    definition: (form) => definitionOf(schema, kind, form),
  }
}

export interface KindName {
  readonly group: string
  readonly version: string
  readonly kind: string
}

function compiled(schema: Schema) {
  return {
    prune: compilePruner(schema),
    // The object itself is no embedded one: its own rules are the engine's.
    embedded: compileEmbedded({ ...schema, 'x-kubernetes-embedded-resource': false }),
    defaults: compileDefaults(schema),
    validate: compileValidator(schema),
    lists: compileListTypes(schema),
  }
}

function typeErrors(object: ApiObject, { kind }: KindName): readonly FieldError[] {
  if (object.kind === kind) return []
  return [invalidValue('kind', object.kind, `must be ${kind}`)]
}
