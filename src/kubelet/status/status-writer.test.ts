import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Pod, PodStatus } from '#api/core/v1.gen.ts'
import { serviceUnavailable } from '#api/meta/status.ts'
import { pods } from '#api/resources.gen.ts'
import { silentLogger } from '#base/logger.ts'
import { createClient } from '#client/create-client.ts'
import { FakeClock } from '#testing/clock.ts'
import { inMemoryCluster } from '#testing/in-memory-cluster.ts'
import { StatusWriter, statusPatch } from './status-writer.ts'

test('only what changed is sent', () => {
  assert.equal(statusPatch({ phase: 'Running' }, { phase: 'Running', message: 'x' }), undefined)
  assert.deepEqual(statusPatch({ phase: 'Running', reason: 'r' }, { phase: 'Running' }), {
    reason: 'r',
  })
})

test('a condition that lost its reason says so; others of the API stay', () => {
  const known: PodStatus = {
    conditions: [
      { type: 'Ready', status: 'False', reason: 'X', message: 'y' },
      { type: 'Initialized', status: 'True' },
      { type: 'theirs', status: 'True' },
    ],
  }
  const wanted: PodStatus = {
    conditions: [
      { type: 'Ready', status: 'True' },
      { type: 'Initialized', status: 'True' },
    ],
  }
  assert.deepEqual(statusPatch(wanted, known), {
    conditions: [{ reason: null, message: null, type: 'Ready', status: 'True' }],
  })
})

test('addresses replace each other instead of adding up', () => {
  assert.deepEqual(statusPatch({ podIPs: [{ ip: 'b' }] }, { podIPs: [{ ip: 'a' }] }), {
    podIPs: [{ ip: 'b' }, { $patch: 'replace' }],
  })
  assert.deepEqual(statusPatch({ podIPs: [{ ip: 'b' }] }, {}), { podIPs: [{ ip: 'b' }] })
})

interface World {
  readonly clock: FakeClock
  readonly writer: StatusWriter
  readonly cluster: ReturnType<typeof inMemoryCluster>
  readonly get: () => Promise<Pod>
  readonly target: { namespace: string; name: string; uid: string }
  readonly settle: () => Promise<void>
}

async function inWorld(body: (world: World) => Promise<void>): Promise<void> {
  const clock = new FakeClock()
  const cluster = inMemoryCluster(() => clock.nowMs())
  const client = createClient(cluster)
  const created = await client
    .in(pods, 'ns')
    .create({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'web' }, spec: { containers: [] } })
  cluster.writes.length = 0
  await using writer = new StatusWriter({ client, clock, log: silentLogger })
  await body({
    clock,
    writer,
    cluster,
    get: () => client.in(pods, 'ns').get('web'),
    target: { namespace: 'ns', name: 'web', uid: created.metadata.uid },
    settle: async () => {
      for (let turn = 0; turn < 20; turn++) await clock.advance(0)
    },
  })
}

const path = '/api/v1/namespaces/ns/pods/web'

test('the newest status arrives, however many came before', () =>
  inWorld(async ({ writer, cluster, get, target, settle }) => {
    for (const message of ['one', 'two', 'three']) writer.set(target, { message }, {})
    await settle()
    assert.equal((await get()).status?.message, 'three')
    assert.deepEqual(cluster.writes, [`PATCH ${path}/status`, `PATCH ${path}/status`])
  }))

test('the same again is not sent', () =>
  inWorld(async ({ writer, cluster, target, settle }) => {
    writer.set(target, { message: 'one' }, {})
    await settle()
    writer.set(target, { message: 'one' }, {})
    await settle()
    assert.equal(cluster.writes.length, 1)
  }))

test('a server that is away is tried again', () =>
  inWorld(async ({ clock, writer, cluster, get, target, settle }) => {
    cluster.intercept = () => {
      throw serviceUnavailable('away')
    }
    writer.set(target, { message: 'one' }, {})
    await settle()
    cluster.intercept = undefined
    await clock.advance(500)
    await settle()
    assert.equal((await get()).status?.message, 'one')
  }))

test('what another overwrote is written again', () =>
  inWorld(async ({ writer, get, target, settle }) => {
    writer.set(target, { phase: 'Running' }, {})
    await settle()
    writer.observe({ ...(await get()), status: { phase: 'Unknown' } })
    await settle()
    assert.equal((await get()).status?.phase, 'Running')
  }))

test('a pod that has ended is deleted after its last status', () =>
  inWorld(async ({ writer, cluster, target, settle }) => {
    writer.set(target, { phase: 'Succeeded' }, {})
    writer.finish(target, { phase: 'Succeeded' })
    await settle()
    assert.deepEqual(cluster.writes, [`PATCH ${path}/status`, `DELETE ${path}`])
  }))

test('a pod that is gone is let go', () =>
  inWorld(async ({ writer, cluster, settle }) => {
    writer.set({ namespace: 'ns', name: 'other', uid: 'x' }, { phase: 'Running' }, {})
    await settle()
    assert.equal(cluster.writes.length, 1)
  }))
