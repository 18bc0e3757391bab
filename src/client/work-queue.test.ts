import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FakeClock } from '#testing/clock.ts'
import { WorkQueue } from './work-queue.ts'

const timeout = 5_000

function make() {
  const clock = new FakeClock()
  return { clock, queue: new WorkQueue({ clock }) }
}

test('a key waits once, in the order of its first wish', { timeout }, async () => {
  const { queue } = make()
  for (const key of ['a', 'b', 'a']) queue.add(key)
  assert.equal(queue.length, 2)
  assert.deepEqual([await queue.take(), await queue.take()], ['a', 'b'])
})

test('a key in work is not given to another, and comes again afterwards', { timeout }, async () => {
  const { queue } = make()
  queue.add('a')
  assert.equal(await queue.take(), 'a')
  queue.add('a')
  assert.equal(queue.length, 0)
  const next = queue.take()
  queue.done('a')
  assert.equal(await next, 'a')
  queue.done('a')
  assert.ok(queue.idle)
})

test('backoff doubles from 5 ms to 1000 s, and starts again after forget', { timeout }, () => {
  const { queue } = make()
  const delays = Array.from({ length: 20 }, () => queue.addRateLimited('a'))
  assert.deepEqual(delays.slice(0, 4), [5, 10, 20, 40])
  assert.equal(delays.at(-1), 1_000_000)
  assert.equal(queue.failures('a'), 20)
  queue.forget('a')
  assert.equal(queue.addRateLimited('a'), 5)
})

test('of two delays the earlier counts', { timeout }, async () => {
  const { clock, queue } = make()
  queue.addAfter('a', 1000)
  queue.addAfter('a', 100)
  queue.addAfter('a', 500)
  await clock.advance(99)
  assert.equal(queue.length, 0)
  await clock.advance(1)
  assert.equal(await queue.take(), 'a')
  queue.done('a')
  await clock.advance(2000)
  assert.ok(queue.idle)
})

test('delays longer than a timer can be are kept', { timeout }, async () => {
  const { clock, queue } = make()
  queue.addAfter('a', 2 ** 31 + 1000)
  await clock.advance(2 ** 31)
  assert.equal(queue.length, 0)
  await clock.advance(1000)
  assert.equal(queue.length, 1)
})

test('closing wakes takers and drops what waits', { timeout }, async () => {
  const { clock, queue } = make()
  const taken = queue.take()
  queue.addAfter('later', 10)
  queue.close()
  assert.equal(await taken, undefined)
  queue.add('a')
  await clock.advance(20)
  assert.equal(await queue.take(), undefined)
})
