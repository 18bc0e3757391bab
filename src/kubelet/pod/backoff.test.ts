import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FakeClock } from '#testing/clock.ts'
import { Backoff, goMilliseconds, goSeconds } from './backoff.ts'

const limits = { initialMs: 10_000, maxMs: 300_000 }

test('rests double up to their maximum, counted from the event', async () => {
  const clock = new FakeClock()
  const backoff = new Backoff(clock, limits)
  assert.equal(backoff.rest('k', clock.nowMs()), undefined)
  for (const delayMs of [10_000, 20_000, 40_000, 80_000, 160_000, 300_000, 300_000]) {
    backoff.failed('k', clock.nowMs())
    assert.deepEqual(backoff.rest('k', clock.nowMs()), { delayMs, remainingMs: delayMs })
    await clock.advance(delayMs - 1)
    assert.equal(backoff.rest('k', clock.nowMs() - delayMs + 1)?.remainingMs, 1)
    await clock.advance(1)
    assert.equal(backoff.rest('k', clock.nowMs() - delayMs), undefined)
  }
})

test('ten quiet minutes forget', async () => {
  const clock = new FakeClock()
  const backoff = new Backoff(clock, limits)
  backoff.failed('k', clock.nowMs())
  backoff.failed('k', clock.nowMs())
  await clock.advance(600_001)
  assert.equal(backoff.rest('k', clock.nowMs()), undefined)
  backoff.failed('k', clock.nowMs())
  assert.equal(backoff.restSinceFailure('k')?.delayMs, 10_000)
})

test('all keys of a pod are forgotten together', () => {
  const clock = new FakeClock()
  const backoff = new Backoff(clock, limits)
  for (const key of ['u1_a', 'u1_b', 'u2_a']) backoff.failed(key, clock.nowMs())
  backoff.forgetPrefix('u1_')
  assert.deepEqual(
    ['u1_a', 'u1_b', 'u2_a'].map((key) => backoff.restSinceFailure(key) !== undefined),
    [false, false, true],
  )
})

for (const [ms, text] of [
  [10_000, '10s'],
  [80_000, '1m20s'],
  [300_000, '5m0s'],
  [3_600_000, '1h0m0s'],
] as const) {
  test(`${ms} ms are ${text}`, () => assert.equal(goSeconds(ms), text))
}

for (const [ms, text] of [
  [0.4, '0s'],
  [345.6, '345ms'],
  [1200, '1.2s'],
  [61_001, '1m1.001s'],
] as const) {
  test(`${ms} ms are precisely ${text}`, () => assert.equal(goMilliseconds(ms), text))
}
