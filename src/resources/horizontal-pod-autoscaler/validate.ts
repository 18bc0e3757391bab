/** Upstream: pkg/apis/autoscaling/validation/validation.go. */
import type {
  CrossVersionObjectReference,
  HorizontalPodAutoscaler,
  HPAScalingRules,
  MetricSpec,
} from '#api/autoscaling/v2.gen.ts'
import { forbiddenField, invalidValue, notSupported, required } from '#api/meta/field-error.ts'
import type { FieldError } from '#api/meta/field-error.ts'
import { signOfQuantity } from '#api/meta/quantity.ts'
import { checkNotNegative, type Errors } from '#resources/checks/checks.ts'
import { checkReference } from './reference.ts'
import { checkMetric } from './validate-metric.ts'

const periodSecondsMax = 1800
const windowSecondsMax = 3600

export function validateAutoscaler(
  { spec }: HorizontalPodAutoscaler,
  prior?: HorizontalPodAutoscaler,
): readonly FieldError[] {
  const errors: Errors = []
  const { minReplicas, maxReplicas, scaleTargetRef, metrics = [], behavior } = spec
  const lowest = prior?.spec.minReplicas === 0 ? 0 : 1
  if (minReplicas !== undefined && minReplicas < lowest) {
    errors.push(
      invalidValue('spec.minReplicas', minReplicas, `must be greater than or equal to ${lowest}`),
    )
  }
  if (maxReplicas === 0) {
    errors.push(required('spec.maxReplicas', 'must be set and greater than 0'))
  } else if (maxReplicas < 0) {
    errors.push(invalidValue('spec.maxReplicas', maxReplicas, 'must be greater than 0'))
  }
  if (minReplicas !== undefined && maxReplicas < minReplicas) {
    errors.push(
      invalidValue(
        'spec.maxReplicas',
        maxReplicas,
        'must be greater than or equal to `minReplicas`',
      ),
    )
  }
  checkReference(scaleTargetRef, 'spec.scaleTargetRef', {
    errors,
    needsGroup: scaleTargetRef.kind !== 'ReplicationController',
    isKept: isSameKind(prior?.spec.scaleTargetRef, scaleTargetRef),
  })
  checkMetrics(spec, metrics, errors)
  checkRules(behavior?.scaleUp, 'spec.behavior.scaleUp', errors)
  checkRules(behavior?.scaleDown, 'spec.behavior.scaleDown', errors)
  return errors
}

export function validateAutoscalerStatus({
  status,
}: HorizontalPodAutoscaler): readonly FieldError[] {
  const errors: Errors = []
  checkNotNegative(status?.currentReplicas, 'status.currentReplicas', errors)
  checkNotNegative(status?.desiredReplicas, 'status.desiredReplicas', errors)
  return errors
}

function isSameKind(
  before: CrossVersionObjectReference | undefined,
  { apiVersion, kind }: CrossVersionObjectReference,
): boolean {
  return before !== undefined && before.apiVersion === apiVersion && before.kind === kind
}

function checkMetrics(
  { minReplicas }: HorizontalPodAutoscaler['spec'],
  metrics: readonly MetricSpec[],
  errors: Errors,
): void {
  for (const [at, metric] of metrics.entries()) checkMetric(metric, `spec.metrics[${at}]`, errors)
  if (minReplicas !== 0) return
  if (metrics.some(({ type }) => type === 'Object' || type === 'External')) return
  errors.push(
    forbiddenField(
      'spec.metrics',
      'must specify at least one Object or External metric to support scaling to zero replicas',
    ),
  )
}

const selectPolicies = ['Disabled', 'Max', 'Min']
const policyTypes = ['Percent', 'Pods']

function checkRules(rules: HPAScalingRules | undefined, path: string, errors: Errors): void {
  if (rules === undefined) return
  const { stabilizationWindowSeconds: window, selectPolicy, policies = [], tolerance } = rules
  if (window !== undefined) {
    checkSeconds(window, `${path}.stabilizationWindowSeconds`, {
      errors,
      min: 0,
      max: windowSecondsMax,
    })
  }
  if (selectPolicy !== undefined && !selectPolicies.includes(selectPolicy)) {
    errors.push(notSupported(`${path}.selectPolicy`, selectPolicy, selectPolicies))
  }
  if (policies.length === 0) {
    errors.push(required(`${path}.policies`, 'must specify at least one Policy'))
  }
  for (const [at, policy] of policies.entries()) {
    const place = `${path}.policies[${at}]`
    if (!policyTypes.includes(policy.type)) {
      errors.push(notSupported(`${place}.type`, policy.type, policyTypes))
    }
    if (policy.value <= 0) {
      errors.push(invalidValue(`${place}.value`, policy.value, 'must be greater than zero'))
    }
    const limits = { errors, min: 1, max: periodSecondsMax } as const
    checkSeconds(policy.periodSeconds, `${place}.periodSeconds`, limits)
  }
  if (tolerance !== undefined && signOfQuantity(tolerance) < 0) {
    errors.push(invalidValue(`${path}.tolerance`, tolerance, 'must be greater than or equal to 0'))
  }
}

interface SecondsLimits {
  readonly errors: Errors
  readonly min: 0 | 1
  readonly max: number
}

function checkSeconds(value: number, path: string, { errors, min, max }: SecondsLimits): void {
  if (value < min) {
    const text = min === 0 ? 'must be greater than or equal to zero' : 'must be greater than zero'
    errors.push(invalidValue(path, value, text))
  }
  if (value > max) errors.push(invalidValue(path, value, `must be less than or equal to ${max}`))
}
