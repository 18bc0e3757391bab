/**
 * The rules of all places of a schema; loaded only for schemas that have some.
 * Upstream: staging/src/k8s.io/apiextensions-apiserver/pkg/apiserver/schema/cel/validation.go
 * (validator, validateMap, validateArray), v1.36.
 */
import type { FieldError } from '#api/meta/field-error.ts'
import { equalJson } from '#api/patch/patch-error.ts'
import { correlation } from '#resources/custom/correlation.ts'
import {
  additionalSchemaOf,
  isObject,
  itemsOf,
  propertiesOf,
  schemaHas,
  type Schema,
} from '#resources/custom/schema.ts'
import { celTypeOf } from './cel-type.ts'
import { placeRules, RuleRun, type Subject } from './run.ts'

export interface RuleResult {
  readonly errors: readonly FieldError[]
  /** Of what has not changed. */
  readonly warnings: readonly string[]
}

export type RuleCheck = (object: unknown, prior: unknown) => RuleResult

/** Undefined: there is no rule. */
export function compileRules(schema: Schema): RuleCheck | undefined {
  const walk = walkOf(schema, true)
  if (walk === undefined) return undefined
  return (object, prior) => {
    const run = new RuleRun()
    walk({ value: object, prior, path: '', isUnchanged: unchanged(object, prior, never) }, run)
    return run
  }
}

type Walk = (subject: Subject, run: RuleRun) => void

const never = (): boolean => false

/** Looked at only when a rule does not hold. */
function unchanged(value: unknown, prior: unknown, above: () => boolean): () => boolean {
  return () => (prior === undefined ? above() : equalJson(prior, value))
}

function walkOf(schema: Schema, isResource: boolean): Walk | undefined {
  if (!schemaHas(schema, hasRules)) return undefined
  const isWhole = isResource || schema['x-kubernetes-embedded-resource'] === true
  const type = celTypeOf(schema, isWhole)
  const placed = type === undefined || !hasRules(schema) ? undefined : placeRules(schema, type)
  const ofItems = itemsWalk(schema)
  const ofFields = fieldsWalk(schema)
  return (subject, run) => {
    if (subject.value === null || subject.value === undefined) return
    if (placed !== undefined) run.run(placed, subject)
    if (run.isOver) return
    if (Array.isArray(subject.value)) ofItems?.(subject, run)
    else if (isObject(subject.value)) ofFields?.(subject, run)
  }
}

function hasRules(schema: Schema): boolean {
  return (schema['x-kubernetes-validations'] ?? []).length > 0
}

function itemsWalk(schema: Schema): Walk | undefined {
  const items = itemsOf(schema)
  const walk = items === undefined ? undefined : walkOf(items, false)
  if (walk === undefined) return undefined
  const correlate = correlation(schema)
  return (subject, run) => {
    const { value, prior, path } = subject
    const priorOf = correlate(prior)
    for (const [index, item] of (value as readonly unknown[]).entries()) {
      if (run.isOver) return
      const before = priorOf?.(item)
      walk(
        {
          value: item,
          prior: before,
          path: `${path}[${index}]`,
          isUnchanged: unchanged(item, before, () => subject.isUnchanged()),
        },
        run,
      )
    }
  }
}

function fieldsWalk(schema: Schema): Walk | undefined {
  const additional = additionalSchemaOf(schema)
  const others = additional === undefined ? undefined : walkOf(additional, false)
  const named = new Map(
    propertiesOf(schema).flatMap(([key, of]) => {
      const walk = walkOf(of, false)
      return walk === undefined ? [] : [[key, walk] as const]
    }),
  )
  if (others === undefined && named.size === 0) return undefined
  const isAtomic = schema['x-kubernetes-map-type'] === 'atomic'
  return (subject, run) => {
    const { value, prior, path } = subject
    const before = isObject(prior) && !isAtomic ? prior : undefined
    for (const [key, item] of Object.entries(value as object)) {
      if (run.isOver) return
      const own = named.get(key)
      const walk = own ?? others
      if (walk === undefined) continue
      const name = path === '' ? key : `${path}.${key}`
      walk(
        {
          value: item,
          prior: before?.[key],
          path: own === undefined ? `${path}[${key}]` : name,
          isUnchanged: unchanged(item, before?.[key], () => subject.isUnchanged()),
        },
        run,
      )
    }
  }
}
