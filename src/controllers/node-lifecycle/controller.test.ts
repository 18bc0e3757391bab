import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Toleration } from '#api/core/v1.gen.ts'
import { findCondition } from '#api/meta/conditions.ts'
import { leases, nodes, pods } from '#api/resources.gen.ts'
import { microTimestamp } from '#base/clock.ts'
import { taintEvictionController } from '#controllers/taint-eviction/controller.ts'
import { runControllers } from '#testing/controllers.ts'
import { nodeLifecycleController } from './controller.ts'

const timeout = 10_000

async function make(names: readonly string[]) {
  const bench = await runControllers([nodeLifecycleController, taintEvictionController])
  const nodeClient = bench.client.for(nodes)
  const leaseClient = bench.client.in(leases, 'kube-node-lease')
  for (const name of names) {
    const node = await nodeClient.create({ metadata: { name }, spec: {} })
    const conditions = [{ type: 'Ready', status: 'True', lastHeartbeatTime: 'once' }]
    await nodeClient.update({ ...node, status: { conditions } }, { subresource: 'status' })
    await leaseClient.create({ metadata: { name }, spec: {} })
  }
  const alive = new Set(names)
  const advance = async (ms: number) => {
    for (let left = ms; left > 0; left -= 10_000) {
      for (const name of alive) {
        const lease = await leaseClient.get(name)
        const renewTime = microTimestamp(bench.clock.nowMs())
        await leaseClient.update({ ...lease, spec: { ...lease.spec, renewTime } })
      }
      await bench.clock.advance(10_000)
    }
  }
  const addPod = async (name: string, nodeName: string, tolerations: Toleration[] = []) => {
    const client = bench.client.in(pods, 'default')
    const pod = await client.create({
      metadata: { name },
      spec: { containers: [], nodeName, tolerations },
    })
    const conditions = [{ type: 'Ready', status: 'True' }]
    const status = { phase: 'Running', conditions }
    await client.update({ ...pod, status }, { subresource: 'status' })
  }
  await bench.settle()
  const ready = async (name: string) =>
    findCondition((await nodeClient.get(name)).status?.conditions, 'Ready')
  const taints = async (name: string) =>
    ((await nodeClient.get(name)).spec.taints ?? []).map(
      ({ key, effect }) => `${key.replace('node.kubernetes.io/', '')}:${effect}`,
    )
  const dispose = () => bench[Symbol.asyncDispose]()
  return {
    ...bench,
    alive,
    advance,
    addPod,
    ready,
    taints,
    nodeClient,
    [Symbol.asyncDispose]: dispose,
  }
}

test('heartbeats keep a node ready, and cost no write', { timeout }, async () => {
  await using bench = await make(['a', 'b'])
  await bench.advance(600_000)
  assert.equal((await bench.ready('a'))?.status, 'True')
  assert.equal(bench.cluster.writes.filter((write) => write.includes('/nodes/a')).length, 1)
})

test('a silent node becomes unknown, is tainted, and its pods go', { timeout }, async () => {
  await using bench = await make(['a', 'b', 'c'])
  await bench.addPod('plain', 'a')
  const toleration = {
    key: 'node.kubernetes.io/unreachable',
    operator: 'Exists',
    effect: 'NoExecute',
  }
  await bench.addPod('patient', 'a', [{ ...toleration, tolerationSeconds: 300 }])
  await bench.addPod('stubborn', 'a', [toleration])
  bench.alive.delete('a')
  await bench.advance(40_000)
  assert.equal((await bench.ready('a'))?.status, 'True')
  await bench.advance(20_000)
  assert.equal((await bench.ready('a'))?.reason, 'NodeStatusUnknown')
  assert.deepEqual(await bench.taints('a'), ['unreachable:NoSchedule', 'unreachable:NoExecute'])
  assert.deepEqual([...(await bench.all(pods)).keys()], ['default/patient', 'default/stubborn'])
  const pod = await bench.client.in(pods, 'default').get('stubborn')
  assert.equal(findCondition(pod.status?.conditions, 'Ready')?.status, 'False')
  await bench.advance(310_000)
  assert.deepEqual([...(await bench.all(pods)).keys()], ['default/stubborn'])
  assert.deepEqual(bench.errors, [])
})

test('a node that comes back in time keeps its pods', { timeout }, async () => {
  await using bench = await make(['a', 'b'])
  const toleration = {
    key: 'node.kubernetes.io/unreachable',
    operator: 'Exists',
    effect: 'NoExecute',
  }
  await bench.addPod('patient', 'a', [{ ...toleration, tolerationSeconds: 300 }])
  bench.alive.delete('a')
  await bench.advance(60_000)
  const node = await bench.nodeClient.get('a')
  const conditions = [{ type: 'Ready', status: 'True', lastHeartbeatTime: 'again' }]
  await bench.nodeClient.update({ ...node, status: { conditions } }, { subresource: 'status' })
  bench.alive.add('a')
  await bench.advance(600_000)
  assert.deepEqual(await bench.taints('a'), [])
  assert.equal((await bench.all(pods)).size, 1)
  assert.ok(
    bench.events.includes('Normal TaintManagerEviction Cancelling deletion of Pod default/patient'),
  )
})

test('when every node is silent nothing is evicted', { timeout }, async () => {
  await using bench = await make(['a'])
  await bench.addPod('plain', 'a')
  bench.alive.delete('a')
  await bench.advance(600_000)
  assert.deepEqual(await bench.taints('a'), ['unreachable:NoSchedule'])
  assert.equal((await bench.all(pods)).size, 1)
})
