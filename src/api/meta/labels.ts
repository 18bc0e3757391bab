/**
 * Label selectors, in their string form (`app=web,tier in (a,b),!old`) and as objects.
 * Upstream: staging/src/k8s.io/apimachinery/pkg/labels/selector.go, pkg/apis/meta/v1/helpers.go.
 */
import type { LabelSelector } from '#api/meta/v1.gen.ts'
import { compareBytes, goQuote } from './go-quote.ts'
import { parseRequirements } from './label-parser.ts'

export type Labels = Readonly<Record<string, string>>

export type LabelOperator = '=' | '==' | '!=' | 'in' | 'notin' | 'exists' | '!' | 'gt' | 'lt'

export interface LabelRequirement {
  readonly key: string
  readonly operator: LabelOperator
  /** Sorted, without repetition. */
  readonly values: readonly string[]
}

export interface LabelSelectorMatcher {
  matches(labels: Labels | undefined): boolean
  /** The string form; '' selects everything. */
  toString(): string
  /** True when it selects everything. */
  readonly empty: boolean
  readonly requirements: readonly LabelRequirement[]
}

/** A selector that cannot be read; the message is upstream's. */
export { LabelSelectorError } from './label-parser.ts'

/** Throws LabelSelectorError. */
export function parseLabelSelector(text: string): LabelSelectorMatcher {
  return text === '' ? everything : matcher(parseRequirements(text))
}

/** Selects everything. */
export const everything: LabelSelectorMatcher = {
  matches: () => true,
  toString: () => '',
  empty: true,
  requirements: [],
}

/** Selects nothing: what an absent selector means. */
export const nothing: LabelSelectorMatcher = {
  matches: () => false,
  toString: () => '',
  empty: false,
  requirements: [],
}

const objectOperators: Readonly<Record<string, LabelOperator>> = {
  In: 'in',
  NotIn: 'notin',
  Exists: 'exists',
  DoesNotExist: '!',
}

/**
 * The matcher of a selector object: undefined selects nothing, `{}` everything. Throws a TypeError with
 * upstream's message for an operator that there is not.
 */
export function labelSelectorMatcher(selector: LabelSelector | undefined): LabelSelectorMatcher {
  if (selector === undefined) return nothing
  const equalities = Object.entries(selector.matchLabels ?? {}).map(
    ([key, value]): LabelRequirement => ({ key, operator: '=', values: [value] }),
  )
  const expressions = (selector.matchExpressions ?? []).map((expression): LabelRequirement => {
    const operator = objectOperators[expression.operator]
    if (operator === undefined) {
      throw new TypeError(`${goQuote(expression.operator)} is not a valid label selector operator`)
    }
    return { key: expression.key, operator, values: distinct(expression.values ?? []) }
  })
  const requirements = [...equalities, ...expressions]
  return requirements.length === 0 ? everything : matcher(requirements)
}

/** Selects objects that carry all of these labels. */
export function labelsMatcher(labels: Labels): LabelSelectorMatcher {
  return labelSelectorMatcher({ matchLabels: labels })
}

/** The string form of a selector object, `<none>` when it selects everything or is absent. */
export function formatLabelSelector(selector: LabelSelector | undefined): string {
  const text = labelSelectorMatcher(selector).toString()
  return text === '' ? '<none>' : text
}

function distinct(values: readonly string[]): readonly string[] {
  return [...new Set(values)].sort(compareBytes)
}

function matcher(unordered: readonly LabelRequirement[]): LabelSelectorMatcher {
  const requirements = unordered.toSorted((a, b) => compareBytes(a.key, b.key))
  return {
    requirements,
    empty: false,
    matches(labels = {}) {
      for (const requirement of requirements) {
        if (!requirementMatches(requirement, labels)) return false
      }
      return true
    },
    toString: () => requirements.map(formatRequirement).join(','),
  }
}

export function requirementMatches(requirement: LabelRequirement, labels: Labels): boolean {
  const { key, values } = requirement
  const value = Object.hasOwn(labels, key) ? labels[key] : undefined
  switch (requirement.operator) {
    case '=':
    case '==':
    case 'in':
      return value !== undefined && values.includes(value)
    case '!=':
    case 'notin':
      return value === undefined || !values.includes(value)
    case 'exists':
      return value !== undefined
    case '!':
      return value === undefined
    case 'gt':
    case 'lt':
      return value !== undefined && ordered(requirement.operator, value, values[0])
  }
}

const integer = /^[-+]?\d+$/

function ordered(operator: 'gt' | 'lt', value: string, bound: string | undefined): boolean {
  if (bound === undefined || !integer.test(value) || !integer.test(bound)) return false
  const difference = BigInt(value) - BigInt(bound)
  return operator === 'gt' ? difference > 0n : difference < 0n
}

function formatRequirement({ key, operator, values }: LabelRequirement): string {
  switch (operator) {
    case 'exists':
      return key
    case '!':
      return `!${key}`
    case 'in':
    case 'notin':
      return `${key} ${operator} (${values.join(',')})`
    case 'gt':
      return `${key}>${values[0] ?? ''}`
    case 'lt':
      return `${key}<${values[0] ?? ''}`
    default:
      return `${key}${operator}${values[0] ?? ''}`
  }
}
