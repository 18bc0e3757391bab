import assert from 'node:assert/strict'
import test from 'node:test'
import { parseFlags } from './flags.ts'
import { servingFlags, servingOptions } from './serving-flags.ts'

const parse = (...argv: string[]) => servingOptions(parseFlags(servingFlags, argv))

test('the defaults are upstream’s', () => {
  assert.deepEqual(parse(), {
    flowControl: { enabled: true, reads: 400, writes: 200 },
    serving: {
      requestTimeoutMs: 60_000,
      watchTimeoutMinMs: 1_800_000,
      shutdownDelayMs: 0,
      shutdownSendsRetryAfter: false,
    },
    listen: { goawayChance: 0 },
  })
})

test('each flag reaches its place', () => {
  const argv = [
    '--enable-priority-and-fairness=false',
    '--max-requests-inflight=0',
    '--max-mutating-requests-inflight=7',
    '--request-timeout=1m30s',
    '--min-request-timeout=60',
    '--http2-max-streams-per-connection=10',
    '--goaway-chance=0.01',
    '--shutdown-delay-duration=5s',
    '--shutdown-send-retry-after',
  ]
  assert.deepEqual(parse(...argv), {
    flowControl: { enabled: false, reads: 0, writes: 7 },
    serving: {
      requestTimeoutMs: 90_000,
      watchTimeoutMinMs: 60_000,
      shutdownDelayMs: 5_000,
      shutdownSendsRetryAfter: true,
    },
    listen: { streamsMax: 10, goawayChance: 0.01 },
  })
})

const refused = [
  ['--max-requests-inflight=-1', /--max-requests-inflight can not be negative value/],
  ['--request-timeout=-1s', /--request-timeout can not be negative value/],
  ['--goaway-chance=0.5', /--goaway-chance can not be less than 0 or greater than 0\.02/],
  ['--goaway-chance=often', /--goaway-chance can not be less than 0 or greater than 0\.02/],
] as const

for (const [argument, says] of refused) {
  test(`${argument} is refused`, () => {
    assert.throws(() => parse(argument), { name: 'UserError', message: says })
  })
}
