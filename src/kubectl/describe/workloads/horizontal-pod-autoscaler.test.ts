import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Info } from '#kubectl/objects/info.ts'
import type { Reader } from '#kubectl/describe/reader.ts'
import { horizontalPodAutoscaler } from './horizontal-pod-autoscaler.ts'

/** A server that has only the first version. */
const info: Info = {
  mapping: {
    group: 'autoscaling',
    version: 'v1',
    resource: 'horizontalpodautoscalers',
    kind: 'HorizontalPodAutoscaler',
    namespaced: true,
    verbs: [],
  },
  namespace: 'shop',
  name: 'web',
  source: '',
  object: {
    metadata: { name: 'web', namespace: 'shop', creationTimestamp: '2026-01-01T00:00:00Z' },
    spec: {
      scaleTargetRef: { kind: 'Deployment', name: 'web' },
      maxReplicas: 5,
      targetCPUUtilizationPercentage: 80,
    },
    status: { currentReplicas: 1, desiredReplicas: 2 },
  },
}

const reader: Reader = {
  async object<T>({ object, mapping }: Info, version: string): Promise<T> {
    if (mapping.version !== version) throw new Error(`${version} is not served`)
    return object as unknown as T
  },
  get: () => Promise.reject(new Error('nothing else is read')),
  list: () => Promise.reject(new Error('nothing else is read')),
}

test('an autoscaler of the first version, where there is no second', async () => {
  const text = await horizontalPodAutoscaler.describe({ info, reader, showEvents: false, nowMs: 0 })
  const lines = text.split('\n').filter((line) => !line.startsWith('CreationTimestamp'))
  assert.deepEqual(lines, [
    'Name:                     web',
    'Namespace:                shop',
    'Labels:                   <none>',
    'Annotations:              <none>',
    'Reference:                Deployment/web',
    'Target CPU utilization:   80%',
    'Current CPU utilization:  <unknown>%',
    'Min replicas:             <unset>',
    'Max replicas:             5',
    'Deployment pods:          1 current / 2 desired',
    '',
  ])
})
