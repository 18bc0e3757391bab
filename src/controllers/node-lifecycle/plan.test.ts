import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Node, Taint } from '#api/core/v1.gen.ts'
import { evictionIntervalMs, taintsOf, zoneState } from './plan.ts'
import type { TaintPlan } from './plan.ts'

function node(conditions: string, taints: string, unschedulable = false): Node {
  return {
    metadata: { name: 'n', uid: 'n', resourceVersion: '1', creationTimestamp: '' },
    spec: {
      unschedulable,
      taints: taints
        .split(' ')
        .filter(Boolean)
        .map((text) => {
          const [key = '', effect = ''] = text.split(':')
          return { key: key.includes('/') ? key : `node.kubernetes.io/${key}`, effect }
        }),
    },
    status: {
      conditions: conditions.split(' ').map((text) => {
        const [type = '', status = ''] = text.split('=')
        return { type, status }
      }),
    },
  }
}

const show = (taints: readonly Taint[]) =>
  taints.map(({ key, effect }) => `${key.replace('node.kubernetes.io/', '')}:${effect}`).join(' ')

const cases: readonly {
  have: Node
  evict: TaintPlan['evict']
  taints: string
}[] = [
  { have: node('Ready=True', ''), evict: 'now', taints: '' },
  {
    have: node('Ready=True', 'not-ready:NoSchedule x/y:NoExecute'),
    evict: 'now',
    taints: 'x/y:NoExecute',
  },
  { have: node('Ready=False', ''), evict: 'not-yet', taints: 'not-ready:NoSchedule' },
  {
    have: node('Ready=False', ''),
    evict: 'now',
    taints: 'not-ready:NoSchedule not-ready:NoExecute',
  },
  {
    have: node('Ready=Unknown', 'not-ready:NoSchedule not-ready:NoExecute'),
    evict: 'now',
    taints: 'unreachable:NoSchedule unreachable:NoExecute',
  },
  {
    have: node('Ready=Unknown', 'unreachable:NoSchedule unreachable:NoExecute'),
    evict: 'not-yet',
    taints: 'unreachable:NoSchedule unreachable:NoExecute',
  },
  {
    have: node('Ready=Unknown', 'unreachable:NoSchedule unreachable:NoExecute'),
    evict: 'never',
    taints: 'unreachable:NoSchedule',
  },
  {
    have: node('Ready=True DiskPressure=True', ''),
    evict: 'now',
    taints: 'disk-pressure:NoSchedule',
  },
  { have: node('Ready=True', '', true), evict: 'now', taints: 'unschedulable:NoSchedule' },
]

for (const { have, evict, taints } of cases) {
  const conditions = have.status?.conditions?.map(({ type, status }) => `${type}=${status}`).join()
  test(`${conditions}, has [${show(have.spec.taints ?? [])}], evict ${evict}`, () => {
    assert.equal(show(taintsOf(have, { evict, now: 'now' })), taints)
  })
}

test('the same taints are the same array', () => {
  const have = node('Ready=False', 'not-ready:NoSchedule')
  assert.equal(taintsOf(have, { evict: 'not-yet', now: 'now' }), have.spec.taints)
})

const [up, down] = [node('Ready=True', ''), node('Ready=False', '')]
const zone = (ups: number, downs: number) => [
  ...Array.from({ length: ups }, () => up),
  ...Array.from({ length: downs }, () => down),
]
const zones = [
  { have: zone(3, 2), state: 'normal', intervalMs: 10_000 },
  { have: zone(2, 3), state: 'partial', intervalMs: undefined },
  { have: zone(20, 40), state: 'partial', intervalMs: 100_000 },
  { have: zone(0, 3), state: 'full', intervalMs: 10_000 },
]
for (const { have, state, intervalMs } of zones) {
  test(`${have.length} nodes are ${state}`, () => {
    assert.equal(zoneState(have), state)
    assert.equal(evictionIntervalMs(have, [zoneState(have), 'normal']), intervalMs)
  })
}

test('when all zones are down nothing is evicted', () => {
  assert.equal(evictionIntervalMs(zone(0, 3), ['full', 'full']), undefined)
})
