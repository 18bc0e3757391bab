import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ConfigMap } from '#api/core/v1.gen.ts'
import { configmaps } from '#api/resources.gen.ts'
import { silentLogger } from '#base/logger.ts'
import { createClient } from '#client/create-client.ts'
import { startInformer } from '#client/start-informer.ts'
import { FakeClock } from '#testing/clock.ts'
import { inMemoryCluster } from '#testing/in-memory-cluster.ts'
import { PendingWrites, pendingMsMax } from './pending-writes.ts'

const timeout = 5_000

async function make() {
  const clock = new FakeClock()
  const client = createClient(inMemoryCluster(() => clock.nowMs()))
  const informer = startInformer(client, configmaps, {
    clock,
    random: () => 0,
    log: silentLogger,
  })
  await informer.synced(AbortSignal.timeout(1000))
  const pending = new PendingWrites(informer, clock)
  const maps = client.in(configmaps, 'default')
  return { clock, pending, maps, [Symbol.asyncDispose]: () => informer[Symbol.asyncDispose]() }
}

/** What the server would answer to a write that no event has shown yet. */
function ahead(object: ConfigMap): ConfigMap {
  const resourceVersion = String(Number(object.metadata.resourceVersion) + 1)
  return { ...object, metadata: { ...object.metadata, resourceVersion } }
}

test('a write is pending until the informer has reached it', { timeout }, async () => {
  await using bench = await make()
  const { pending, maps, clock } = bench
  const made = await maps.create({ metadata: { name: 'a' } })
  await clock.advance(0)
  pending.wrote('key', ahead(made))
  assert.ok(!pending.settled('key'))
  assert.ok(pending.settled('other'))
  await maps.create({ metadata: { name: 'b' } })
  await clock.advance(0)
  assert.ok(pending.settled('key'))
})

test('a deletion is pending until the object is gone or going', { timeout }, async () => {
  await using bench = await make()
  const { pending, maps, clock } = bench
  const made = await maps.create({ metadata: { name: 'a' } })
  await clock.advance(0)
  pending.deleted('key', made)
  assert.ok(!pending.settled('key'))
  await maps.delete('a')
  await clock.advance(0)
  assert.ok(pending.settled('key'))
})

test('what never shows is given up', { timeout }, async () => {
  await using bench = await make()
  const { pending, maps, clock } = bench
  pending.wrote('key', ahead(await maps.create({ metadata: { name: 'a' } })))
  await clock.advance(pendingMsMax - 1)
  assert.ok(!pending.settled('key'))
  await clock.advance(1)
  assert.ok(pending.settled('key'))
})
