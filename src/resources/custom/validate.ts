/**
 * Validates values by their schema, with functions that are made once for each schema.
 * Upstream: k8s.io/kube-openapi/pkg/validation/validate: schema.go, object_validator.go,
 * slice_validator.go and validator.go, as of v1.36.
 */
import type { FieldError } from '#api/meta/field-error.ts'
import { equalJson } from '#api/patch/patch-error.ts'
import { composition } from './compositions.ts'
import { correlation } from './correlation.ts'
import {
  additionalOf,
  isObject,
  itemsOf,
  propertiesOf,
  type JsonObject,
  type Schema,
} from './schema.ts'
import { Validation, type Check } from './validation.ts'
import { enumCheck, numberCheck, stringCheck, typeCheck } from './values.ts'

/** `prior` is the object before an update: an error in what has not changed is forgiven. */
export type Validator = (value: unknown, prior?: unknown) => readonly FieldError[]

export function compileValidator(schema: Schema): Validator {
  const check = compileCheck(schema)
  return (value, prior) => {
    const walk = new Validation(false)
    check(value, undefined, walk)
    if (walk.errors.length === 0 || prior === undefined) return walk.errors
    const again = new Validation(true)
    check(value, prior, again)
    return again.errors
  }
}

/** In upstream's order, in which errors are told. */
export function compileCheck(schema: Schema): Check {
  const type = typeCheck(schema)
  const composed = composition(schema, compileCheck)
  const text = stringCheck(schema)
  const number = numberCheck(schema)
  const list = listCheck(schema)
  const values = enumCheck(schema)
  const object = objectCheck(schema)
  return (value, prior, walk) => {
    if (walk.ratchets && prior !== undefined && equalJson(prior, value)) return 0
    if (value === null) return type(value, prior, walk) + values(value, prior, walk)
    // One for this schema, one for its compositions, one for its enum.
    let count = 3 + type(value, prior, walk)
    if (composed !== undefined) count += composed(value, prior, walk)
    if (typeof value === 'string') count += text(value, prior, walk)
    else if (typeof value === 'number') count += number(value, prior, walk)
    else if (Array.isArray(value)) count += list(value, prior, walk)
    values(value, prior, walk)
    if (isObject(value)) count += object(value, prior, walk)
    return count
  }
}

function listCheck(schema: Schema): Check {
  const { minItems, maxItems } = schema
  const items = itemsOf(schema)
  const check = items === undefined ? undefined : compileCheck(items)
  const correlate = correlation(schema)
  return (value, prior, walk) => {
    const list = value as readonly unknown[]
    let count = 2
    if (check !== undefined) {
      const priorOf = walk.ratchets ? correlate(prior) : undefined
      for (let index = 0; index < list.length; index += 1) {
        walk.path.push(index)
        count += check(list[index], priorOf?.(list[index]), walk)
        walk.path.pop()
      }
    }
    if (minItems !== undefined && list.length < minItems) {
      walk.invalid(list.length, `should have at least ${minItems} items`)
    }
    if (maxItems !== undefined && list.length > maxItems) walk.tooMany(list.length, maxItems)
    return count
  }
}

function objectCheck(schema: Schema): Check {
  const { minProperties, maxProperties } = schema
  const required = schema.required ?? []
  const properties = propertiesOf(schema).map(([key, of]) => ({ key, check: compileCheck(of) }))
  const known = new Set(properties.map(({ key }) => key))
  const others = othersCheck(schema, known)
  const isAtomic = schema['x-kubernetes-map-type'] === 'atomic'
  return (value, prior, walk) => {
    const object = value as JsonObject
    const before = isObject(prior) && !isAtomic ? prior : undefined
    if (!hasRightSize(object, { minProperties, maxProperties }, walk)) return 1
    let count = 1
    if (others !== undefined) count += others(object, before, walk)
    for (const { key, check } of properties) {
      const item = object[key]
      if (item === undefined) continue
      walk.path.push(key)
      count += check(item, before?.[key], walk)
      walk.path.pop()
    }
    for (const key of required) if (object[key] === undefined) walk.missing(key)
    return count
  }
}

function hasRightSize(
  object: JsonObject,
  { minProperties, maxProperties }: Pick<Schema, 'minProperties' | 'maxProperties'>,
  walk: Validation,
): boolean {
  if (minProperties === undefined && maxProperties === undefined) return true
  const size = Object.keys(object).length
  if (minProperties !== undefined && size < minProperties) {
    walk.invalid(size, `should have at least ${minProperties} properties`)
    return false
  }
  if (maxProperties !== undefined && size > maxProperties) {
    walk.tooMany(size, maxProperties)
    return false
  }
  return true
}

/** Of the fields that have no schema of their own. */
function othersCheck(schema: Schema, known: ReadonlySet<string>): Check | undefined {
  const additional = additionalOf(schema)
  if (additional === undefined || additional === true) return undefined
  const check = additional === false ? undefined : compileCheck(additional)
  return (value, prior, walk) => {
    const object = value as JsonObject
    const before = prior as JsonObject | undefined
    let count = 0
    for (const key in object) {
      if (known.has(key)) continue
      if (check === undefined) {
        const { name } = walk
        walk.add({
          type: 'Invalid',
          field: walk.field,
          value: key,
          detail: `${name}.${key} in body is a forbidden property`,
        })
        continue
      }
      walk.path.push(key)
      count += check(object[key], before?.[key], walk)
      walk.path.pop()
    }
    return count
  }
}
