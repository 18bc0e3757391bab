/**
 * What is wrong with the rules of a definition: their texts, their types, and what they could cost.
 * Upstream: staging/src/k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/validation/{validation,cel_validation}.go,
 * v1.36.
 */
import type { ValidationRule } from '#api/apiextensions/v1.gen.ts'
import {
  forbiddenField,
  invalidValue,
  notSupported,
  required,
  type FieldError,
} from '#api/meta/field-error.ts'
import { estimateCost } from '#cel/estimate.ts'
import type { ValueType } from '#cel/value-type.ts'
import { FieldPathError, findField } from '#resources/custom/field-path.ts'
import { additionalSchemaOf, itemsOf, propertiesOf, type Schema } from '#resources/custom/schema.ts'
import { celTypeOf, requestBytesMax, sizeMinOf } from './cel-type.ts'
import { compileRule, type Rule } from './rule.ts'

/** Upstream: StaticEstimatedCostLimit, StaticEstimatedCRDCostLimit. */
const ruleCostMax = 10_000_000
const schemaCostMax = 100_000_000
/** So many of the dearest rules are named when all together cost too much. */
const dearestMax = 4

/** Of a schema that is otherwise fine, at this path. */
export function ruleErrors(schema: Schema, path: string): readonly FieldError[] {
  const costs = new Costs()
  const errors: FieldError[] = []
  checkPlace(schema, { path, isResource: true, count: 1, opaqueAt: undefined }, { errors, costs })
  errors.push(...costs.errors(path))
  return errors
}

interface Place {
  readonly path: string
  readonly isResource: boolean
  /** How often there can be such a value in an object; undefined: nobody has said. */
  readonly count: number | undefined
  /** From here on values cannot be compared with those before an update. */
  readonly opaqueAt: string | undefined
}

interface Findings {
  readonly errors: FieldError[]
  readonly costs: Costs
}

function checkPlace(schema: Schema, place: Place, findings: Findings): void {
  const { path, count, opaqueAt } = place
  for (const [key, of] of propertiesOf(schema)) {
    const isAtomic = schema['x-kubernetes-map-type'] === 'atomic'
    checkPlace(
      of,
      {
        path: `${path}.properties[${key}]`,
        isResource: false,
        count,
        opaqueAt: isAtomic ? (opaqueAt ?? path) : opaqueAt,
      },
      findings,
    )
  }
  const additional = additionalSchemaOf(schema)
  if (additional !== undefined) {
    const below = times(count, schema.maxProperties)
    const at = `${path}.additionalProperties`
    checkPlace(additional, { path: at, isResource: false, count: below, opaqueAt }, findings)
  }
  const items = itemsOf(schema)
  if (items !== undefined) {
    const isKeyed = schema['x-kubernetes-list-type'] === 'map'
    checkPlace(
      items,
      {
        path: `${path}.items`,
        isResource: false,
        count: times(count, schema.maxItems),
        opaqueAt: isKeyed ? opaqueAt : (opaqueAt ?? path),
      },
      findings,
    )
  }
  checkRules(schema, place, findings)
}

function times(count: number | undefined, max: number | undefined): number | undefined {
  return count === undefined || max === undefined ? undefined : count * max
}

function checkRules(schema: Schema, place: Place, { errors, costs }: Findings): void {
  const sources = schema['x-kubernetes-validations'] ?? []
  if (sources.length === 0) return
  const texts: FieldError[] = []
  for (const [index, source] of sources.entries()) {
    texts.push(...textErrors(source, schema, `${place.path}.x-kubernetes-validations[${index}]`))
  }
  errors.push(...texts)
  const isWhole = place.isResource || schema['x-kubernetes-embedded-resource'] === true
  const type = celTypeOf(schema, isWhole)
  if (texts.length > 0 || type === undefined) return
  for (const [index, source] of sources.entries()) {
    const at = `${place.path}.x-kubernetes-validations[${index}]`
    const rule = compileRule(source, type as ValueType)
    if (rule !== undefined) checkRule(rule, { at, schema, place, errors, costs })
  }
}

/** Upstream's order, in alphabetical order. */
const reasons = [
  'FieldValueDuplicate',
  'FieldValueForbidden',
  'FieldValueInvalid',
  'FieldValueRequired',
]

