import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Pod } from '#api/core/v1.gen.ts'
import { findCondition } from '#api/meta/conditions.ts'
import { nodes, pods } from '#api/resources.gen.ts'
import { runControllers } from '#testing/controllers.ts'
import { podGarbageCollector } from './controller.ts'
import { planTerminated } from './plan.ts'

const timeout = 5_000

async function make() {
  const bench = await runControllers([podGarbageCollector])
  const client = bench.client.in(pods, 'default')
  const add = async (name: string, nodeName: string, finalizers: string[] = []) => {
    const spec = { containers: [], ...(nodeName === '' ? {} : { nodeName }) }
    await client.create({ metadata: { name, finalizers }, spec })
    await bench.settle()
  }
  const names = async () => [...(await bench.all(pods)).keys()].map((key) => key.slice(8))
  const dispose = () => bench[Symbol.asyncDispose]()
  return { ...bench, pods: client, add, names, [Symbol.asyncDispose]: dispose }
}

test('pods on a node that is gone go after a while', { timeout }, async () => {
  await using bench = await make()
  await bench.client.for(nodes).create({ metadata: { name: 'n1' }, spec: {} })
  await bench.add('here', 'n1')
  await bench.add('waiting', '')
  await bench.add('lost', 'n2', ['test/watch'])
  await bench.clock.advance(30_000)
  assert.deepEqual(await bench.names(), ['here', 'waiting', 'lost'])
  await bench.clock.advance(15_000)
  const { metadata, status } = await bench.pods.get('lost')
  assert.ok(metadata.deletionTimestamp !== undefined)
  assert.equal(status?.phase, 'Failed')
  assert.equal(findCondition(status?.conditions, 'DisruptionTarget')?.reason, 'DeletionByPodGC')
  assert.equal((await bench.pods.get('here')).metadata.deletionTimestamp, undefined)
  assert.deepEqual(bench.errors, [])
})

test('a pod that is deleted before it has a node is failed', { timeout }, async () => {
  await using bench = await make()
  await bench.add('never', '', ['test/watch'])
  await bench.pods.delete('never')
  await bench.settle()
  assert.equal((await bench.pods.get('never')).status?.phase, 'Failed')
})

function ended(name: string, day: number, reason?: string): Pod {
  return {
    metadata: {
      name,
      uid: name,
      resourceVersion: '1',
      creationTimestamp: `2030-01-0${day}T00:00:00Z`,
    },
    spec: { containers: [] },
    status: { phase: 'Failed', ...(reason === undefined ? {} : { reason }) },
  }
}

test('beyond the threshold evicted pods go first, then the oldest', () => {
  const all = [ended('c', 3), ended('a', 1), ended('b', 2), ended('e', 4, 'Evicted')]
  const planned = (threshold: number) =>
    planTerminated(all, threshold).map(({ metadata }) => metadata.name)
  assert.deepEqual(planned(2), ['e', 'a'])
  assert.deepEqual(planned(4), [])
  assert.deepEqual(planned(0), [])
})
