import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Pod } from '#api/core/v1.gen.ts'
import { deletionCostAnnotation, inDeletionOrder } from './ranking.ts'

const nowMs = Date.UTC(2030, 0, 2)
const ago = (seconds: number) => new Date(nowMs - seconds * 1000).toISOString()

interface Traits {
  node?: string
  phase?: string
  readySeconds?: number
  cost?: string
  restarts?: number
  ageSeconds?: number
}

function pod(name: string, traits: Traits): Pod {
  const {
    node = 'n1',
    phase = 'Running',
    readySeconds,
    cost,
    restarts = 0,
    ageSeconds = 60,
  } = traits
  return {
    metadata: {
      name,
      uid: name,
      resourceVersion: '1',
      creationTimestamp: ago(ageSeconds),
      ...(cost === undefined ? {} : { annotations: { [deletionCostAnnotation]: cost } }),
    },
    spec: { nodeName: node, containers: [] },
    status: {
      phase,
      conditions: [
        readySeconds === undefined
          ? { type: 'Ready', status: 'False' }
          : { type: 'Ready', status: 'True', lastTransitionTime: ago(readySeconds) },
      ],
      containerStatuses: [
        { name: 'c', image: '', imageID: '', ready: true, restartCount: restarts },
      ],
    },
  }
}

const cases: readonly [title: string, first: Traits, second: Traits][] = [
  ['unassigned before assigned', { node: '' }, {}],
  ['pending before running', { phase: 'Pending' }, {}],
  ['not ready before ready', {}, { readySeconds: 5 }],
  ['cheap before dear', { cost: '-5' }, { cost: '3' }],
  ['an invalid cost is none', { cost: '+1', restarts: 1 }, {}],
  ['crowded node before empty one', { node: 'n2' }, { node: 'n1' }],
  ['ready for less time first', { readySeconds: 5 }, { readySeconds: 500 }],
  ['more restarts first', { restarts: 3 }, { restarts: 1 }],
  ['younger first', { ageSeconds: 10 }, { ageSeconds: 1000 }],
]

for (const [title, first, second] of cases) {
  test(title, () => {
    const onNode = new Map([
      ['n1', 1],
      ['n2', 3],
    ])
    const pods = [pod('b', second), pod('a', first)]
    const names = (list: readonly Pod[]) => list.map(({ metadata }) => metadata.name).join()
    assert.equal(names(inDeletionOrder(pods, { onNode, nowMs })), 'a,b')
    assert.equal(names(inDeletionOrder(pods.toReversed(), { onNode, nowMs })), 'a,b')
  })
}
