import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { HorizontalPodAutoscaler, MetricSpec } from '#api/autoscaling/v2.gen.ts'
import { message } from '#api/meta/field-error.ts'
import { defaultAutoscaler } from './defaults.ts'
import { validateAutoscaler } from './validate.ts'

type Spec = HorizontalPodAutoscaler['spec']

function autoscaler(spec: Partial<Spec>): HorizontalPodAutoscaler {
  const scaleTargetRef = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' }
  return {
    metadata: { name: 'web' } as HorizontalPodAutoscaler['metadata'],
    spec: { scaleTargetRef, maxReplicas: 5, ...spec },
  }
}

const cpu = (target: object, more: object = {}): MetricSpec =>
  ({ type: 'Resource', resource: { name: 'cpu', target }, ...more }) as MetricSpec

const utilization = { type: 'Utilization', averageUtilization: 50 }

for (const [what, spec, expected] of [
  ['a plain one', {}, []],
  ['a metric', { metrics: [cpu(utilization)] }, []],
  [
    'no pods at all',
    { minReplicas: 0, metrics: [cpu(utilization)] },
    [
      'spec.minReplicas: Invalid value: 0: must be greater than or equal to 1',
      'spec.metrics: Forbidden: must specify at least one Object or External metric to support scaling to zero replicas',
    ],
  ],
  [
    'fewer than least',
    { minReplicas: 6 },
    ['spec.maxReplicas: Invalid value: 5: must be greater than or equal to `minReplicas`'],
  ],
  [
    'a target without a group',
    { scaleTargetRef: { apiVersion: 'v1', kind: 'Deployment', name: 'a' } },
    ['spec.scaleTargetRef.apiVersion: Invalid value: "v1": apiVersion must specify API group'],
  ],
  [
    'the one kind of core that scales',
    { scaleTargetRef: { apiVersion: 'v1', kind: 'ReplicationController', name: 'a' } },
    [],
  ],
  [
    'a metric without a target',
    { metrics: [cpu({ type: 'Utilization' })] },
    [
      'spec.metrics[0].resource.target.averageUtilization: Required value: must set either a target raw value or a target utilization',
    ],
  ],
  [
    'a metric of another source',
    { metrics: [cpu(utilization, { type: 'Pods' })] },
    ['spec.metrics[0].pods: Required value: must populate information for the given metric source'],
  ],
  [
    'an amount that is none',
    { metrics: [cpu({ type: 'AverageValue', averageValue: '0' })] },
    ['spec.metrics[0].resource.target.averageValue: Invalid value: "0": must be positive'],
  ],
  [
    'rules without a policy',
    { behavior: { scaleUp: { policies: [], stabilizationWindowSeconds: 3601 } } },
    [
      'spec.behavior.scaleUp.stabilizationWindowSeconds: Invalid value: 3601: must be less than or equal to 3600',
      'spec.behavior.scaleUp.policies: Required value: must specify at least one Policy',
    ],
  ],
] as const) {
  test(`validate ${what}`, () => {
    const errors = validateAutoscaler(autoscaler(spec as unknown as Partial<Spec>))
    assert.deepEqual(errors.map(message), expected)
  })
}

test('an autoscaler that had none may keep none, and its target', () => {
  const prior = autoscaler({
    minReplicas: 0,
    scaleTargetRef: { apiVersion: 'v1', kind: 'Odd', name: 'a' },
    metrics: [{ type: 'Object' } as MetricSpec],
  })
  assert.deepEqual(
    validateAutoscaler(
      { ...prior, spec: { ...prior.spec, metrics: [cpu(utilization)] } },
      prior,
    ).map(message),
    [
      'spec.metrics: Forbidden: must specify at least one Object or External metric to support scaling to zero replicas',
    ],
  )
})

test('defaults: a pod at least, CPU at 80 %, and rules where some are given', () => {
  const made = autoscaler({ behavior: { scaleDown: { stabilizationWindowSeconds: 60 } } })
  defaultAutoscaler(made)
  assert.equal(made.spec.minReplicas, 1)
  assert.equal(made.spec.metrics?.[0]?.resource?.target.averageUtilization, 80)
  assert.deepEqual(made.spec.behavior?.scaleDown, {
    stabilizationWindowSeconds: 60,
    selectPolicy: 'Max',
    policies: [{ type: 'Percent', value: 100, periodSeconds: 15 }],
  })
  assert.equal(made.spec.behavior?.scaleUp?.policies?.length, 2)
})
