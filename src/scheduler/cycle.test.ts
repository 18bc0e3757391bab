import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Node, Pod } from '#api/core/v1.gen.ts'
import { ClusterState } from './cluster-state.ts'
import { Cycle, describe, feasibleWanted } from './cycle.ts'
import { defaultPlugins } from './default-plugins.ts'
import { podInfo } from './pod-info.ts'

let serial = 0
const meta = (name: string) => ({
  name,
  namespace: 'default',
  uid: `uid-${serial++}`,
  resourceVersion: '1',
  creationTimestamp: '2026-01-01T00:00:00Z',
})

function node(
  name: string,
  change: Partial<Node['spec']> & {
    labels?: Record<string, string>
    cpu?: string
    images?: string[]
  } = {},
): Node {
  const { labels, cpu = '4', images = [], ...spec } = change
  return {
    metadata: { ...meta(name), labels: { 'kubernetes.io/hostname': name, ...labels } },
    spec,
    status: {
      allocatable: { cpu, memory: '8Gi', pods: '3' },
      images: images.map((image) => ({ names: [image], sizeBytes: 500 << 20 })),
    },
  }
}

function pod(name: string, spec: Partial<Pod['spec']> & { cpu?: string } = {}): Pod {
  const { cpu, ...rest } = spec
  const resources = cpu === undefined ? {} : { requests: { cpu } }
  return {
    metadata: meta(name),
    spec: { containers: [{ name: 'c', image: 'nginx', resources }], ...rest },
  }
}

const tainted = node('b', { taints: [{ key: 'k', value: 'v', effect: 'NoSchedule' }] })

const cases: readonly {
  says: string
  nodes: readonly Node[]
  running?: Record<string, Pod[]>
  pod: Pod
  expect: string
}[] = [
  { says: 'no nodes', nodes: [], pod: pod('p'), expect: 'no nodes available to schedule pods' },
  {
    says: 'too much cpu',
    nodes: [node('a')],
    pod: pod('p', { cpu: '5' }),
    expect: '0/1 nodes are available: 1 Insufficient cpu.',
  },
  {
    says: 'full by count',
    nodes: [node('a')],
    running: { a: [pod('1'), pod('2'), pod('3')] },
    pod: pod('p'),
    expect: '0/1 nodes are available: 1 Too many pods.',
  },
  {
    says: 'taken cpu counts',
    nodes: [node('a')],
    running: { a: [pod('1', { cpu: '3500m' })] },
    pod: pod('p', { cpu: '600m' }),
    expect: '0/1 nodes are available: 1 Insufficient cpu.',
  },
  {
    says: 'an untolerated taint',
    nodes: [tainted],
    pod: pod('p'),
    expect: '0/1 nodes are available: 1 node(s) had untolerated taint(s).',
  },
  {
    says: 'a tolerated taint',
    nodes: [tainted],
    pod: pod('p', { tolerations: [{ key: 'k', operator: 'Exists' }] }),
    expect: 'b',
  },
  {
    says: 'cordoned',
    nodes: [node('a', { unschedulable: true })],
    pod: pod('p'),
    expect: '0/1 nodes are available: 1 node(s) were unschedulable.',
  },
  {
    says: 'nodeSelector',
    nodes: [node('a'), node('b', { labels: { disk: 'ssd' } })],
    pod: pod('p', { nodeSelector: { disk: 'ssd' } }),
    expect: 'b',
  },
  {
    says: 'selector that no node has',
    nodes: [node('a'), node('b')],
    pod: pod('p', { nodeSelector: { disk: 'ssd' } }),
    expect: "0/2 nodes are available: 2 node(s) didn't match Pod's node affinity/selector.",
  },
  {
    says: 'reasons are counted and sorted',
    nodes: [node('a', { unschedulable: true }), node('c', { cpu: '1' }), node('d', { cpu: '1' })],
    pod: pod('p', { cpu: '2' }),
    expect: '0/3 nodes are available: 1 node(s) were unschedulable, 2 Insufficient cpu.',
  },
  {
    says: 'host ports collide',
    nodes: [node('a')],
    running: {
      a: [
        pod('1', {
          containers: [{ name: 'c', image: 'x', ports: [{ containerPort: 80, hostPort: 80 }] }],
        }),
      ],
    },
    pod: pod('p', {
      containers: [{ name: 'c', image: 'x', ports: [{ containerPort: 80, hostPort: 80 }] }],
    }),
    expect:
      "0/1 nodes are available: 1 node(s) didn't have free ports for the requested pod ports.",
  },
  {
    says: 'the emptier node',
    nodes: [node('a'), node('b')],
    running: { a: [pod('1', { cpu: '2' })] },
    pod: pod('p', { cpu: '1' }),
    expect: 'b',
  },
  {
    says: 'the node with the image',
    nodes: [node('a'), node('b', { images: ['nginx:latest'] })],
    pod: pod('p'),
    expect: 'b',
  },
  {
    says: 'preferred affinity',
    nodes: [node('a'), node('b', { labels: { zone: 'z' } })],
    pod: pod('p', {
      affinity: {
        nodeAffinity: {
          preferredDuringSchedulingIgnoredDuringExecution: [
            {
              weight: 10,
              preference: { matchExpressions: [{ key: 'zone', operator: 'In', values: ['z'] }] },
            },
          ],
        },
      },
    }),
    expect: 'b',
  },
]

for (const { says, nodes, running = {}, pod: wanted, expect } of cases) {
  test(`${says} → ${expect}`, () => {
    const state = new ClusterState()
    for (const each of nodes) state.setNode(each)
    for (const [name, pods] of Object.entries(running)) {
      for (const each of pods) state.setPod({ ...each, spec: { ...each.spec, nodeName: name } })
    }
    const choice = new Cycle(defaultPlugins, () => 0.5).choose(podInfo(wanted), state)
    assert.equal(choice.type === 'node' ? choice.node.name : describe(choice.diagnosis, ''), expect)
  })
}

test('assumed pods count until they are forgotten', () => {
  const state = new ClusterState()
  state.setNode(node('a'))
  const first = podInfo(pod('1', { cpu: '3' }))
  const second = podInfo(pod('2', { cpu: '3' }))
  const cycle = new Cycle(defaultPlugins, () => 0.5)
  state.assume(first, 'a', 10)
  assert.equal(cycle.choose(second, state).type, 'none')
  assert.deepEqual(state.forgetExpired(9), [])
  assert.equal(state.forgetExpired(10).length, 1)
  assert.equal(cycle.choose(second, state).type, 'node')
})

for (const [nodes, wanted] of [
  [1, 1],
  [100, 100],
  [1000, 420],
  [5000, 500],
  [20_000, 1000],
] as const) {
  test(`of ${nodes} nodes ${wanted} good ones are enough`, () => {
    assert.equal(feasibleWanted(nodes), wanted)
  })
}
