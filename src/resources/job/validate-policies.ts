/** Upstream: pkg/apis/batch/validation/validation.go, validatePodFailurePolicy, validateSuccessPolicy. */
import type {
  JobSpec,
  PodFailurePolicy,
  PodFailurePolicyOnExitCodesRequirement,
  PodFailurePolicyOnPodConditionsPattern,
  PodFailurePolicyRule,
  SuccessPolicy,
  SuccessPolicyRule,
} from '#api/batch/v1.gen.ts'
import {
  duplicate,
  invalidValue,
  notSupported,
  required,
  tooLong,
  tooMany,
} from '#api/meta/field-error.ts'
import {
  checkNotNegative,
  checkQualifiedName,
  empty,
  type Errors,
} from '#resources/checks/checks.ts'
import { countIndexes, IndexError } from './indexes.ts'

const rulesMax = 20
const patternsMax = 20
const exitCodesMax = 255
const indexesBytesMax = 64 * 1024
const actions = ['Count', 'FailIndex', 'FailJob', 'Ignore']
const operators = ['In', 'NotIn']
const conditionStates = ['False', 'True', 'Unknown']

/** As Go prints a list of strings with `%q`. */
function quoted(values: readonly string[]): string {
  return `valid values: [${values.map((value) => JSON.stringify(value)).join(' ')}]`
}

function checkListed(
  value: string | undefined,
  supported: readonly string[],
  path: string,
  errors: Errors,
): void {
  if (empty(value)) errors.push(required(path, quoted(supported)))
  else if (!supported.includes(value)) errors.push(notSupported(path, value, supported))
}

export function checkFailurePolicy(
  spec: JobSpec,
  policy: PodFailurePolicy,
  path: string,
  errors: Errors,
): void {
  const rules = policy.rules ?? []
  if (rules.length > rulesMax) errors.push(tooMany(`${path}.rules`, rules.length, rulesMax))
  const { containers = [], initContainers = [] } = spec.template?.spec ?? {}
  const names = [...containers, ...initContainers].map(({ name }) => name)
  rules.forEach((rule, at) => {
    const here = `${path}.rules[${at}]`
    checkListed(rule.action, actions, `${here}.action`, errors)
    if (rule.action === 'FailIndex' && spec.backoffLimitPerIndex === undefined) {
      const detail = 'requires the backoffLimitPerIndex to be set'
      errors.push(invalidValue(`${here}.action`, rule.action, detail))
    }
    checkRule(rule, names, here, errors)
  })
}

function checkRule(
  { onExitCodes, onPodConditions = [] }: PodFailurePolicyRule,
  names: readonly string[],
  path: string,
  errors: Errors,
): void {
  if (onExitCodes !== undefined) {
    checkExitCodes(onExitCodes, names, `${path}.onExitCodes`, errors)
  }
  const here = `${path}.onPodConditions`
  if (onPodConditions.length > patternsMax) {
    errors.push(tooMany(here, onPodConditions.length, patternsMax))
  }
  onPodConditions.forEach((pattern, at) => checkPattern(pattern, `${here}[${at}]`, errors))
  const both = onExitCodes !== undefined && onPodConditions.length > 0
  const neither = onExitCodes === undefined && onPodConditions.length === 0
  if (both) {
    errors.push(
      withoutValue(path, 'specifying both OnExitCodes and OnPodConditions is not supported'),
    )
  } else if (neither) {
    errors.push(withoutValue(path, 'specifying one of OnExitCodes and OnPodConditions is required'))
  }
}

function checkPattern(
  pattern: PodFailurePolicyOnPodConditionsPattern,
  path: string,
  errors: Errors,
): void {
  checkQualifiedName(pattern.type ?? '', `${path}.type`, errors)
  checkListed(pattern.status, conditionStates, `${path}.status`, errors)
}

function checkExitCodes(
  requirement: PodFailurePolicyOnExitCodesRequirement,
  names: readonly string[],
  path: string,
  errors: Errors,
): void {
  const { operator, containerName } = requirement
  const values = requirement.values ?? []
  checkListed(operator, operators, `${path}.operator`, errors)
  if (containerName !== undefined && !names.includes(containerName)) {
    const detail = 'must be one of the container or initContainer names in the pod template'
    errors.push(invalidValue(`${path}.containerName`, containerName, detail))
  }
  const here = `${path}.values`
  if (values.length === 0) errors.push(invalidValue(here, values, 'at least one value is required'))
  else if (values.length > exitCodesMax) {
    errors.push(tooMany(here, values.length, exitCodesMax))
  }
  values.forEach((value, at) => {
    if (operator === 'In' && value === 0) {
      errors.push(invalidValue(`${here}[${at}]`, value, 'must not be 0 for the In operator'))
    }
    if (values.indexOf(value) < at) errors.push(duplicate(`${here}[${at}]`, value))
  })
  if (values.some((value, at) => at > 0 && (values[at - 1] as number) > value)) {
    errors.push(invalidValue(here, values, 'must be ordered'))
  }
}

export function checkSuccessPolicy(
  policy: SuccessPolicy,
  completions: number,
  path: string,
  errors: Errors,
): void {
  const rules = policy.rules ?? []
  const here = `${path}.rules`
  if (rules.length === 0) {
    const detail = 'at least one rules must be specified when the successPolicy is specified'
    errors.push(required(here, detail))
  }
  if (rules.length > rulesMax) errors.push(tooMany(here, rules.length, rulesMax))
  rules.forEach((rule, at) => checkSuccessRule(rule, completions, `${here}[${at}]`, errors))
}

function checkSuccessRule(
  { succeededCount, succeededIndexes }: SuccessPolicyRule,
  completions: number,
  path: string,
  errors: Errors,
): void {
  if (succeededCount === undefined && succeededIndexes === undefined) {
    const detail = 'at least one of succeededCount or succeededIndexes must be specified'
    errors.push(required(path, detail))
  }
  const indexes =
    succeededIndexes === undefined
      ? undefined
      : checkIndexes(succeededIndexes, completions, `${path}.succeededIndexes`, errors)
  if (succeededCount === undefined) return
  const here = `${path}.succeededCount`
  checkNotNegative(succeededCount, here, errors)
  if (succeededCount > completions) {
    const detail = `must be less than or equal to ${completions} (the number of specified completions)`
    errors.push(invalidValue(here, succeededCount, detail))
  }
  if (indexes !== undefined && succeededCount > indexes) {
    const detail = `must be less than or equal to ${indexes} (the number of indexes in the specified succeededIndexes field)`
    errors.push(invalidValue(here, succeededCount, detail))
  }
}

/** How many there are. */
function checkIndexes(text: string, completions: number, path: string, errors: Errors): number {
  if (text.length > indexesBytesMax) errors.push(tooLong(path, text, indexesBytesMax))
  try {
    return countIndexes(text, completions)
  } catch (error) {
    if (!(error instanceof IndexError)) throw error
    const detail = `error parsing succeededIndexes: ${error.message}`
    errors.push(invalidValue(path, text, detail))
    return 0
  }
}

/** Upstream names the field only: what is wrong is not in one value. */
export function withoutValue(
  field: string,
  detail: string,
): { type: 'Invalid'; field: string; value: string; detail: string } {
  return { type: 'Invalid', field, value: '', detail }
}
