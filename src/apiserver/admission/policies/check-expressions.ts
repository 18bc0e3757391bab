/**
 * Refuses configurations whose expressions cannot be compiled. On an update only those that have changed
 * are looked at: what was stored by another version of the server stays.
 * Upstream: pkg/apis/admissionregistration/validation/validation.go.
 */
import type {
  MatchCondition,
  MutatingAdmissionPolicy,
  ParamKind,
  ValidatingAdmissionPolicy,
  Variable,
} from '#api/admissionregistration/v1.gen.ts'
import { invalidValue, type FieldError } from '#api/meta/field-error.ts'
import type { ApiObject } from '#api/resource-type.ts'
import { dyn, type ValueType } from '#cel/value-type.ts'
import { variablesOf } from '#cel/admission-environment.ts'
import {
  compileExpression,
  policyScope,
  type Compiled,
  type PolicyScope,
} from '#cel/policy-scope.ts'

export type Kind =
  | 'ValidatingAdmissionPolicy'
  | 'MutatingAdmissionPolicy'
  | 'ValidatingWebhookConfiguration'
  | 'MutatingWebhookConfiguration'

export function isChecked(kind: string): kind is Kind {
  return Object.hasOwn(checks, kind)
}

/** `stored`: expressions that may stay as they are. */
export function checkExpressions(
  kind: Kind,
  object: ApiObject,
  prior: ApiObject | undefined,
): readonly FieldError[] {
  const stored = prior === undefined ? new Set<string>() : new Set(texts(prior))
  const errors: FieldError[] = []
  checks[kind](object as never, { stored, errors })
  return errors
}

/** Every text in an object; expressions are among them. */
function texts(value: unknown): readonly string[] {
  if (typeof value === 'string') return [value]
  if (typeof value !== 'object' || value === null) return []
  return Object.values(value).flatMap(texts)
}

interface Checking {
  readonly stored: ReadonlySet<string>
  readonly errors: FieldError[]
}

type Wanted = readonly ValueType['kind'][]

interface Expression {
  readonly text: string | undefined
  readonly path: string
  /** Types of the result; empty: any. `dyn` always will do. */
  readonly wanted: Wanted
  readonly otherwise: string
}

function check(
  { text = '', path, wanted, otherwise }: Expression,
  compile: (text: string) => Compiled,
  { stored, errors }: Checking,
): void {
  if (text.trim() === '' || stored.has(text)) return
  const compiled = compile(text)
  if ('problem' in compiled) errors.push(invalidValue(path, text, compiled.problem))
  else if (wanted.length > 0 && ![...wanted, 'dyn'].includes(compiled.type.kind)) {
    errors.push(invalidValue(path, text, otherwise))
  }
}

const boolean = { wanted: ['bool'], otherwise: 'must evaluate to bool' } as const
const text = { wanted: ['string'], otherwise: 'must evaluate to string' } as const
const textOrNull = {
  wanted: ['string', 'null'],
  otherwise: 'must evaluate to one of the types: string, null_type',
} as const

function checkConditions(
  conditions: readonly MatchCondition[] | undefined,
  path: string,
  { paramKind, checking }: { paramKind: ParamKind | undefined; checking: Checking },
): void {
  const variables = variablesOf({ params: paramKind === undefined ? undefined : dyn })
  for (const [at, { expression }] of (conditions ?? []).entries()) {
    const field = { text: expression, path: `${path}[${at}].expression`, ...boolean }
    check(field, (source) => compileExpression(source, { variables }), checking)
  }
}

interface WithVariables {
  readonly paramKind?: ParamKind
  readonly variables?: Variable[]
  readonly matchConditions?: MatchCondition[]
}

function checkCommon(spec: WithVariables, mutates: boolean, checking: Checking): PolicyScope {
  const { paramKind, variables = [], matchConditions } = spec
  checkConditions(matchConditions, 'spec.matchConditions', { paramKind, checking })
  const scope = policyScope({ paramKind, variables, mutates })
  for (const [at, { compiled }] of scope.variables.entries()) {
    const expression = variables[at]?.expression
    const path = `spec.variables[${at}].expression`
    check({ text: expression, path, wanted: [], otherwise: '' }, () => compiled, checking)
  }
  return scope
}

function validatingPolicy({ spec }: ValidatingAdmissionPolicy, checking: Checking): void {
  const { environment, quiet } = checkCommon(spec, false, checking)
  for (const [at, rule] of (spec.validations ?? []).entries()) {
    const path = `spec.validations[${at}]`
    const condition = { text: rule.expression, path: `${path}.expression`, ...boolean }
    check(condition, (source) => compileExpression(source, environment), checking)
    const message = { text: rule.messageExpression, path: `${path}.messageExpression`, ...text }
    check(message, (source) => compileExpression(source, quiet), checking)
  }
  for (const [at, { valueExpression }] of (spec.auditAnnotations ?? []).entries()) {
    const path = `spec.auditAnnotations[${at}].valueExpression`
    const value = { text: valueExpression, path, ...textOrNull }
    check(value, (source) => compileExpression(source, quiet), checking)
  }
}

function mutatingPolicy({ spec }: MutatingAdmissionPolicy, checking: Checking): void {
  const { environment } = checkCommon(spec, true, checking)
  const compile = (source: string): Compiled => compileExpression(source, environment)
  for (const [at, { applyConfiguration, jsonPatch }] of (spec.mutations ?? []).entries()) {
    const path = `spec.mutations[${at}]`
    const configuration = {
      text: applyConfiguration?.expression,
      path: `${path}.applyConfiguration.expression`,
      wanted: ['object'],
      otherwise: 'must evaluate to Object',
    } as const
    check(configuration, compile, checking)
    const patch = {
      text: jsonPatch?.expression,
      path: `${path}.jsonPatch.expression`,
      wanted: ['list'],
      otherwise: 'must evaluate to list(JSONPatch)',
    } as const
    check(patch, compile, checking)
  }
}

interface WithWebhooks extends ApiObject {
  webhooks?: { matchConditions?: MatchCondition[] }[]
}

function webhooks({ webhooks: all = [] }: WithWebhooks, checking: Checking): void {
  for (const [at, { matchConditions }] of all.entries()) {
    const path = `webhooks[${at}].matchConditions`
    checkConditions(matchConditions, path, { paramKind: undefined, checking })
  }
}

const checks = {
  ValidatingAdmissionPolicy: validatingPolicy,
  MutatingAdmissionPolicy: mutatingPolicy,
  ValidatingWebhookConfiguration: webhooks,
  MutatingWebhookConfiguration: webhooks,
} as const
