import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { HorizontalPodAutoscaler as V1 } from '#api/autoscaling/v1.gen.ts'
import type { HorizontalPodAutoscaler as V2 } from '#api/autoscaling/v2.gen.ts'
import { toV1, toV2 } from './conversion.ts'

const metadata = { name: 'web', namespace: 'shop' } as V2['metadata']
const scaleTargetRef = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' }
const cpu = {
  type: 'Resource',
  resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 60 } },
}
const metric = { name: 'hits', selector: { matchLabels: { a: 'b' } } }

const full: V2 = {
  apiVersion: 'autoscaling/v2',
  kind: 'HorizontalPodAutoscaler',
  metadata: { ...metadata, annotations: { note: 'x' } },
  spec: {
    scaleTargetRef,
    minReplicas: 2,
    maxReplicas: 5,
    metrics: [
      { type: 'Pods', pods: { metric, target: { type: 'AverageValue', averageValue: '10' } } },
      {
        type: 'Object',
        object: {
          describedObject: { kind: 'Service', name: 'web', apiVersion: 'v1' },
          metric,
          target: { type: 'Value', value: '7' },
        },
      },
      { type: 'External', external: { metric, target: { type: 'Value', value: '3' } } },
      {
        type: 'ContainerResource',
        containerResource: {
          name: 'memory',
          container: 'c',
          target: { type: 'Utilization', averageUtilization: 50 },
        },
      },
      {
        type: 'Resource',
        resource: { name: 'memory', target: { type: 'AverageValue', averageValue: '1Gi' } },
      },
      cpu,
    ],
    behavior: {
      scaleUp: { selectPolicy: 'Max', policies: [{ type: 'Pods', value: 4, periodSeconds: 15 }] },
      scaleDown: { stabilizationWindowSeconds: 0, policies: [], tolerance: '100m' },
    },
  },
  status: {
    currentReplicas: 2,
    desiredReplicas: 3,
    currentMetrics: [
      {
        type: 'Resource',
        resource: { name: 'cpu', current: { averageUtilization: 40, averageValue: '10m' } },
      },
    ],
    conditions: [
      { type: 'AbleToScale', status: 'True', lastTransitionTime: '2026-01-01T00:00:00Z' },
    ],
  },
}

test('what v1 has no fields for comes back from its annotations', () => {
  const old = toV1(full)
  assert.equal(old.apiVersion, 'autoscaling/v1')
  assert.equal(old.spec.targetCPUUtilizationPercentage, 60)
  assert.equal(old.status?.currentCPUUtilizationPercentage, 40)
  assert.deepEqual(toV2(old), full)
})

test('v1 without a target is the default target of v2', () => {
  const old: V1 = { metadata, spec: { scaleTargetRef, maxReplicas: 3 } }
  assert.deepEqual(toV2(old).spec, {
    scaleTargetRef,
    maxReplicas: 3,
    metrics: [
      {
        type: 'Resource',
        resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 80 } },
      },
    ],
  })
})

test('annotations are as Go writes them', () => {
  const { annotations = {} } = toV1(full).metadata
  assert.equal(annotations['note'], 'x')
  assert.equal(
    annotations['autoscaling.alpha.kubernetes.io/current-metrics'],
    '[{"type":"Resource","resource":{"name":"cpu","currentAverageUtilization":40,"currentAverageValue":"10m"}}]',
  )
  assert.equal(
    annotations['autoscaling.alpha.kubernetes.io/behavior'],
    '{"ScaleUp":{"StabilizationWindowSeconds":null,"SelectPolicy":"Max","Policies":[{"Type":"Pods","Value":4,"PeriodSeconds":15}],"Tolerance":null},"ScaleDown":{"StabilizationWindowSeconds":0,"SelectPolicy":null,"Policies":[],"Tolerance":"100m"}}',
  )
})
