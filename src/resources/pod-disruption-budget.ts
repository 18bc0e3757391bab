/** Upstream: pkg/registry/policy/poddisruptionbudget/strategy.go, pkg/apis/policy/validation/validation.go. */
import type { PodDisruptionBudget, PodDisruptionBudgetStatus } from '#api/policy/v1.gen.ts'
import { invalidValue, type FieldError } from '#api/meta/field-error.ts'
import { poddisruptionbudgets as type } from '#api/resources.gen.ts'
import {
  checkNotMoreThan100Percent,
  checkPositiveIntOrPercent,
  checkSupported,
} from './checks/checks.ts'
import { checkLabelSelector } from './checks/label-selector.ts'
import { checkCounters } from './checks/workload.ts'
import { ageColumn, integerColumn, nameColumn, stringColumn } from './columns.ts'
import { keepSpec, keepStatus, raiseGeneration } from './generation.ts'
import { subdomainName } from './names.ts'
import { defineResource } from './resource.ts'
import { served } from './served.ts'

const nothing: PodDisruptionBudgetStatus = {
  disruptionsAllowed: 0,
  currentHealthy: 0,
  desiredHealthy: 0,
  expectedPods: 0,
}

export const podDisruptionBudgets = defineResource<PodDisruptionBudget>({
  ...served(type),
  shortNames: ['pdb'],
  status: true,
  hasGeneration: true,
  allowUnconditionalUpdate: false,
  validateName: subdomainName,
  default(budget) {
    budget.spec ??= {}
    budget.status = { ...nothing, ...budget.status }
  },
  prepareForCreate(budget) {
    budget.status = { ...nothing }
    budget.metadata.generation = 1
  },
  prepareForUpdate(next, prior) {
    keepStatus(next, prior)
    raiseGeneration(next, prior, ['spec'])
  },
  prepareForStatusUpdate: keepSpec,
  validate,
  validateUpdate: validate,
  validateStatusUpdate({ status }) {
    const errors: FieldError[] = []
    checkCounters(status, Object.keys(nothing), errors)
    return errors
  },
  columns: [
    nameColumn(),
    stringColumn(
      'Min Available',
      'The minimum number of pods that must be available.',
      ({ spec }) => String(spec?.minAvailable ?? 'N/A'),
    ),
    stringColumn(
      'Max Unavailable',
      'The maximum number of pods that may be unavailable.',
      ({ spec }) => String(spec?.maxUnavailable ?? 'N/A'),
    ),
    integerColumn(
      'Allowed Disruptions',
      'Calculated number of pods that may be disrupted at this time.',
      ({ status }) => status?.disruptionsAllowed ?? 0,
    ),
    ageColumn(),
  ],
})

const evictionPolicies = ['AlwaysAllow', 'IfHealthyBudget']

function validate(budget: PodDisruptionBudget): readonly FieldError[] {
  const spec = budget.spec ?? {}
  const errors: FieldError[] = []
  if (spec.minAvailable !== undefined && spec.maxUnavailable !== undefined) {
    const detail = 'minAvailable and maxUnavailable cannot be both set'
    errors.push(invalidValue('spec', spec, detail))
  }
  for (const field of ['minAvailable', 'maxUnavailable'] as const) {
    checkPositiveIntOrPercent(spec[field], `spec.${field}`, errors)
    checkNotMoreThan100Percent(spec[field], `spec.${field}`, errors)
  }
  checkLabelSelector(spec.selector, 'spec.selector', errors)
  checkSupported(
    spec.unhealthyPodEvictionPolicy,
    evictionPolicies,
    'spec.unhealthyPodEvictionPolicy',
    errors,
  )
  return errors
}
