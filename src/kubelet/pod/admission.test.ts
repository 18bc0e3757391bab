import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Pod, PodSpec } from '#api/core/v1.gen.ts'
import { rejection } from './admission.ts'
import type { AdmissionInput } from './admission.ts'

const metadata = {
  name: 'web',
  namespace: 'ns',
  uid: 'u1',
  resourceVersion: '1',
  creationTimestamp: '',
}

function podOf(cpu: string | undefined, spec: Partial<PodSpec> = {}): Pod {
  const resources = cpu === undefined ? {} : { requests: { cpu } }
  return { metadata, spec: { containers: [{ name: 'c', resources }], ...spec } }
}

function inputOf(pod: Pod, extra: Partial<AdmissionInput> = {}): AdmissionInput {
  return {
    pod,
    others: [],
    node: { metadata: { ...metadata, name: 'n1', labels: { disk: 'ssd' } }, spec: {} },
    allocatable: { cpu: '2', memory: '1Gi', pods: '2' },
    memoryPressure: false,
    diskPressure: false,
    abilities: { supplementalGroupsPolicy: false },
    ...extra,
  }
}

const cases = [
  ['fits', inputOf(podOf('1')), undefined, undefined],
  [
    'too large',
    inputOf(podOf('500m'), { others: [podOf('1800m')] }),
    'OutOfcpu',
    "Pod was rejected: Node didn't have enough resource: cpu, requested: 500, used: 1800, capacity: 2000",
  ],
  [
    'one pod too many',
    inputOf(podOf(undefined), { others: [podOf(undefined), podOf(undefined)] }),
    'OutOfpods',
    "Pod was rejected: Node didn't have enough resource: pods, requested: 1, used: 2, capacity: 2",
  ],
  [
    'another node is meant',
    inputOf(podOf('1', { nodeSelector: { disk: 'hdd' } })),
    'NodeAffinity',
    "Pod was rejected: Predicate NodeAffinity failed: node(s) didn't match Pod's node affinity/selector",
  ],
  [
    'the node is meant',
    inputOf(podOf('1', { nodeSelector: { disk: 'ssd' } })),
    undefined,
    undefined,
  ],
  [
    'best effort under memory pressure',
    inputOf(podOf(undefined), { memoryPressure: true }),
    'Evicted',
    'Pod was rejected: The node had condition: [MemoryPressure]. ',
  ],
  [
    'requests under memory pressure',
    inputOf(podOf('1'), { memoryPressure: true }),
    undefined,
    undefined,
  ],
  [
    'anything under disk pressure',
    inputOf(podOf('1'), { diskPressure: true }),
    'Evicted',
    'Pod was rejected: The node had condition: [DiskPressure]. ',
  ],
  [
    'critical under disk pressure',
    inputOf(podOf('1', { priority: 2_000_001_000 }), { diskPressure: true }),
    undefined,
    undefined,
  ],
  [
    'another system',
    inputOf(podOf('1', { os: { name: 'windows' } })),
    'PodOSNotSupported',
    "Pod was rejected: Failed to admit pod as the OS field doesn't match node OS",
  ],
  [
    'what nobody here can do',
    inputOf(podOf('1', { hostUsers: false })),
    'UnexpectedAdmissionError',
    'Pod was rejected: hostUsers: false (user namespaces) is not supported by this node',
  ],
] as const

for (const [title, input, reason, message] of cases) {
  test(`${title}: ${reason ?? 'admitted'}`, () => {
    const verdict = rejection(input)
    assert.equal(verdict?.reason, reason)
    assert.equal(verdict?.message, message)
  })
}
