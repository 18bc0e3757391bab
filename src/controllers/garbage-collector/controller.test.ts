import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { OwnerReference } from '#api/meta/v1.gen.ts'
import type { ApiObject, ResourceType } from '#api/resource-type.ts'
import { apiVersionOf } from '#api/resource-type.ts'
import { configmaps, deployments, namespaces, pods, replicasets } from '#api/resources.gen.ts'
import { runControllers } from '#testing/controllers.ts'
import { garbageCollector } from './controller.ts'

const timeout = 10_000

function owned(
  type: Pick<ResourceType, 'group' | 'version' | 'kind'>,
  { metadata }: ApiObject,
  blockOwnerDeletion = true,
): OwnerReference {
  const { name, uid } = metadata
  return { apiVersion: apiVersionOf(type), kind: type.kind, name, uid, blockOwnerDeletion }
}

async function make() {
  const bench = await runControllers([garbageCollector])
  const create = async (
    type: ResourceType<ApiObject>,
    name: string,
    ...ownerReferences: OwnerReference[]
  ): Promise<ApiObject> => {
    const object = await bench.client
      .in(type, 'default')
      .create({ metadata: { name, ownerReferences } })
    await bench.settle()
    return object
  }
  const remove = async (type: ResourceType<ApiObject>, name: string, policy: string) => {
    await bench.client.in(type, 'default').delete(name, { propagationPolicy: policy })
    await bench.settle()
  }
  const names = async (type: ResourceType<ApiObject>) =>
    [...(await bench.all(type)).keys()].map((key) => key.replace('default/', '')).toSorted()
  const dispose = () => bench[Symbol.asyncDispose]()
  return { ...bench, create, remove, names, [Symbol.asyncDispose]: dispose }
}

const deploymentType = deployments as ResourceType<ApiObject>
const replicaSetType = replicasets as ResourceType<ApiObject>
const podType = pods as ResourceType<ApiObject>
const configMapType = configmaps as ResourceType<ApiObject>

async function family(bench: Awaited<ReturnType<typeof make>>) {
  const deployment = await bench.create(deploymentType, 'd')
  const replicaSet = await bench.create(replicaSetType, 'r', owned(deployments, deployment))
  await bench.create(podType, 'p1', owned(replicasets, replicaSet))
  await bench.create(podType, 'p2', owned(replicasets, replicaSet))
}

test('in the background, dependents go after their owner', { timeout }, async () => {
  await using bench = await make()
  await family(bench)
  await bench.remove(deploymentType, 'd', 'Background')
  assert.deepEqual(await bench.names(replicaSetType), [])
  assert.deepEqual(await bench.names(podType), [])
  assert.deepEqual(bench.errors, [])
})

test('in the foreground, the owner goes last', { timeout }, async () => {
  await using bench = await make()
  await family(bench)
  const client = bench.client.in(podType, 'default')
  const pod = await client.get('p1')
  await client.update({ ...pod, metadata: { ...pod.metadata, finalizers: ['test/slow'] } })
  await bench.remove(deploymentType, 'd', 'Foreground')
  assert.deepEqual(await bench.names(deploymentType), ['d'])
  assert.deepEqual(await bench.names(podType), ['p1'])
  const going = await client.get('p1')
  const finalizers = going.metadata.finalizers?.filter((name) => name !== 'test/slow') ?? []
  await client.update({ ...going, metadata: { ...going.metadata, finalizers } })
  await bench.settle()
  assert.deepEqual(await bench.names(podType), [])
  assert.deepEqual(await bench.names(replicaSetType), [])
  assert.deepEqual(await bench.names(deploymentType), [])
})

test('a dependent that does not block is not waited for', { timeout }, async () => {
  await using bench = await make()
  const owner = await bench.create(deploymentType, 'd')
  await bench.create(configMapType, 'c', owned(deployments, owner, false))
  await bench.remove(deploymentType, 'd', 'Foreground')
  assert.deepEqual(await bench.names(deploymentType), [])
  assert.deepEqual(await bench.names(configMapType), [])
})

test('orphans stay, without their owner', { timeout }, async () => {
  await using bench = await make()
  await family(bench)
  await bench.remove(deploymentType, 'd', 'Orphan')
  assert.deepEqual(await bench.names(deploymentType), [])
  assert.deepEqual(await bench.names(replicaSetType), ['r'])
  const left = await bench.client.in(replicasets, 'default').get('r')
  assert.deepEqual(left.metadata.ownerReferences, [])
  assert.deepEqual(await bench.names(podType), ['p1', 'p2'])
})

test('of two owners the one that stays keeps the object', { timeout }, async () => {
  await using bench = await make()
  const one = await bench.create(configMapType, 'one')
  const two = await bench.create(configMapType, 'two')
  await bench.create(podType, 'p', owned(configmaps, one), owned(configmaps, two))
  await bench.remove(configMapType, 'one', 'Background')
  assert.deepEqual(await bench.names(podType), ['p'])
  const pod = await bench.client.in(pods, 'default').get('p')
  assert.deepEqual(
    pod.metadata.ownerReferences?.map(({ name }) => name),
    ['two'],
  )
  await bench.remove(configMapType, 'two', 'Background')
  assert.deepEqual(await bench.names(podType), [])
})

const lost = [
  { title: 'that never was', change: { uid: 'never' } },
  { title: 'of the same name but another uid', change: { uid: 'other', name: 'one' } },
  { title: 'of another kind', change: { kind: 'Secret' } },
]
for (const { title, change } of lost) {
  test(`an owner ${title} is none`, { timeout }, async () => {
    await using bench = await make()
    const one = await bench.create(configMapType, 'one')
    await bench.create(podType, 'p', { ...owned(configmaps, one), ...change })
    assert.deepEqual(await bench.names(podType), [])
  })
}

test('an owner in another namespace is none', { timeout }, async () => {
  await using bench = await make()
  const far = await bench.client.in(configmaps, 'far').create({ metadata: { name: 'one' } })
  await bench.create(podType, 'p', owned(configmaps, far))
  assert.deepEqual(await bench.names(podType), [])
})

test('a cluster-scoped owner is one', { timeout }, async () => {
  await using bench = await make()
  const owner = await bench.client.for(namespaces).create({ metadata: { name: 'n' }, spec: {} })
  await bench.create(podType, 'p', owned(namespaces, owner))
  assert.deepEqual(await bench.names(podType), ['p'])
})

test('an owner of a kind that nobody serves is left alone', { timeout }, async () => {
  await using bench = await make()
  const owner = { apiVersion: 'example.com/v1', kind: 'Thing', name: 't', uid: 'u' }
  await bench.create(podType, 'p', owner)
  await bench.clock.advance(60_000)
  assert.deepEqual(await bench.names(podType), ['p'])
})

test('an object that got a new owner meanwhile is not deleted', { timeout }, async () => {
  await using bench = await make()
  const one = await bench.create(configMapType, 'one')
  const two = await bench.create(configMapType, 'two')
  const client = bench.client.in(pods, 'default')
  const pod = (await bench.create(podType, 'p', owned(configmaps, one))) as Parameters<
    typeof client.update
  >[0]
  let changed: Promise<unknown> | undefined
  bench.cluster.intercept = ({ method, path }) => {
    if (method !== 'DELETE' || !path.endsWith('/p') || changed !== undefined) return
    const ownerReferences = [owned(configmaps, two)]
    changed = client.update({ ...pod, metadata: { ...pod.metadata, ownerReferences } })
  }
  await bench.remove(configMapType, 'one', 'Background')
  await bench.clock.advance(1000)
  await changed
  assert.deepEqual(await bench.names(podType), ['p'])
})
