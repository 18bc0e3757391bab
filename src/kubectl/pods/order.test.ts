import assert from 'node:assert/strict'
import test from 'node:test'
import { byActivity, byLogging } from './order.ts'
import type { Pod } from './pod.ts'

interface Draft {
  readonly node?: string
  readonly phase?: string
  readonly readyAt?: string
  readonly restarts?: number
  readonly created?: string
}

function pod(name: string, draft: Draft): Pod {
  const { node = 'n', phase = 'Running', readyAt, restarts = 0, created = '2026-01-01' } = draft
  const conditions =
    readyAt === undefined
      ? []
      : [{ type: 'Ready', status: 'True', lastTransitionTime: `${readyAt}T00:00:00Z` }]
  return {
    metadata: { name, creationTimestamp: `${created}T00:00:00Z` },
    spec: { nodeName: node },
    status: { phase, conditions, containerStatuses: [{ name: 'c', restartCount: restarts }] },
  }
}

const now = { readyAt: '2026-01-05' }

for (const { what, a, b, logs, attach } of [
  { what: 'a node', a: { node: '' }, b: {}, logs: 'b', attach: 'b' },
  { what: 'the phase', a: { phase: 'Pending' }, b: {}, logs: 'b', attach: 'b' },
  { what: 'readiness', a: {}, b: now, logs: 'b', attach: 'b' },
  { what: 'time', a: now, b: { readyAt: '2026-01-04' }, logs: 'b', attach: 'b' },
  { what: 'restarts', a: now, b: { ...now, restarts: 2 }, logs: 'b', attach: 'a' },
  { what: 'age', a: now, b: { ...now, created: '2025-01-01' }, logs: 'b', attach: 'b' },
  { what: 'nothing', a: now, b: now, logs: 'a', attach: 'a' },
] as const) {
  test(`${what} decides: logs of ${logs}, attach to ${attach}`, () => {
    const pods = [pod('a', a), pod('b', b)]
    assert.equal(pods.toSorted(byLogging)[0]?.metadata?.name, logs)
    assert.equal(pods.toSorted(byActivity)[0]?.metadata?.name, attach)
  })
}
