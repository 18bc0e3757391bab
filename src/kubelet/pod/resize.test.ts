import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Pod, ResourceRequirements } from '#api/core/v1.gen.ts'
import type { RuntimeContainer } from '#kubelet/runtime/pod-runtime.ts'
import { reportedAllocation, resizeConditions, resizeProblem, withAllocation } from './resize.ts'

function podOf(resources: ResourceRequirements): Pod {
  return {
    metadata: {
      name: 'web',
      namespace: 'ns',
      uid: 'u',
      resourceVersion: '1',
      creationTimestamp: '',
    },
    spec: { containers: [{ name: 'c', resources }] },
  }
}

const cpu = (amount: string): ResourceRequirements => ({ requests: { cpu: amount } })
const allocatable = { cpu: '2', memory: '1Gi' }

const cases = [
  ['1', ['500m'], undefined],
  ['3', [], "Infeasible: Node didn't have enough capacity: cpu, requested: 3000, capacity: 2000"],
  [
    '1500m',
    ['400m', '300m'],
    "Deferred: Node didn't have enough resource: cpu, requested: 1500, used: 700, capacity: 2000",
  ],
] as const

for (const [wanted, others, expected] of cases) {
  test(`${wanted} beside ${others.join()} → ${expected ?? 'fits'}`, () => {
    const problem = resizeProblem(
      podOf(cpu(wanted)),
      others.map((each) => podOf(cpu(each))),
      allocatable,
    )
    assert.equal(problem && `${problem.reason}: ${problem.message}`, expected)
  })
}

test('what was given before is known from the status', () => {
  const pod: Pod = {
    ...podOf(cpu('2')),
    status: {
      containerStatuses: [
        {
          name: 'c',
          image: '',
          imageID: '',
          ready: true,
          restartCount: 0,
          state: { running: {} },
          resources: cpu('1'),
        },
      ],
    },
  }
  const given = withAllocation(pod, reportedAllocation(pod))
  assert.deepEqual(given.spec.containers[0]?.resources, cpu('1'))
  assert.deepEqual(pod.spec.containers[0]?.resources, cpu('2'))
})

test('conditions tell what a resize waits for', () => {
  const present = { name: 'c', limits: { cpuShares: 2 } } as RuntimeContainer
  const pending = { reason: 'Deferred', message: 'later' } as const
  const types = (problems: object): string[] =>
    resizeConditions(podOf(cpu('1')), [present], problems).map(
      ({ type, reason = '', message = '' }) => `${type} ${reason} ${message}`.trim(),
    )
  assert.deepEqual(types({}), ['PodResizeInProgress'])
  assert.deepEqual(types({ pending, error: 'no' }), [
    'PodResizePending Deferred later',
    'PodResizeInProgress Error no',
  ])
  assert.deepEqual(resizeConditions(podOf({}), [present], {}), [])
})
