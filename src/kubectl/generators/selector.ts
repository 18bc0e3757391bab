/** A selector in words as a LabelSelector. Upstream: apimachinery metav1.ParseToLabelSelector. */
import { LabelSelectorError, parseLabelSelector } from '#api/meta/labels.ts'
import type { LabelRequirement } from '#api/meta/labels.ts'
import { CommandError } from '#kubectl/errors.ts'

const operators: Readonly<Record<string, string>> = {
  in: 'In',
  notin: 'NotIn',
  exists: 'Exists',
  '!': 'DoesNotExist',
}

/** Equality goes to matchLabels, the rest to matchExpressions. */
export function labelSelectorOf(text: string): object {
  const requirements = requirementsOf(text)
  const equal = requirements.filter(({ operator }) => operator === '=' || operator === '==')
  const others = requirements.filter((requirement) => !equal.includes(requirement))
  const matchLabels = Object.fromEntries(equal.map(({ key, values }) => [key, values[0] ?? '']))
  const matchExpressions = others.map(({ key, operator, values }) => ({
    key,
    operator: operatorOf(operator),
    ...(values.length > 0 && { values: [...values] }),
  }))
  return {
    ...(equal.length > 0 && { matchLabels }),
    ...(others.length > 0 && { matchExpressions }),
  }
}

function operatorOf(operator: string): string {
  const name = operators[operator]
  if (name !== undefined) return name
  throw new CommandError(`${JSON.stringify(operator)} is not a valid label selector operator`)
}

function requirementsOf(text: string): readonly LabelRequirement[] {
  try {
    return parseLabelSelector(text).requirements
  } catch (error) {
    if (!(error instanceof LabelSelectorError)) throw error
    throw new CommandError(
      `couldn't parse the selector string ${JSON.stringify(text)}: ${error.message}`,
    )
  }
}
