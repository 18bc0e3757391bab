import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Container, Pod, PodSpec } from '#api/core/v1.gen.ts'
import * as pods from './pods.ts'

type List = Record<string, string>

function container(requests?: List, limits?: List, more: Partial<Container> = {}): Container {
  return {
    name: 'c',
    resources: { ...(requests && { requests }), ...(limits && { limits }) },
    ...more,
  }
}

function pod(spec: Partial<PodSpec>): Pod {
  return { metadata: {} as Pod['metadata'], spec: { containers: [], ...spec } }
}

const sidecar = { restartPolicy: 'Always' }

const requests: readonly (readonly [string, Partial<PodSpec>, pods.ResourceAmounts])[] = [
  ['nothing', { containers: [container()] }, {}],
  [
    'containers add up',
    { containers: [container({ cpu: '100m', memory: '1Gi' }), container({ cpu: '1' })] },
    { cpu: 1100, memory: 1073741824 },
  ],
  [
    'the largest init container counts',
    {
      containers: [container({ cpu: '1' })],
      initContainers: [container({ cpu: '3' }), container({ cpu: '2', memory: '5' })],
    },
    { cpu: 3000, memory: 5 },
  ],
  [
    'a sidecar runs beside the containers',
    {
      containers: [container({ cpu: '1' })],
      initContainers: [container({ cpu: '2' }, undefined, sidecar)],
    },
    { cpu: 3000 },
  ],
  [
    'an init container after a sidecar runs beside it',
    {
      containers: [container({ cpu: '1' })],
      initContainers: [container({ cpu: '2' }, undefined, sidecar), container({ cpu: '4' })],
    },
    { cpu: 6000 },
  ],
  [
    'an init container before a sidecar does not',
    {
      containers: [container({ cpu: '1' })],
      initContainers: [container({ cpu: '4' }), container({ cpu: '2' }, undefined, sidecar)],
    },
    { cpu: 4000 },
  ],
  [
    'overhead comes on top',
    { containers: [container({ cpu: '1' })], overhead: { cpu: '250m', memory: '10' } },
    { cpu: 1250, memory: 10 },
  ],
  [
    'the pod as a whole may ask for cpu and memory',
    {
      containers: [container({ cpu: '1', 'example.com/gpu': '2' })],
      resources: { requests: { cpu: '3', 'example.com/gpu': '9' } },
    },
    { cpu: 3000, 'example.com/gpu': 2 },
  ],
]

for (const [title, spec, amounts] of requests) {
  test(`requests: ${title}`, () => assert.deepEqual(pods.podRequests(pod(spec)), amounts))
}

test('limits: overhead only where there is a limit', () => {
  const spec = { containers: [container({}, { cpu: '1' })], overhead: { cpu: '1', memory: '1' } }
  assert.deepEqual(pods.podLimits(pod(spec)), { cpu: 2000 })
})

const both = { cpu: '1', memory: '1Gi' }

const classes: readonly (readonly [string, Partial<PodSpec>, pods.QosClass])[] = [
  ['nothing asked for', { containers: [container()] }, 'BestEffort'],
  ['zeros', { containers: [container({ cpu: '0' }, { memory: '0' })] }, 'BestEffort'],
  ['only other resources', { containers: [container({ 'example.com/gpu': '1' })] }, 'BestEffort'],
  [
    'limits met',
    { containers: [container(both, { cpu: '1000m', memory: '1024Mi' })] },
    'Guaranteed',
  ],
  ['limits above', { containers: [container(both, { cpu: '2', memory: '1Gi' })] }, 'Burstable'],
  ['no limit of memory', { containers: [container({ cpu: '1' }, { cpu: '1' })] }, 'Burstable'],
  ['one container without', { containers: [container(both, both), container()] }, 'Burstable'],
  [
    'an init container without',
    { containers: [container(both, both)], initContainers: [container()] },
    'Burstable',
  ],
  [
    'by the pod',
    { containers: [container()], resources: { requests: both, limits: both } },
    'Guaranteed',
  ],
]

for (const [title, spec, qos] of classes) {
  test(`QoS: ${title}`, () => assert.equal(pods.qosClass(pod(spec)), qos))
}

function phase(status: Pod['status'], metadata: Partial<Pod['metadata']> = {}): Pod {
  return { ...pod({}), status, metadata: metadata as Pod['metadata'] }
}

test('a pod is active until it is finished or being deleted', () => {
  assert.equal(pods.isPodActive(phase({ phase: 'Running' })), true)
  assert.equal(pods.isPodActive(phase({ phase: 'Failed' })), false)
  assert.equal(pods.isPodActive(phase({ phase: 'Succeeded' })), false)
  assert.equal(pods.isPodActive(phase({}, { deletionTimestamp: '2024-01-01T00:00:00Z' })), false)
})

test('a pod is available when it has been ready for long enough', () => {
  const lastTransitionTime = '2024-01-01T00:00:00Z'
  const ready = phase({ conditions: [{ type: 'Ready', status: 'True', lastTransitionTime }] })
  const now = Date.parse('2024-01-01T00:00:10Z')
  assert.equal(pods.isPodReady(ready), true)
  assert.equal(pods.isPodAvailable(ready, 0, 0), true)
  assert.equal(pods.isPodAvailable(ready, 10, now), true)
  assert.equal(pods.isPodAvailable(ready, 11, now), false)
  assert.equal(pods.isPodAvailable(phase({}), 0, now), false)
})

test('static and mirror pods are known by their annotations', () => {
  const annotated = (annotations: List): Pod => phase({}, { annotations })
  assert.equal(pods.isMirrorPod(annotated({ 'kubernetes.io/config.mirror': 'x' })), true)
  assert.equal(pods.isStaticPod(annotated({ 'kubernetes.io/config.source': 'file' })), true)
  assert.equal(pods.isStaticPod(annotated({ 'kubernetes.io/config.source': 'api' })), false)
  assert.equal(pods.isMirrorPod(phase({})) || pods.isStaticPod(phase({})), false)
})
