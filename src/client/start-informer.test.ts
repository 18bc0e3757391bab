import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ConfigMap } from '#api/core/v1.gen.ts'
import { serviceUnavailable } from '#api/meta/status.ts'
import { configmaps } from '#api/resources.gen.ts'
import { silentLogger } from '#base/logger.ts'
import { FakeClock } from '#testing/clock.ts'
import { inMemoryCluster } from '#testing/in-memory-cluster.ts'
import { createClient } from './create-client.ts'
import { startInformer } from './start-informer.ts'

const timeout = 5_000

function make() {
  const clock = new FakeClock()
  const cluster = inMemoryCluster(() => clock.nowMs())
  const client = createClient(cluster)
  const seen: string[] = []
  const start = () => {
    const informer = startInformer(client, configmaps, {
      clock,
      random: () => 0.5,
      log: silentLogger,
      indexers: { app: (object) => [object.metadata.labels?.['app'] ?? ''] },
    })
    informer.subscribe({
      added: (object) => seen.push(`+${object.metadata.name}`),
      updated: (object) => seen.push(`~${object.metadata.name}`),
      deleted: (object) => seen.push(`-${object.metadata.name}`),
    })
    return informer
  }
  const configMaps = client.in(configmaps, 'default')
  const create = (name: string) => configMaps.create({ metadata: { name, labels: { app: name } } })
  return { clock, cluster, configMaps, create, seen, start }
}

function changed(object: ConfigMap): ConfigMap {
  return { ...object, data: { changed: 'yes' } }
}

test('lists, then follows', { timeout }, async () => {
  const { clock, configMaps, create, seen, start } = make()
  const a = await create('a')
  await using informer = start()
  await informer.synced(AbortSignal.timeout(1000))
  assert.ok(informer.hasSynced)
  await create('b')
  await configMaps.update(changed(a))
  await configMaps.delete('b')
  await clock.advance(0)
  assert.deepEqual(seen, ['+a', '+b', '~a', '-b'])
  assert.equal(informer.store.get('default/a')?.data?.['changed'], 'yes')
  assert.equal(informer.store.byIndex('app', 'a').length, 1)
  assert.equal(informer.store.byIndex('app', 'b').length, 0)
  assert.equal(informer.store.inNamespace('default').length, 1)
})

test('an ended watch goes on where it stopped', { timeout }, async () => {
  const { clock, cluster, create, seen, start } = make()
  await using informer = start()
  await informer.synced(AbortSignal.timeout(1000))
  await create('a')
  await clock.advance(2000)
  cluster.endWatches()
  await create('b')
  await clock.advance(2000)
  assert.deepEqual(seen, ['+a', '+b'])
})

test('after 410 it lists again and tells what vanished', { timeout }, async () => {
  const { clock, cluster, configMaps, create, seen, start } = make()
  const a = await create('a')
  await create('b')
  await using informer = start()
  await informer.synced(AbortSignal.timeout(1000))
  await clock.advance(2000)
  // The watches cannot come back before the past is forgotten.
  cluster.intercept = () => {
    throw new Error('connection refused')
  }
  cluster.endWatches()
  await clock.advance(10)
  cluster.intercept = undefined
  await configMaps.update(changed(a))
  await configMaps.delete('b')
  await create('c')
  cluster.compact()
  await clock.advance(60_000)
  assert.deepEqual(seen, ['+a', '+b', '~a', '+c', '-b'])
})

test('failures are retried later and later', { timeout }, async () => {
  const { clock, cluster, seen, create, start } = make()
  await create('a')
  const tries: number[] = []
  cluster.intercept = () => {
    tries.push(clock.monotonicMs())
    throw serviceUnavailable('starting')
  }
  await using informer = start()
  await clock.advance(2000)
  assert.deepEqual(tries, [0, 150, 450, 1050])
  cluster.intercept = undefined
  await clock.advance(2000)
  assert.ok(informer.hasSynced)
  assert.deepEqual(seen, ['+a'])
})

test('a late subscriber is told what is there', { timeout }, async () => {
  const { create, start } = make()
  await create('a')
  await using informer = start()
  await informer.synced(AbortSignal.timeout(1000))
  const names: string[] = []
  informer.subscribe({ added: (object) => names.push(object.metadata.name) })
  assert.deepEqual(names, ['a'])
})

test('waiting for sync ends with the informer', { timeout }, async () => {
  const { cluster, start } = make()
  cluster.intercept = () => {
    throw serviceUnavailable('never')
  }
  const informer = start()
  const waiting = assert.rejects(informer.synced(AbortSignal.timeout(1000)), /configmaps ended/)
  await informer[Symbol.asyncDispose]()
  await waiting
})
