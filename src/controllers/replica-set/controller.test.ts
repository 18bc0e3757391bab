import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ReplicaSet } from '#api/apps/v1.gen.ts'
import type { Pod } from '#api/core/v1.gen.ts'
import { forbidden } from '#api/meta/status.ts'
import type { Draft } from '#api/resource-type.ts'
import { pods, replicasets } from '#api/resources.gen.ts'
import { runControllers } from '#testing/controllers.ts'
import { replicaSetController } from './controller.ts'

const timeout = 5_000

function replicaSet(replicas: number): Draft<ReplicaSet> {
  return {
    metadata: { name: 'web', namespace: 'default' },
    spec: {
      replicas,
      selector: { matchLabels: { app: 'web' } },
      template: {
        metadata: { labels: { app: 'web' }, annotations: { note: 'x' } },
        spec: { containers: [{ name: 'c', image: 'i' }] },
      },
    },
  }
}

async function make(replicas: number) {
  const bench = await runControllers([replicaSetController])
  const sets = bench.client.in(replicasets, 'default')
  const podsHere = bench.client.in(pods, 'default')
  await sets.create(replicaSet(replicas))
  await bench.settle()
  const scale = async (count: number) => {
    const current = await sets.get('web')
    await sets.update({ ...current, spec: { ...current.spec, replicas: count } })
    await bench.settle()
  }
  const list = async (): Promise<readonly Pod[]> => [...(await bench.all(pods)).values()]
  return {
    ...bench,
    sets,
    podsHere,
    scale,
    list,
    [Symbol.asyncDispose]: () => bench[Symbol.asyncDispose](),
  }
}

async function makeReady(bench: Awaited<ReturnType<typeof make>>): Promise<void> {
  for (const pod of await bench.list()) {
    const lastTransitionTime = new Date(bench.clock.nowMs()).toISOString()
    const conditions = [{ type: 'Ready', status: 'True', lastTransitionTime }]
    const status = { phase: 'Running', conditions }
    await bench.podsHere.update({ ...pod, status }, { subresource: 'status' })
  }
  await bench.settle()
}

test('makes exactly the pods that are wanted, and no surplus', { timeout }, async () => {
  await using bench = await make(50)
  const made = await bench.list()
  assert.equal(made.length, 50)
  assert.equal(bench.cluster.writes.filter((write) => write.endsWith('/pods')).length, 50)
  const [first] = made
  assert.match(first?.metadata.name ?? '', /^web-/)
  assert.deepEqual(first?.metadata.annotations, { note: 'x' })
  assert.deepEqual(first?.metadata.ownerReferences, [
    {
      apiVersion: 'apps/v1',
      kind: 'ReplicaSet',
      name: 'web',
      uid: (await bench.sets.get('web')).metadata.uid,
      controller: true,
      blockOwnerDeletion: true,
    },
  ])
  assert.deepEqual(bench.errors, [])
})

test('scales down to what is wanted', { timeout }, async () => {
  await using bench = await make(5)
  await bench.scale(2)
  assert.equal((await bench.list()).length, 2)
  assert.equal(bench.events.filter((event) => event.includes('SuccessfulDelete')).length, 3)
})

test('the status counts, and writes stop when nothing changes', { timeout }, async () => {
  await using bench = await make(3)
  await makeReady(bench)
  const { status } = await bench.sets.get('web')
  assert.deepEqual(status, {
    replicas: 3,
    fullyLabeledReplicas: 3,
    readyReplicas: 3,
    availableReplicas: 3,
    terminatingReplicas: 0,
    observedGeneration: 1,
  })
  const writes = bench.cluster.writes.length
  await bench.clock.advance(3_600_000)
  assert.equal(bench.cluster.writes.length, writes)
})

test('a deleted pod is replaced', { timeout }, async () => {
  await using bench = await make(2)
  const [pod] = await bench.list()
  await bench.podsHere.delete(pod?.metadata.name ?? '')
  await bench.settle()
  assert.equal((await bench.list()).length, 2)
})

test('a matching orphan is adopted, a pod that matches no more released', { timeout }, async () => {
  await using bench = await make(1)
  await bench.podsHere.create({
    metadata: { name: 'stray', labels: { app: 'web' } },
    spec: { containers: [] },
  })
  await bench.settle()
  // Now there is one too many: which one goes is chance, one stays.
  const [left, ...more] = await bench.list()
  assert.equal(more.length, 0)
  assert.ok(left !== undefined)
  await bench.podsHere.update({ ...left, metadata: { ...left.metadata, labels: { app: 'other' } } })
  await bench.settle()
  const found = await bench.all(pods)
  assert.equal(found.size, 2)
  assert.deepEqual(found.get(`default/${left.metadata.name}`)?.metadata.ownerReferences, [])
})

test('a refused create is told, counted and tried again later', { timeout }, async () => {
  await using bench = await make(0)
  bench.cluster.intercept = ({ method, path }) => {
    if (method === 'POST' && path.endsWith('/pods')) {
      throw forbidden({ group: '', resource: 'pods' }, 'web', 'exceeded quota')
    }
  }
  await bench.scale(10)
  const { status } = await bench.sets.get('web')
  assert.equal(status?.conditions?.[0]?.type, 'ReplicaFailure')
  assert.equal(status?.conditions?.[0]?.reason, 'FailedCreate')
  assert.match(bench.events[0] ?? '', /^Warning FailedCreate Error creating: pods "web" is forbid/)
  bench.cluster.intercept = undefined
  await bench.clock.advance(60_000)
  assert.equal((await bench.list()).length, 10)
  assert.equal((await bench.sets.get('web')).status?.conditions, undefined)
})

test('pods become available by time', { timeout }, async () => {
  await using bench = await make(2)
  const current = await bench.sets.get('web')
  await bench.sets.update({ ...current, spec: { ...current.spec, minReadySeconds: 10 } })
  await makeReady(bench)
  assert.equal((await bench.sets.get('web')).status?.availableReplicas, 0)
  await bench.clock.advance(10_000)
  assert.equal((await bench.sets.get('web')).status?.availableReplicas, 2)
})
