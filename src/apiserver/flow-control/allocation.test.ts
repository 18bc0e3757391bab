import assert from 'node:assert/strict'
import test from 'node:test'
import { bootstrapLevels } from '#resources/flow-control/bootstrap.ts'
import { allocate, boundsOf } from './allocation.ts'
import { SeatDemand } from './seat-demand.ts'
import { deal, flowHash } from './shuffle-sharding.ts'

test('the seats of the bootstrap levels of 600, as upstream computes them', () => {
  const bounds = boundsOf(new Map(Object.entries(bootstrapLevels)), 600)
  assert.deepEqual(
    Object.fromEntries([...bounds].map(([name, { nominal, lower }]) => [name, [nominal, lower]])),
    {
      exempt: [0, 0],
      'catch-all': [13, 13],
      system: [74, 50],
      'node-high': [98, 73],
      'leader-election': [25, 25],
      'workload-high': [98, 49],
      'workload-low': [245, 24],
      'global-default': [49, 24],
    },
  )
})

const idle = { high: 0, smooth: 0 }

test('a level in need borrows what others lend, not what they keep', () => {
  const busy = { nominal: 50, lower: 40, upper: 1000, high: 500, smooth: 500 }
  const quiet = { nominal: 50, lower: 10, upper: 1000, ...idle }
  const [busySeats = 0, quietSeats = 0] = allocate([busy, quiet], 100)
  assert.equal(busySeats + quietSeats, 100)
  assert.ok(busySeats > 85 && quietSeats >= 10, `${busySeats}, ${quietSeats}`)
})

test('nobody borrows more than they may', () => {
  const busy = { nominal: 50, lower: 40, upper: 60, high: 500, smooth: 500 }
  const quiet = { nominal: 50, lower: 10, upper: 1000, ...idle }
  const [busySeats = 0] = allocate([busy, quiet], 100)
  assert.equal(busySeats, 60)
})

test('who is in need gets at least what is theirs', () => {
  const both = { nominal: 50, lower: 10, upper: 1000, high: 200, smooth: 200 }
  assert.deepEqual(allocate([both, both], 100), [50, 50])
})

test('demand is weighted by time', () => {
  const demand = new SeatDemand(0)
  demand.set(10, 0)
  demand.set(0, 100)
  assert.deepEqual(demand.take(400), { high: 10, average: 2.5, deviation: Math.sqrt(25 - 6.25) })
  assert.deepEqual(demand.take(500), { high: 0, average: 0, deviation: 0 })
})

test('a hand has distinct cards of the deck, the same for the same flow', () => {
  for (let i = 0; i < 500; i++) {
    const hash = flowHash('schema', `user-${i}`)
    const hand = deal(hash, 16, 6)
    assert.equal(new Set(hand).size, 6)
    assert.ok(hand.every((card) => card >= 0 && card < 16))
    assert.deepEqual(hand, deal(flowHash('schema', `user-${i}`), 16, 6))
  }
})

test('hands are spread evenly', () => {
  const counts = Array.from({ length: 8 }, () => 0)
  for (let i = 0; i < 4000; i++) {
    for (const card of deal(flowHash('s', String(i)), 8, 2)) counts[card] = (counts[card] ?? 0) + 1
  }
  for (const count of counts) assert.ok(count > 850 && count < 1150, String(count))
})
