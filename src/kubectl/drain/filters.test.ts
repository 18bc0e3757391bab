import assert from 'node:assert/strict'
import { test } from 'node:test'
import { problemsOf, verdictOf, warningOf } from './filters.ts'
import type { DrainedPod, FilterOptions } from './filters.ts'

const plain: FilterOptions = {
  force: false,
  ignoresDaemonSets: false,
  deletesEmptyDirs: false,
  skipSeconds: 0,
  nowMs: Date.parse('2026-01-01T00:01:00Z'),
  daemonSetProblem: () => undefined,
}

function pod(kind: string | undefined, extra: Partial<DrainedPod> = {}): DrainedPod {
  const owner = { apiVersion: 'apps/v1', kind: kind ?? '', name: 'x', uid: 'u', controller: true }
  const ownerReferences = kind === undefined ? [] : [owner]
  return {
    ...extra,
    metadata: { namespace: 'shop', name: 'web', ownerReferences, ...extra.metadata },
  }
}

const local = { spec: { volumes: [{ emptyDir: {} }] } }
const missing = { isMissing: true, message: 'daemonsets.apps "x" not found' }
const noController = 'cannot delete Pods that declare no controller (use --force to override)'

for (const [what, drained, options, expected] of [
  ['of a replica set', pod('ReplicaSet'), {}, { type: 'goes' }],
  ['of nobody', pod(undefined), {}, { type: 'refused', problem: noController }],
  [
    'of nobody, by force',
    pod(undefined),
    { force: true },
    { type: 'goes', warning: 'deleting Pods that declare no controller' },
  ],
  ['of nobody, but done', pod(undefined, { status: { phase: 'Failed' } }), {}, { type: 'goes' }],
  [
    'of a daemon set',
    pod('DaemonSet'),
    {},
    { type: 'refused', problem: 'DaemonSet-managed Pods (use --ignore-daemonsets to ignore)' },
  ],
  [
    'of a daemon set that may be ignored',
    pod('DaemonSet'),
    { ignoresDaemonSets: true },
    { type: 'stays', warning: 'ignoring DaemonSet-managed Pods' },
  ],
  [
    'of a daemon set that is gone',
    pod('DaemonSet'),
    { daemonSetProblem: () => missing, ignoresDaemonSets: true },
    { type: 'refused', problem: missing.message },
  ],
  [
    'of a daemon set that is gone, by force: the last filter has the word',
    pod('DaemonSet'),
    { daemonSetProblem: () => missing, force: true },
    { type: 'goes' },
  ],
  [
    'with data',
    pod('ReplicaSet', local),
    {},
    {
      type: 'refused',
      problem: 'Pods with local storage (use --delete-emptydir-data to override)',
    },
  ],
  ['with data that may go', pod('ReplicaSet', local), { deletesEmptyDirs: true }, { type: 'goes' }],
  [
    'of a file on the node',
    pod(undefined, { metadata: { annotations: { 'kubernetes.io/config.mirror': 'x' } } }),
    {},
    { type: 'stays' },
  ],
  [
    'deleted long ago',
    pod(undefined, { metadata: { deletionTimestamp: '2026-01-01T00:00:00Z' } }),
    { skipSeconds: 59 },
    { type: 'stays' },
  ],
  [
    'deleted just now',
    pod('ReplicaSet', { metadata: { deletionTimestamp: '2026-01-01T00:00:00Z' } }),
    { skipSeconds: 60 },
    { type: 'goes' },
  ],
] as const) {
  test(`a pod ${what}`, () => {
    assert.deepEqual(verdictOf(drained, { ...plain, ...options }), expected)
  })
}

test('problems and warnings name their pods, each once', () => {
  const judged = [
    { pod: pod(undefined), verdict: { type: 'refused', problem: noController } },
    { pod: pod(undefined), verdict: { type: 'refused', problem: noController } },
    { pod: pod('DaemonSet'), verdict: { type: 'refused', problem: 'a gone' } },
    { pod: pod('DaemonSet'), verdict: { type: 'stays', warning: 'ignoring' } },
    { pod: pod('ReplicaSet'), verdict: { type: 'goes', warning: 'losing' } },
  ] as const
  assert.deepEqual(problemsOf(judged), [
    `${noController}: shop/web, shop/web`,
    'cannot delete a gone: shop/web',
  ])
  assert.equal(warningOf(judged), 'ignoring: shop/web; losing: shop/web')
})
