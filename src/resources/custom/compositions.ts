/**
 * allOf, anyOf, oneOf and not. Of alternatives that all fail, the errors of the nearest one are told.
 * Upstream: k8s.io/kube-openapi/pkg/validation/validate/schema_props.go, as of v1.36.
 */
import type { Schema } from './schema.ts'
import type { Check, Validation } from './validation.ts'

/** Undefined: the schema composes nothing. */
export function composition(schema: Schema, compile: (schema: Schema) => Check): Check | undefined {
  const anyOf = schema.anyOf?.map(compile) ?? []
  const oneOf = schema.oneOf?.map(compile) ?? []
  const allOf = schema.allOf?.map(compile) ?? []
  const not = schema.not === undefined ? undefined : compile(schema.not)
  if (anyOf.length + oneOf.length + allOf.length === 0 && not === undefined) return undefined
  return (value, prior, walk) => {
    const attempt = (check: Check): Attempt => walk.trial(() => check(value, prior, walk))
    let count = 0
    if (anyOf.length > 0) count += checkAnyOf(anyOf, attempt, walk)
    if (oneOf.length > 0) count += checkOneOf(oneOf.map(attempt), walk)
    if (allOf.length > 0) count += checkAllOf(allOf.map(attempt), walk)
    if (not !== undefined && attempt(not).errors.length === 0) {
      walk.composed('must not validate the schema (not)')
    }
    return count
  }
}

type Attempt = ReturnType<Validation['trial']>

function checkAnyOf(
  checks: readonly Check[],
  attempt: (check: Check) => Attempt,
  walk: Validation,
): number {
  const failures: Attempt[] = []
  for (const check of checks) {
    const result = attempt(check)
    if (result.errors.length === 0) return result.count
    failures.push(result)
  }
  walk.composed('must validate at least one schema (anyOf)')
  return takeBest(failures, walk)
}

function checkOneOf(attempts: readonly Attempt[], walk: Validation): number {
  const valid = attempts.filter(({ errors }) => errors.length === 0)
  if (valid.length === 1) return valid[0]?.count ?? 0
  const found = valid.length === 0 ? 'Found none valid' : `Found ${valid.length} valid alternatives`
  walk.composed(`must validate one and only one schema (oneOf). ${found}`)
  return valid.length === 0 ? takeBest(attempts, walk) : 0
}

function checkAllOf(attempts: readonly Attempt[], walk: Validation): number {
  let count = 0
  let failed = 0
  for (const attempt of attempts) {
    walk.addAll(attempt.errors)
    count += attempt.count
    if (attempt.errors.length > 0) failed += 1
  }
  if (failed > 0) {
    const none = failed === attempts.length ? '. None validated' : ''
    walk.composed(`must validate all the schemas (allOf)${none}`)
  }
  return count
}

function takeBest(failures: readonly Attempt[], walk: Validation): number {
  let best = failures[0]
  for (const failure of failures) {
    if (best === undefined || failure.count > best.count) best = failure
  }
  walk.addAll(best?.errors ?? [])
  return best?.count ?? 0
}
