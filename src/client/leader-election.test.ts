import assert from 'node:assert/strict'
import { test } from 'node:test'
import { leases } from '#api/resources.gen.ts'
import { silentLogger } from '#base/logger.ts'
import { FakeClock } from '#testing/clock.ts'
import { inMemoryCluster } from '#testing/in-memory-cluster.ts'
import { createClient } from './create-client.ts'
import { runLeaderElection } from './leader-election.ts'

const timeout = 5_000

function make() {
  const clock = new FakeClock()
  const cluster = inMemoryCluster(() => clock.nowMs())
  const client = createClient(cluster)
  const log: string[] = []
  const run = (identity: string) => {
    const stop = new AbortController()
    const running = runLeaderElection(
      {
        client,
        clock,
        random: () => 0,
        log: silentLogger,
        namespace: 'kube-system',
        name: 'test',
        identity,
        async lead(signal) {
          log.push(`${identity} leads`)
          await clock.sleep(1e9, signal)
          log.push(`${identity} stops`)
        },
      },
      stop.signal,
    )
    return { stop, running }
  }
  return { clock, cluster, client, log, run }
}

test('one leads; the next takes over when it releases the Lease', { timeout }, async () => {
  const { clock, client, log, run } = make()
  const a = run('a')
  await clock.advance(0)
  const b = run('b')
  await clock.advance(60_000)
  assert.deepEqual(log, ['a leads'])
  a.stop.abort()
  await a.running
  await clock.advance(3000)
  assert.deepEqual(log, ['a leads', 'a stops', 'b leads'])
  const lease = await client.in(leases, 'kube-system').get('test')
  assert.equal(lease.spec.holderIdentity, 'b')
  assert.equal(lease.spec.leaseDurationSeconds, 15)
  b.stop.abort()
  await b.running
})

test(
  'a leader that cannot renew stops, and another leads once the Lease ran out',
  { timeout },
  async () => {
    const { clock, cluster, log, run } = make()
    const a = run('a')
    await clock.advance(0)
    cluster.intercept = () => {
      throw new Error('connection refused')
    }
    await clock.advance(12_000)
    await a.running
    assert.deepEqual(log, ['a leads', 'a stops'])
    cluster.intercept = undefined
    const b = run('b')
    await clock.advance(10_000)
    assert.deepEqual(log, ['a leads', 'a stops'])
    await clock.advance(7000)
    assert.deepEqual(log, ['a leads', 'a stops', 'b leads'])
    b.stop.abort()
    await b.running
  },
)
