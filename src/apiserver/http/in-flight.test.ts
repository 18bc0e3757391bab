import assert from 'node:assert/strict'
import test from 'node:test'
import { FakeClock } from '#testing/clock.ts'
import { InFlight } from './in-flight.ts'

test('more reads than there may be are sent away, writes are counted apart', () => {
  const inFlight = new InFlight(new FakeClock(), { reads: 4, writes: 2 })
  for (let i = 0; i < 4; i++) inFlight.enter(true)
  assert.throws(() => inFlight.enter(true), {
    name: 'BusyError',
    message: 'Too many requests, please try again later.',
  })
  inFlight.enter(false)
  inFlight.leave(true)
  inFlight.enter(true)
  assert.equal(inFlight.reads, 4)
  assert.equal(inFlight.writes, 1)
})

test('a request that takes too long expires, one that is done does not', async () => {
  const clock = new FakeClock()
  const inFlight = new InFlight(clock, { reads: 4, writes: 2 })
  const expired: string[] = []
  const deadline = (name: string) => ({
    expire: (reason: Error) => expired.push(`${name}: ${reason.message}`),
  })
  const done = deadline('done')
  inFlight.watch(deadline('slow'), 2_000)
  inFlight.watch(done, 2_000)
  inFlight.done(done)
  await clock.advance(1_500)
  assert.deepEqual(expired, [])
  await clock.advance(1_500)
  assert.deepEqual(expired, [
    'slow: Timeout: request did not complete within requested timeout - context deadline exceeded',
  ])
  assert.equal(clock.pending, 0)
})

test('who looks at the activity is told of its begin and its end', async () => {
  const clock = new FakeClock()
  const seen: string[] = []
  const began = (): void => void seen.push('began')
  const ended = (): void => void seen.push('ended')
  const inFlight = new InFlight(clock, { reads: 0, writes: 0 }, { began, ended })
  const deadline = { expire: () => {} }
  for (let i = 0; i < 2; i++) {
    inFlight.watch(deadline, 5_000)
    inFlight.done(deadline)
  }
  assert.deepEqual(seen, ['began'])
  await clock.advance(2_000)
  assert.deepEqual(seen, ['began', 'ended'])
  inFlight.watch(deadline, 5_000)
  assert.deepEqual(seen, ['began', 'ended', 'began'])
})
