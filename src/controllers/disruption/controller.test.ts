import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { PodDisruptionBudgetSpec } from '#api/policy/v1.gen.ts'
import { controllerRef } from '#api/meta/owners.ts'
import { poddisruptionbudgets, pods, replicasets } from '#api/resources.gen.ts'
import { runControllers } from '#testing/controllers.ts'
import { disruptionController } from './controller.ts'

const timeout = 5_000

/** Four pods of a ReplicaSet that wants four; `ready` of them are. */
async function make(spec: Partial<PodDisruptionBudgetSpec>, ready = 4) {
  const bench = await runControllers([disruptionController])
  const replicaSet = await bench.client.in(replicasets, 'default').create({
    metadata: { name: 'r' },
    spec: { replicas: 4, selector: {} },
  })
  const podClient = bench.client.in(pods, 'default')
  for (let n = 0; n < 4; n++) {
    const ownerReferences = [controllerRef(replicaSet, replicasets)]
    const metadata = { name: `p${n}`, labels: { app: 'a' }, ownerReferences }
    const pod = await podClient.create({ metadata, spec: { containers: [] } })
    const conditions = [{ type: 'Ready', status: n < ready ? 'True' : 'False' }]
    await podClient.update({ ...pod, status: { conditions } }, { subresource: 'status' })
  }
  const budgets = bench.client.in(poddisruptionbudgets, 'default')
  await budgets.create({
    metadata: { name: 'b' },
    spec: { selector: { matchLabels: { app: 'a' } }, ...spec },
  })
  await bench.settle()
  const status = async () => (await budgets.get('b')).status
  const dispose = () => bench[Symbol.asyncDispose]()
  return { ...bench, podClient, budgets, status, [Symbol.asyncDispose]: dispose }
}

const cases: readonly [
  spec: PodDisruptionBudgetSpec,
  ready: number,
  desired: number,
  allowed: number,
][] = [
  [{ minAvailable: 3 }, 4, 3, 1],
  [{ minAvailable: 3 }, 3, 3, 0],
  [{ minAvailable: '50%' }, 4, 2, 2],
  [{ minAvailable: '51%' }, 4, 3, 1],
  [{ maxUnavailable: 1 }, 4, 3, 1],
  [{ maxUnavailable: 1 }, 2, 3, 0],
  [{ maxUnavailable: '30%' }, 4, 2, 2],
]
for (const [spec, ready, desired, allowed] of cases) {
  test(`${JSON.stringify(spec)} with ${ready} of 4 ready`, { timeout }, async () => {
    await using bench = await make(spec, ready)
    const status = await bench.status()
    assert.equal(status?.expectedPods, 4)
    assert.equal(status?.desiredHealthy, desired)
    assert.equal(status?.currentHealthy, ready)
    assert.equal(status?.disruptionsAllowed, allowed)
    const reason = allowed > 0 ? 'SufficientPods' : 'InsufficientPods'
    assert.equal(status?.conditions?.[0]?.reason, reason)
    assert.deepEqual(bench.errors, [])
  })
}

test(
  'an evicted pod counts as gone until it is, or has not gone for two minutes',
  { timeout },
  async () => {
    await using bench = await make({ maxUnavailable: 2 })
    const budget = await bench.budgets.get('b')
    const disruptedPods = { p0: new Date(bench.clock.nowMs()).toISOString() }
    const status = { ...budget.status, disruptedPods }
    await bench.budgets.update({ ...budget, status } as typeof budget, { subresource: 'status' })
    await bench.settle()
    assert.equal((await bench.status())?.disruptionsAllowed, 1)
    await bench.clock.advance(121_000)
    assert.equal((await bench.status())?.disruptionsAllowed, 2)
    assert.equal((await bench.status())?.disruptedPods, undefined)
    assert.match(
      bench.events.at(-1) ?? '',
      /^Warning NotDeleted Pod was expected by PDB default\/b/,
    )
  },
)

test('a pod of an owner without a size fails the budget closed', { timeout }, async () => {
  await using bench = await make({ maxUnavailable: 1 })
  const owner = { apiVersion: 'batch/v1', kind: 'Job', name: 'j', uid: 'u', controller: true }
  const metadata = { name: 'x', labels: { app: 'a' }, ownerReferences: [owner] }
  await bench.podClient.create({ metadata, spec: { containers: [] } })
  await bench.settle()
  const status = await bench.status()
  assert.equal(status?.disruptionsAllowed, 0)
  assert.equal(status?.conditions?.[0]?.reason, 'SyncFailed')
})
