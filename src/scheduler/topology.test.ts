import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Node, Pod } from '#api/core/v1.gen.ts'
import { ClusterState } from './cluster-state.ts'
import { Cycle, describe } from './cycle.ts'
import { defaultPlugins } from './default-plugins.ts'
import { podInfo } from './pod-info.ts'

let serial = 0

function node(name: string, zone: string): Node {
  return {
    metadata: {
      name,
      uid: name,
      resourceVersion: '1',
      creationTimestamp: '',
      labels: { zone, host: name },
    },
    spec: {},
    status: { allocatable: { cpu: '4', memory: '8Gi', pods: '10' } },
  }
}

function pod(app: string, spec: Partial<Pod['spec']> = {}): Pod {
  const name = `${app}-${serial++}`
  return {
    metadata: {
      name,
      namespace: 'default',
      uid: name,
      resourceVersion: '1',
      creationTimestamp: '',
      labels: { app },
    },
    spec: { containers: [{ name: 'c', image: 'x' }], ...spec },
  }
}

const term = (app: string, topologyKey: string) => ({
  topologyKey,
  labelSelector: { matchLabels: { app } },
})
const near = (app: string, key: string): Partial<Pod['spec']> => ({
  affinity: { podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [term(app, key)] } },
})
const far = (app: string, key: string): Partial<Pod['spec']> => ({
  affinity: {
    podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [term(app, key)] },
  },
})
const spread = (app: string, key: string, whenUnsatisfiable: string): Partial<Pod['spec']> => ({
  topologySpreadConstraints: [
    { maxSkew: 1, topologyKey: key, whenUnsatisfiable, labelSelector: { matchLabels: { app } } },
  ],
})

const nodes = [node('a', 'z1'), node('b', 'z1'), node('c', 'z2')]

const cases: readonly {
  says: string
  running: Record<string, Pod[]>
  pod: Pod
  expect: string | RegExp
}[] = [
  {
    says: 'near db by host',
    running: { b: [pod('db')] },
    pod: pod('web', near('db', 'host')),
    expect: 'b',
  },
  {
    says: 'near nothing',
    running: {},
    pod: pod('web', near('db', 'host')),
    expect: "0/3 nodes are available: 3 node(s) didn't match pod affinity rules.",
  },
  {
    says: 'the first of its group',
    running: {},
    pod: pod('web', near('web', 'zone')),
    expect: /^[abc]$/,
  },
  {
    says: 'far from db by zone',
    running: { a: [pod('db')] },
    pod: pod('web', far('db', 'zone')),
    expect: 'c',
  },
  {
    says: 'far from db everywhere',
    running: { a: [pod('db')], c: [pod('db')] },
    pod: pod('web', far('db', 'zone')),
    expect: "0/3 nodes are available: 3 node(s) didn't match pod anti-affinity rules.",
  },
  {
    says: 'unwelcome where db is',
    running: { a: [pod('db', far('web', 'zone'))] },
    pod: pod('web'),
    expect: 'c',
  },
  {
    says: 'unwelcome everywhere',
    running: { a: [pod('db', far('web', 'zone'))], c: [pod('db', far('web', 'zone'))] },
    pod: pod('web'),
    expect: "0/3 nodes are available: 3 node(s) didn't satisfy existing pods anti-affinity rules.",
  },
  {
    says: 'spread over zones',
    running: { a: [pod('web')] },
    pod: pod('web', spread('web', 'zone', 'DoNotSchedule')),
    expect: 'c',
  },
  {
    says: 'spread over a label that no node has',
    running: {},
    pod: pod('web', spread('web', 'rack', 'DoNotSchedule')),
    expect:
      "0/3 nodes are available: 3 node(s) didn't match pod topology spread constraints (missing required label).",
  },
  {
    says: 'softly spread over hosts',
    running: { a: [pod('web')], b: [pod('web')] },
    pod: pod('web', spread('web', 'host', 'ScheduleAnyway')),
    expect: 'c',
  },
]

for (const { says, running, pod: wanted, expect } of cases) {
  test(`${says} → ${String(expect)}`, () => {
    const state = new ClusterState()
    for (const each of nodes) state.setNode(each)
    for (const [name, pods] of Object.entries(running)) {
      for (const each of pods) state.setPod({ ...each, spec: { ...each.spec, nodeName: name } })
    }
    const choice = new Cycle(defaultPlugins, () => 0.5).choose(podInfo(wanted), state)
    const answer = choice.type === 'node' ? choice.node.name : describe(choice.diagnosis, '')
    if (typeof expect === 'string') assert.equal(answer, expect)
    else assert.match(answer, expect)
  })
}
