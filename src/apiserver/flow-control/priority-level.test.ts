import assert from 'node:assert/strict'
import test from 'node:test'
import type { PriorityLevelConfiguration } from '#api/flowcontrol/v1.gen.ts'
import { PriorityLevel } from './priority-level.ts'
import type { FlowQueue, Waiter } from './priority-level.ts'

interface Waiting extends Waiter {
  outcome: string
  queue: FlowQueue | undefined
}

function level(
  seats: number,
  limitResponse: NonNullable<PriorityLevelConfiguration['spec']['limited']>['limitResponse'],
): PriorityLevel {
  const made = new PriorityLevel('test', 0)
  const spec = { type: 'Limited', limited: { ...(limitResponse && { limitResponse }) } }
  made.configure({ metadata: { name: 'test' }, spec } as PriorityLevelConfiguration)
  made.seats = seats
  return made
}

function waiter(hash: number, sinceMs = 0): Waiting {
  const made: Waiting = {
    hash: BigInt(hash),
    sinceMs,
    outcome: 'waits',
    queue: undefined,
    seat(queue) {
      made.outcome = 'seated'
      made.queue = queue
    },
    refuse(reason) {
      made.outcome = reason
    },
  }
  return made
}

const queues = (count: number, queueLengthLimit = 50) =>
  ({ type: 'Queue', queuing: { queues: count, handSize: 1, queueLengthLimit } }) as const

test('seats are given while there are some; a level without queues refuses then', () => {
  const one = level(2, { type: 'Reject' })
  assert.deepEqual([one.tryEnter(0), one.tryEnter(0), one.tryEnter(0)], [true, true, false])
  const late = waiter(0)
  one.wait(late)
  assert.equal(late.outcome, 'concurrency-limit')
  one.leave(1, 1)
  assert.equal(one.tryEnter(1), true)
})

test('who waits is seated when a seat is free, before any newcomer', () => {
  const one = level(1, queues(1))
  one.tryEnter(0)
  const [first, second] = [waiter(0), waiter(0)]
  one.wait(first)
  one.wait(second)
  one.leave(1, 1)
  assert.deepEqual([first.outcome, second.outcome], ['seated', 'waits'])
  assert.equal(one.tryEnter(1), false)
  one.leave(1, 2, first.queue)
  assert.equal(second.outcome, 'seated')
  one.leave(1, 3, second.queue)
  assert.deepEqual([one.executing, one.waiting, one.dispatched], [0, 0, 3])
})

test('a full queue refuses', () => {
  const one = level(1, queues(1, 2))
  one.tryEnter(0)
  const all = [waiter(0), waiter(0), waiter(0)]
  for (const each of all) one.wait(each)
  assert.deepEqual(
    all.map(({ outcome }) => outcome),
    ['waits', 'waits', 'queue-full'],
  )
  assert.equal(one.refused.get('queue-full'), 1)
})

test('a flow of many requests does not keep another from its turn', () => {
  const one = level(1, queues(2))
  one.tryEnter(0)
  const many = Array.from({ length: 10 }, () => waiter(0))
  for (const each of many) one.wait(each)
  const few = waiter(1)
  one.wait(few)
  one.leave(1, 1)
  const seated = many.find(({ outcome }) => outcome === 'seated')
  one.leave(1, 2, seated?.queue)
  assert.equal(few.outcome, 'seated')
})

test('slow requests count for more than quick ones', () => {
  const one = level(1, queues(2))
  one.tryEnter(0)
  const slow = Array.from({ length: 20 }, () => waiter(0))
  const quick = Array.from({ length: 20 }, () => waiter(1))
  for (const each of [...slow, ...quick]) one.wait(each)
  one.leave(1, 0)
  for (let nowMs = 0; nowMs < 200;) {
    const found = [...slow, ...quick].find(({ outcome }) => outcome === 'seated')
    if (found === undefined) break
    const tookMs = slow.includes(found) ? 50 : 5
    nowMs += tookMs
    found.outcome = 'done'
    one.leave(tookMs, nowMs, found.queue)
  }
  const done = (all: readonly Waiting[]) => all.filter(({ outcome }) => outcome !== 'waits').length
  assert.ok(done(quick) > 3 * done(slow), `${done(quick)} quick, ${done(slow)} slow`)
})

test('who has waited too long, or is gone, leaves the line', () => {
  const one = level(1, queues(1))
  one.tryEnter(0)
  const [old, young] = [waiter(0, 0), waiter(0, 100)]
  one.wait(old)
  one.wait(young)
  for (const each of one.waitingSince(50)) one.remove(each, 'time-out')
  assert.deepEqual([old.outcome, young.outcome], ['time-out', 'waits'])
  assert.equal(one.waiting, 1)
})

test('a change of the queues keeps who waits', () => {
  const one = level(1, queues(4))
  one.tryEnter(0)
  const all = [waiter(0), waiter(1), waiter(2)]
  for (const each of all) one.wait(each)
  const limited = { limitResponse: queues(2) }
  one.configure({
    metadata: { name: 'test' },
    spec: { type: 'Limited', limited },
  } as PriorityLevelConfiguration)
  assert.equal(one.waiting, 3)
  one.seats = 5
  one.dispatch(1)
  assert.ok(all.every(({ outcome }) => outcome === 'seated'))
})
