import assert from 'node:assert/strict'
import { test } from 'node:test'
import { silentLogger } from '#base/logger.ts'
import { FakeClock } from '#testing/clock.ts'
import { chains } from './chains.ts'
import { fakeIptables } from './fake-iptables.ts'
import type { FakeIptables } from './fake-iptables.ts'
import { Proxier } from './proxier.ts'
import { sampleNode, sampleService, sampleSlice } from './samples.ts'
import { runSyncLoop } from './sync-loop.ts'
import { Wakeup } from './wakeup.ts'

const limit = { timeout: 5_000 }

interface Running extends AsyncDisposable {
  readonly clock: FakeClock
  readonly iptables: FakeIptables
  /** What happened: `full`, `partial`, `failed …`. */
  readonly log: string[]
  change(): void
}

function start(): Running {
  const clock = new FakeClock()
  const iptables = fakeIptables()
  const wakeup = new Wakeup(clock)
  const service = sampleService('a', { clusterIP: '10.0.0.1', ports: [{ port: 80 }] })
  const proxier = new Proxier({
    iptables,
    node: sampleNode,
    source: {
      keys: () => ['ipt/a'],
      service: () => service,
      slices: () => [sampleSlice('a', ['10.244.1.1'])],
    },
  })
  const log: string[] = []
  const stop = new AbortController()
  const running = runSyncLoop(
    {
      proxier,
      wakeup,
      clock,
      log: silentLogger,
      batchMs: 10,
      verifyMs: 30_000,
      async synced({ kind }) {
        log.push(kind)
      },
      failed: (kind) => log.push(`failed ${kind}`),
      healthy: () => undefined,
    },
    stop.signal,
  )
  return {
    clock,
    iptables,
    log,
    change() {
      proxier.changed('ipt/a')
      wakeup.set()
    },
    async [Symbol.asyncDispose]() {
      stop.abort()
      await running
    },
  }
}

test('all at the start, then changes, those of 10 ms together', limit, async () => {
  await using loop = start()
  await loop.clock.advance(10)
  assert.deepEqual(loop.log, ['full'])
  loop.change()
  await loop.clock.advance(5)
  loop.change()
  assert.deepEqual(loop.log, ['full'])
  await loop.clock.advance(5)
  assert.deepEqual(loop.log, ['full', 'partial'])
  await loop.clock.advance(29_000)
  assert.deepEqual(loop.log, ['full', 'partial'])
})

test('what somebody flushed is written again within 30 s', limit, async () => {
  await using loop = start()
  await loop.clock.advance(10)
  loop.iptables.tables.get('nat')?.set(chains.services, [])
  await loop.clock.advance(29_000)
  assert.deepEqual(loop.log, ['full'])
  await loop.clock.advance(1_000)
  assert.deepEqual(loop.log, ['full', 'full'])
})

test('a flush is found under constant change, too', limit, async () => {
  await using loop = start()
  await loop.clock.advance(10)
  loop.iptables.tables.get('nat')?.set(chains.services, [])
  for (let second = 0; second < 31; second++) {
    loop.change()
    await loop.clock.advance(1_000)
  }
  assert.equal(loop.log.filter((entry) => entry === 'full').length, 2)
})

test('a failure is tried again after 1 s, 2 s …, with everything', limit, async () => {
  await using loop = start()
  loop.iptables.failure = new Error('no')
  await loop.clock.advance(10)
  assert.deepEqual(loop.log, ['failed full'])
  await loop.clock.advance(1_010)
  assert.deepEqual(loop.log, ['failed full', 'failed full'])
  loop.iptables.failure = undefined
  await loop.clock.advance(1_500)
  assert.equal(loop.log.length, 2)
  await loop.clock.advance(510)
  assert.deepEqual(loop.log, ['failed full', 'failed full', 'full'])
})
