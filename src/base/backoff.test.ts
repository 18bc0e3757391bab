import assert from 'node:assert/strict'
import { test } from 'node:test'
import { backoffMs, jitter, KeyedBackoff } from './backoff.ts'

const options = { initialMs: 10, maxMs: 100, factor: 2 }

for (const [failures, ms] of [
  [0, 10],
  [1, 10],
  [2, 20],
  [4, 80],
  [5, 100],
  [2000, 100],
] as const) {
  test(`after ${failures} failures the wait is ${ms} ms`, () => {
    assert.equal(backoffMs(options, failures), ms)
  })
}

test('jitter adds up to the fraction', () => {
  assert.equal(
    jitter(100, 0.5, () => 0),
    100,
  )
  assert.equal(
    jitter(100, 0.5, () => 0.5),
    125,
  )
})

test('keys back off on their own and start afresh when forgotten', () => {
  const backoff = new KeyedBackoff(options)
  assert.deepEqual([backoff.nextMs('a'), backoff.nextMs('a'), backoff.nextMs('b')], [10, 20, 10])
  assert.equal(backoff.failures('a'), 2)
  backoff.forget('a')
  assert.deepEqual([backoff.failures('a'), backoff.nextMs('a')], [0, 10])
})
