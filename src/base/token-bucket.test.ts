import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FakeClock } from '#testing/clock.ts'
import { TokenBucket } from './token-bucket.ts'

test('a bucket gives its burst, then one after the other', async () => {
  const clock = new FakeClock()
  const bucket = new TokenBucket({ qps: 2, burst: 3 }, clock)
  const taken = () => [1, 2, 3, 4].map(() => bucket.tryTake())
  assert.deepEqual(taken(), [true, true, true, false])
  await clock.advance(500)
  assert.deepEqual(taken(), [true, false, false, false])
  await clock.advance(60_000)
  assert.deepEqual(taken(), [true, true, true, false])
})

test('what is taken in advance has to be waited for', async () => {
  const clock = new FakeClock()
  const bucket = new TokenBucket({ qps: 4, burst: 1 }, clock)
  assert.deepEqual([bucket.take(), bucket.take(), bucket.take()], [0, 250, 500])
  await clock.advance(500)
  assert.equal(bucket.take(), 250)
})
