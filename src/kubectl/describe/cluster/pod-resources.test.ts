import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Container, Pod, PodSpec } from '#api/core/v1.gen.ts'
import { podResources } from './pod-resources.ts'

function container(cpu: string, more: Partial<Container> = {}): Container {
  return { name: `c${cpu}`, resources: { requests: { cpu } }, ...more }
}

function pod(spec: Partial<PodSpec>, status: Pod['status'] = {}): Pod {
  const metadata = { name: 'p', uid: '', resourceVersion: '', creationTimestamp: '' }
  return { metadata, spec: { containers: [], ...spec }, status }
}

const sidecar = { restartPolicy: 'Always' }

const resized = {
  name: 'c1',
  image: '',
  imageID: '',
  ready: true,
  restartCount: 0,
  resources: { requests: { cpu: '3' } },
  allocatedResources: { cpu: '2' },
}

const cases: readonly (readonly [string, Pod, boolean, string])[] = [
  ['containers add up', pod({ containers: [container('1'), container('500m')] }), false, '1500m'],
  [
    'an init container that needs more counts alone',
    pod({ containers: [container('1')], initContainers: [container('4'), container('2')] }),
    false,
    '4',
  ],
  [
    'a sidecar counts with what runs, and with later init containers',
    pod({
      containers: [container('1')],
      initContainers: [container('2', sidecar), container('3')],
    }),
    false,
    '5',
  ],
  [
    "the pod's own resources and overhead",
    pod({
      containers: [container('1')],
      resources: { requests: { cpu: '7' } },
      overhead: { cpu: '1' },
    }),
    false,
    '8',
  ],
  [
    'while it is resized, the most counts',
    pod({ containers: [container('1')] }, { containerStatuses: [resized] }),
    true,
    '3',
  ],
  [
    'without its status, what it wants counts',
    pod({ containers: [container('1')] }, { containerStatuses: [resized] }),
    false,
    '1',
  ],
  [
    'what it cannot get does not count',
    pod(
      { containers: [container('1', { resources: { requests: { cpu: '9' } } })] },
      {
        containerStatuses: [resized],
        conditions: [{ type: 'PodResizePending', status: 'True', reason: 'Infeasible' }],
      },
    ),
    true,
    '3',
  ],
]

for (const [title, object, withStatus, cpu] of cases) {
  test(title, () => assert.equal(podResources(object, 'requests', { withStatus })['cpu'], cpu))
}
