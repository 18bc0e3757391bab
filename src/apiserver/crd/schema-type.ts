/** What a version's schema makes of objects: all its functions, made once. */
import type { FieldError } from '#api/meta/field-error.ts'
import { invalidValue } from '#api/meta/field-error.ts'
import type { ApiObject } from '#api/resource-type.ts'
import { applyTypeOf } from '#resources/custom/apply-type.ts'
import { compileDefaults } from '#resources/custom/defaults.ts'
import { compileEmbedded, decodeMetadata, validateEmbedded } from '#resources/custom/embedded.ts'
import { compileListTypes } from '#resources/custom/list-types.ts'
import { compilePruner } from '#resources/custom/prune.ts'
import type { RuleCheck } from '#resources/custom/rules/rules.ts'
import { schemaHas, type JsonObject, type Schema } from '#resources/custom/schema.ts'
import { compileValidator } from '#resources/custom/validate.ts'
import type { CustomType } from '#resources/resource.ts'
import { definitionOf } from './open-api.ts'

export interface SchemaType extends CustomType {
  default(object: ApiObject): void
  validate(object: ApiObject, prior?: ApiObject): readonly FieldError[]
  /** Texts about what a change has left as it was, of a change that was validated. */
  warnings(object: ApiObject): readonly string[]
}

/** Rules are in a language that is loaded only for those who have some. */
export async function schemaTypeOf(schema: Schema, kind: KindName): Promise<SchemaType> {
  const { prune, embedded, defaults, validate, lists } = compiled(schema)
  const rules = await rulesOf(schema)
  const warnings = new WeakMap<ApiObject, readonly string[]>()
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
      errors.push(...listErrors(lists, object, prior))
      if (rules === undefined) return errors
      if (errors.some(({ type }) => blocking.has(type))) return [...errors, notChecked]
      const result = rules(object, prior)
      warnings.set(object, result.warnings)
      return [...errors, ...result.errors]
    },
    warnings: (object) => warnings.get(object) ?? [],
    definition: (form) => definitionOf(schema, kind, form),
  }
}

async function rulesOf(schema: Schema): Promise<RuleCheck | undefined> {
  const hasRules = schemaHas(schema, (each) => each['x-kubernetes-validations'] !== undefined)
  if (!hasRules) return undefined
  const { compileRules } = await import('#resources/custom/rules/rules.ts')
  return compileRules(schema)
}

/** Errors after which rules cannot rely on what they see. */
const blocking: ReadonlySet<FieldError['type']> = new Set([
  'NotSupported',
  'Required',
  'TooLong',
  'TooMany',
  'TypeInvalid',
])

const notChecked = invalidValue(
  '<nil>',
  null,
  'some validation rules were not checked because the object was invalid; correct the existing errors to complete validation',
)

/** What was wrong before is not held against who changes something else. */
function listErrors(
  lists: ReturnType<typeof compileListTypes>,
  object: ApiObject,
  prior: ApiObject | undefined,
): readonly FieldError[] {
  if (lists === undefined) return []
  const errors: FieldError[] = []
  lists(object, [], errors)
  if (errors.length === 0 || prior === undefined) return errors
  const before: FieldError[] = []
  lists(prior, [], before)
  return before.length > 0 ? [] : errors
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
    validate: validatorOf(schema),
    lists: compileListTypes(schema),
  }
}

/** Made at the first write: most kinds of a cluster are only read. */
function validatorOf(schema: Schema): ReturnType<typeof compileValidator> {
  let made: ReturnType<typeof compileValidator> | undefined
  return (value, prior) => {
    made ??= compileValidator(schema)
    return made(value, prior)
  }
}

function typeErrors(object: ApiObject, { kind }: KindName): readonly FieldError[] {
  if (object.kind === kind) return []
  return [invalidValue('kind', object.kind, `must be ${kind}`)]
}
