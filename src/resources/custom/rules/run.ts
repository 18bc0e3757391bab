/**
 * Runs the rules of a schema over an object, within one budget for all of them.
 * Upstream: staging/src/k8s.io/apiextensions-apiserver/pkg/apiserver/schema/cel/validation.go, v1.36.
 */
import {
  duplicate,
  forbiddenField,
  invalidValue,
  message,
  omittedValue,
  required,
  type FieldError,
} from '#api/meta/field-error.ts'
import type { ValidationRule } from '#api/apiextensions/v1.gen.ts'
import { limits } from '#cel/budget.ts'
import type { Program } from '#cel/compile.ts'
import { none, OptionalValue } from '#cel/value.ts'
import { adapterOf } from '#cel/adapt.ts'
import type { ValueType } from '#cel/value-type.ts'
import type { Schema } from '#resources/custom/schema.ts'
import { compileRule, type Rule } from './rule.ts'
import { fieldPathOf } from './rule-path.ts'

/** The rules of one place in a schema. */
export interface PlacedRules {
  readonly schema: Schema
  readonly type: ValueType
  readonly rules: readonly PlacedRule[]
}

interface PlacedRule extends Rule {
  /** Below the place, as the rule's fieldPath says; '' for the place itself. */
  readonly at: string
}

export function placeRules(schema: Schema, type: ValueType): PlacedRules | undefined {
  const rules = (schema['x-kubernetes-validations'] ?? []).flatMap((source) => {
    const rule = compileRule(source, type)
    return rule === undefined ? [] : [{ ...rule, at: fieldPathOf(schema, source.fieldPath ?? '') }]
  })
  return rules.length === 0 ? undefined : { schema, type, rules }
}

/** A value, what it was before, and whether it stands in something that has not changed. */
export interface Subject {
  readonly value: unknown
  /** Undefined: there was nothing that could be compared. */
  readonly prior: unknown
  readonly path: string
  isUnchanged(): boolean
}

export class RuleRun {
  readonly errors: FieldError[] = []
  readonly warnings: string[] = []
  #budget: number = limits.perObjectCostMax

  get isOver(): boolean {
    return this.#budget < 0
  }

  run({ schema, type, rules }: PlacedRules, subject: Subject): void {
    for (const rule of rules) {
      if (this.isOver) return
      const { program, usesOldSelf, source } = rule
      const isOptional = source.optionalOldSelf === true
      if (usesOldSelf && subject.prior === undefined && !isOptional) continue
      if (typeof program === 'string') {
        this.#fail(subject, schema, `rule compile error: ${program}`)
        continue
      }
      const variables = variablesOf(subject, { type, isOptional })
      if (this.#holds(program, { rule, subject, schema, variables })) continue
      this.#refuse({ rule, subject, schema, variables })
    }
  }

  #holds(program: Program, { rule, subject, schema, variables }: Running): boolean {
    const outcome = program.evaluate(variables)
    if (outcome.cost > this.#budget) {
      this.#budget = -1
      this.#fail(subject, schema, outOfBudget)
      return true
    }
    this.#budget -= outcome.cost
    if (outcome.ok) return outcome.value === true
    this.#fail(subject, schema, failureText(outcome, rule.source))
    if (outcome.exceeded) this.#budget = -1
    return true
  }

  #refuse(running: Running): void {
    const { rule, subject, schema } = running
    const path = joined(subject.path, rule.at)
    const detail = this.#message(running)
    const isWhole = schema.type === 'object' || schema.type === 'array'
    const value = isWhole ? omittedValue : subject.value
    const error = errorFor(rule.source.reason, { path, value, detail })
    if (!rule.usesOldSelf && subject.isUnchanged()) this.warnings.push(message(error))
    else this.errors.push(error)
  }

  /** An expression that fails leaves the fixed message. */
  #message({ rule, variables }: Running): string {
    const { message: program, source } = rule
    const fixed = messageOf(source)
    if (program === undefined || typeof program === 'string') return fixed
    const outcome = program.evaluate(variables)
    this.#budget -= outcome.cost
    if (!outcome.ok || typeof outcome.value !== 'string') return fixed
    const text = outcome.value.trim()
    const isUsable = text !== '' && !text.includes('\n') && text.length <= messageBytesMax
    return isUsable ? text : fixed
  }

  #fail({ path }: Subject, { type }: Schema, text: string): void {
    this.errors.push(invalidValue(path === '' ? '<nil>' : path, type ?? '', text))
  }
}

/** Upstream: MaxEvaluatedMessageExpressionSizeBytes. */
const messageBytesMax = 5 * 1024
const outOfBudget =
  'validation failed due to running out of cost budget, no further validation rules will be run'

interface Running {
  readonly rule: PlacedRule
  readonly subject: Subject
  readonly schema: Schema
  readonly variables: Readonly<Record<string, unknown>>
}

function variablesOf(
  { value, prior }: Subject,
  { type, isOptional }: { type: ValueType; isOptional: boolean },
): Readonly<Record<string, unknown>> {
  if (!isOptional) return { self: value, oldSelf: prior }
  const oldSelf = prior === undefined ? none : new OptionalValue(adapterOf(type)(prior))
  return { self: value, oldSelf }
}

function failureText(
  { message: text, exceeded }: { readonly message: string; readonly exceeded: boolean },
  source: ValidationRule,
): string {
  const rule = ruleText(source)
  if (exceeded) {
    return `'${text}': no further validation rules will be run due to call cost exceeds limit for rule: ${rule}`
  }
  if (text.startsWith('no such overload')) {
    return `'${text}': call arguments did not match a supported operator, function or macro signature for rule: ${rule}`
  }
  return `${text} evaluating rule: ${rule}`
}

function ruleText({ rule, message: text = '' }: ValidationRule): string {
  return (text === '' ? rule : text).trim()
}

function messageOf(source: ValidationRule): string {
  const { message: text = '' } = source
  return text === '' ? `failed rule: ${ruleText(source)}` : text.trim()
}

function errorFor(
  reason: string | undefined,
  { path, value, detail }: { path: string; value: unknown; detail: string },
): FieldError {
  const at = path === '' ? '<nil>' : path
  switch (reason) {
    case 'FieldValueForbidden':
      return forbiddenField(at, detail)
    case 'FieldValueRequired':
      return required(at, detail)
    case 'FieldValueDuplicate':
      return duplicate(at, value)
    default:
      return invalidValue(at, value, detail)
  }
}

function joined(path: string, below: string): string {
  if (below === '') return path
  return path === '' || below.startsWith('[') ? path + below : `${path}.${below}`
}