function textErrors(source: ValidationRule, schema: Schema, path: string): readonly FieldError[] {
  const { rule, message = '', messageExpression = '', reason, fieldPath = '' } = source
  const errors: FieldError[] = []
  const lineBreak = /[\n\r]/
  if (rule.trim() === '') errors.push(required(`${path}.rule`, 'rule is not specified'))
  else if (message !== '' && message.trim() === '') {
    const text = 'message must be non-empty if specified'
    errors.push(invalidValue(`${path}.message`, message, text))
  } else if (lineBreak.test(message.trim())) {
    errors.push(invalidValue(`${path}.message`, message, 'message must not contain line breaks'))
  } else if (lineBreak.test(rule.trim()) && message.trim() === '') {
    const text = 'message must be specified if rule contains line breaks'
    errors.push(required(`${path}.message`, text))
  }
  if (messageExpression !== '' && messageExpression.trim() === '') {
    const text = 'messageExpression must be non-empty if specified'
    errors.push(required(`${path}.messageExpression`, text))
  }
  if (reason !== undefined && !reasons.includes(reason)) {
    errors.push(notSupported(`${path}.reason`, reason, reasons))
  }
  errors.push(...pathErrors(fieldPath, schema, `${path}.fieldPath`))
  return errors
}

function pathErrors(fieldPath: string, schema: Schema, path: string): readonly FieldError[] {
  if (fieldPath === '') return []
  const errors: FieldError[] = []
  const refuse = (text: string): unknown => errors.push(invalidValue(path, fieldPath, text))
  if (fieldPath.trim() === '') refuse('fieldPath must be non-empty if specified')
  if (/[\n\r]/.test(fieldPath)) refuse('fieldPath must not contain line breaks')
  try {
    findField(schema, fieldPath, { brackets: true })
  } catch (error) {
    if (!(error instanceof FieldPathError)) throw error
    refuse('fieldPath must be a valid path')
  }
  return errors
}

interface Checking extends Findings {
  readonly at: string
  readonly schema: Schema
  readonly place: Place
}

function checkRule(rule: Rule, checking: Checking): void {
  const { at, schema, place, errors, costs } = checking
  const { program, message, source, usesOldSelf } = rule
  if (typeof program === 'string') errors.push(invalidValue(`${at}.rule`, source, program))
  else {
    const cost = estimateCost(program) * (place.count ?? countMax(schema))
    if (cost > ruleCostMax) {
      const text = costText('estimated rule cost', cost, ruleCostMax)
      errors.push(forbiddenField(`${at}.rule`, text))
    }
    costs.add(`${at}.rule`, cost)
  }
  if (typeof message === 'string') {
    errors.push(invalidValue(`${at}.messageExpression`, source, message))
  } else if (message !== undefined) {
    const cost = estimateCost(message)
    if (cost > ruleCostMax) {
      const text = costText('estimated messageExpression cost', cost, ruleCostMax)
      errors.push(forbiddenField(`${at}.messageExpression`, text))
    }
    costs.add(`${at}.messageExpression`, cost)
  }
  if (usesOldSelf && place.opaqueAt !== undefined) {
    const text = `oldSelf cannot be used on the uncorrelatable portion of the schema within ${place.opaqueAt}`
    errors.push(invalidValue(`${at}.rule`, source.rule, text))
  } else if (!usesOldSelf && source.optionalOldSelf !== undefined) {
    const text = 'may not be set if oldSelf is not used in rule'
    errors.push(invalidValue(`${at}.optionalOldSelf`, source.optionalOldSelf, text))
  }
}

/** How many such values fit into one request. */
function countMax(schema: Schema): number {
  return Math.floor(requestBytesMax / (sizeMinOf(schema) + 1))
}

function costText(name: string, cost: number, max: number): string {
  const factor = cost / max
  const shown =
    factor > 100
      ? 'more than 100x'
      : factor < 1.5
        ? `${factor.toFixed(6)}x`
        : `${factor.toFixed(1)}x`
  return `${name} exceeds budget by factor of ${shown} (try simplifying the rule, or adding maxItems, maxProperties, and maxLength where arrays, maps, and strings are declared)`
}

class Costs {
  readonly #all: { readonly path: string; readonly cost: number }[] = []

  add(path: string, cost: number): void {
    this.#all.push({ path, cost })
  }

  errors(path: string): readonly FieldError[] {
    const total = this.#all.reduce((sum, { cost }) => sum + cost, 0)
    if (total <= schemaCostMax) return []
    const dearest = this.#all.toSorted((a, b) => b.cost - a.cost).slice(0, dearestMax)
    const part =
      'contributed to estimated rule cost total exceeding cost limit for entire OpenAPIv3 schema'
    const name = 'x-kubernetes-validations estimated rule cost total for entire OpenAPIv3 schema'
    return [
      ...dearest.map((each) => forbiddenField(each.path, part)),
      forbiddenField(path, costText(name, total, schemaCostMax)),
    ]
  }
}
