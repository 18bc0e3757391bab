import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Node, Pod } from '#api/core/v1.gen.ts'
import { ClusterState } from './cluster-state.ts'
import { Cycle } from './cycle.ts'
import { defaultPlugins } from './default-plugins.ts'
import { podInfo } from './pod-info.ts'
import { preempt } from './preemption.ts'

function node(name: string, taints: Node['spec']['taints'] = []): Node {
  return {
    metadata: { name, uid: name, resourceVersion: '1', creationTimestamp: '' },
    spec: { taints },
    status: { allocatable: { cpu: '2', memory: '8Gi', pods: '10' } },
  }
}

function pod(name: string, priority: number, cpu: string, more: Partial<Pod['spec']> = {}): Pod {
  return {
    metadata: {
      name,
      namespace: 'default',
      uid: name,
      resourceVersion: '1',
      creationTimestamp: '',
    },
    spec: {
      priority,
      containers: [{ name: 'c', image: 'x', resources: { requests: { cpu } } }],
      ...more,
    },
  }
}

const noClaims = 'no new claims to deallocate, '

const cases: readonly {
  says: string
  nodes: readonly Node[]
  running: Record<string, Pod[]>
  pod: Pod
  expect: string
}[] = [
  {
    says: 'the lesser pod goes',
    nodes: [node('a')],
    running: { a: [pod('low', 1, '1500m')] },
    pod: pod('p', 10, '1'),
    expect: 'a: low',
  },
  {
    says: 'only whom it must',
    nodes: [node('a')],
    running: { a: [pod('one', 1, '1'), pod('two', 2, '1')] },
    pod: pod('p', 10, '1'),
    expect: 'a: one',
  },
  {
    says: 'the node whose victims matter least',
    nodes: [node('a'), node('b')],
    running: { a: [pod('five', 5, '2')], b: [pod('three', 3, '2')] },
    pod: pod('p', 10, '1'),
    expect: 'b: three',
  },
  {
    says: 'equals stay',
    nodes: [node('a')],
    running: { a: [pod('equal', 10, '2')] },
    pod: pod('p', 10, '1'),
    expect: `${noClaims}preemption: 0/1 nodes are available: 1 No preemption victims found for incoming pod.`,
  },
  {
    says: 'a taint cannot be preempted',
    nodes: [node('a', [{ key: 'k', effect: 'NoSchedule' }])],
    running: {},
    pod: pod('p', 10, '1'),
    expect: `${noClaims}preemption: 0/1 nodes are available: 1 Preemption is not helpful for scheduling.`,
  },
  {
    says: 'a polite pod',
    nodes: [node('a')],
    running: { a: [pod('low', 1, '2')] },
    pod: pod('p', 10, '1', { preemptionPolicy: 'Never' }),
    expect: `${noClaims}preemption: not eligible due to preemptionPolicy=Never.`,
  },
]

for (const { says, nodes, running, pod: wanted, expect } of cases) {
  test(`${says} → ${expect}`, () => {
    const state = new ClusterState()
    for (const each of nodes) state.setNode(each)
    for (const [name, pods] of Object.entries(running)) {
      for (const each of pods) state.setPod({ ...each, spec: { ...each.spec, nodeName: name } })
    }
    const cycle = new Cycle(defaultPlugins, () => 0.5)
    const info = podInfo(wanted)
    const before = state.nodes.map(({ name, pods }) => [name, [...pods.keys()].sort()])
    const choice = cycle.choose(info, state)
    assert.equal(choice.type, 'none')
    if (choice.type !== 'none') return
    const found = preempt({ pod: info, state, cycle, diagnosis: choice.diagnosis, budgets: [] })
    const answer =
      found.type === 'none'
        ? found.message
        : `${found.node.name}: ${found.victims.map(({ pod: { metadata } }) => metadata.name).join()}`
    assert.equal(answer, expect)
    assert.deepEqual(
      state.nodes.map(({ name, pods }) => [name, [...pods.keys()].sort()]),
      before,
      'trying out changes nothing',
    )
  })
}

test('room for a nominated pod is kept from lesser ones', () => {
  const state = new ClusterState()
  state.setNode(node('a'))
  state.nominate(podInfo(pod('vip', 10, '2')), 'a')
  const cycle = new Cycle(defaultPlugins, () => 0.5)
  assert.equal(cycle.choose(podInfo(pod('lesser', 1, '1')), state).type, 'none')
  assert.equal(cycle.choose(podInfo(pod('greater', 11, '1')), state).type, 'node')
  state.denominate('vip')
  assert.equal(cycle.choose(podInfo(pod('lesser', 1, '1')), state).type, 'node')
})
