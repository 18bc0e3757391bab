import assert from 'node:assert/strict'
import { test } from 'node:test'
import { forbidden, internalError, serviceUnavailable, tooManyRequests } from '#api/meta/status.ts'
import { FakeClock } from '#testing/clock.ts'
import { mayPass, retried } from './retry.ts'

const reset = new Error('read tcp: connection reset by peer', {
  cause: Object.assign(new Error('x'), { code: 'ECONNRESET' }),
})
const refused = new Error('dial tcp: connection refused', {
  cause: Object.assign(new Error('x'), { code: 'ECONNREFUSED' }),
})

for (const [what, error, expected] of [
  ['a connection that was reset', reset, true],
  ['a connection that was refused', refused, false],
  ['an internal error', internalError(new Error('x')), true],
  ['too many requests', tooManyRequests('x', 1), true],
  ['an unavailable server', serviceUnavailable('x'), false],
  ['a server that forbids', forbidden({ group: '', resource: 'x' }, '', 'no'), false],
] as const) {
  test(`${what} ${expected ? 'may pass' : 'is final'}`, () => {
    assert.equal(mayPass(error), expected)
  })
}

test('pauses grow, with some chance in them; the last failure is told', async () => {
  const clock = new FakeClock()
  const started = clock.monotonicMs()
  const triesMs: number[] = []
  const asking = retried(
    () => {
      triesMs.push(Math.round(clock.monotonicMs() - started))
      return Promise.reject(new Error(`failure ${triesMs.length}`, { cause: reset.cause }))
    },
    { clock, random: () => 0.5, backoff: { attempts: 4, firstMs: 100, factor: 2, jitter: 0.2 } },
  )
  const failure = assert.rejects(asking, { message: 'failure 4' })
  for (let ms = 0; ms < 1000; ms += 10) await clock.advance(10)
  await failure
  assert.deepEqual(triesMs, [0, 110, 330, 770])
})
