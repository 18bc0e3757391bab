/** All controllers against a real API server, over HTTPS, by the real clock. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isStatus } from '#api/meta/status.ts'
import {
  configmaps,
  deployments,
  namespaces,
  nodes,
  pods,
  replicasets,
  replicationcontrollers,
  secrets,
  serviceaccounts,
} from '#api/resources.gen.ts'
import { silentLogger } from '#base/logger.ts'
import { systemClock } from '#base/system-clock.ts'
import { createClient } from '#client/create-client.ts'
import { httpsTransport } from '#client/https-transport.ts'
import { startTestApiServer } from '#testing/api-server.ts'
import { define, definitionOf, gadgets, schemaOf, versionOf } from '#testing/custom-kinds.ts'
import { startControllerManager } from './all.ts'

const timeout = 60_000

async function make() {
  const stack = new AsyncDisposableStack()
  const { server, pki } = stack.use(await startTestApiServer())
  const runtime = { clock: systemClock, random: () => Math.random(), log: silentLogger }
  const transport = stack.use(
    httpsTransport({
      ...runtime,
      server: `https://127.0.0.1:${server.port}`,
      ca: pki.ca.certificate,
      cert: pki.admin.certificate,
      key: pki.admin.key,
      userAgent: 'test',
    }),
  )
  const client = createClient(transport)
  const options = {
    rootCa: 'CA',
    clusterCidr: '10.244.0.0/16',
    serviceCidr: '10.96.0.0/12',
    signToken: () => 'signed',
  }
  const stop = new AbortController()
  const manager = stack.use(startControllerManager({ ...runtime, client, options }, stop.signal))
  await manager.started
  await client.for(namespaces).create({ metadata: { name: 'work' }, spec: {} })
  return { client, [Symbol.asyncDispose]: () => stack.disposeAsync() }
}

/** The value, once the server has one; fails after 20 s. */
async function eventually<T>(what: string, read: () => Promise<T | undefined | false>): Promise<T> {
  for (const end = Date.now() + 20_000; Date.now() < end;) {
    const value = await read().catch((error: unknown) => {
      if (isStatus(error, 'NotFound')) return undefined
      throw error
    })
    if (value !== undefined && value !== false) return value
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
  return assert.fail(`waited in vain for ${what}`)
}

const template = {
  metadata: { labels: { app: 'web' } },
  spec: { containers: [{ name: 'c', image: 'i' }] },
}

test('a namespace is furnished, used and emptied', { timeout }, async () => {
  await using cluster = await make()
  const { client } = cluster
  await eventually('the account', () => client.in(serviceaccounts, 'work').get('default'))
  const ca = await eventually('the root certificate', () =>
    client.in(configmaps, 'work').get('kube-root-ca.crt'),
  )
  assert.equal(ca.data?.['ca.crt'], 'CA')
  const annotations = { 'kubernetes.io/service-account.name': 'default' }
  const type = 'kubernetes.io/service-account-token'
  await client.in(secrets, 'work').create({ metadata: { name: 'token', annotations }, type })
  await eventually(
    'the token',
    async () => (await client.in(secrets, 'work').get('token')).data?.['token'],
  )

  await client.in(replicationcontrollers, 'work').create({
    metadata: { name: 'rc' },
    spec: { replicas: 2, selector: { app: 'web' }, template },
  })
  await eventually(
    'two pods',
    async () => (await client.in(pods, 'work').list()).items.length === 2,
  )
  const status = await eventually('the status', async () => {
    const { status: found } = await client.in(replicationcontrollers, 'work').get('rc')
    return found?.replicas === 2 && found
  })
  assert.equal(status.fullyLabeledReplicas, 2)

  await client.for(namespaces).delete('work')
  await eventually('the end', async () => {
    const { items } = await client.for(namespaces).list()
    return !items.some(({ metadata }) => metadata.name === 'work')
  })
  assert.equal((await client.for(pods).list()).items.length, 0)
})

test('a Deployment that goes in the foreground takes all with it', { timeout }, async () => {
  await using cluster = await make()
  const { client } = cluster
  const web = client.in(deployments, 'work')
  const selector = { matchLabels: { app: 'web' } }
  await web.create({ metadata: { name: 'web' }, spec: { replicas: 3, selector, template } })
  await eventually(
    'three pods',
    async () => (await client.in(pods, 'work').list()).items.length === 3,
  )
  await web.delete('web', { propagationPolicy: 'Foreground' })
  await eventually('the end', async () => (await web.list()).items.length === 0)
  assert.equal((await client.in(replicasets, 'work').list()).items.length, 0)
  assert.equal((await client.in(pods, 'work').list()).items.length, 0)
})

test('a Deployment that leaves orphans leaves its ReplicaSet and pods', { timeout }, async () => {
  await using cluster = await make()
  const { client } = cluster
  const web = client.in(deployments, 'work')
  const selector = { matchLabels: { app: 'web' } }
  await web.create({ metadata: { name: 'web' }, spec: { replicas: 1, selector, template } })
  await eventually('a pod', async () => (await client.in(pods, 'work').list()).items.length === 1)
  await web.delete('web', { propagationPolicy: 'Orphan' })
  await eventually('the end', async () => (await web.list()).items.length === 0)
  const [left] = (await client.in(replicasets, 'work').list()).items
  assert.deepEqual(left?.metadata.ownerReferences ?? [], [])
  assert.equal((await client.in(pods, 'work').list()).items.length, 1)
})

test('custom objects go with their owners and with their namespace', { timeout }, async () => {
  await using cluster = await make()
  const { client } = cluster
  await define(client, definitionOf([versionOf('v1', schemaOf({ a: { type: 'string' } }))]))
  const work = client.in(gadgets(), 'work')
  const owner = await work.create({ metadata: { name: 'owner' } })
  const reference = {
    apiVersion: 'example.com/v1',
    kind: 'Gadget',
    name: 'owner',
    uid: owner.metadata.uid,
  }
  const owned = { name: 'owned', ownerReferences: [reference] }
  await work.create({ metadata: owned })
  await client.in(configmaps, 'work').create({ metadata: owned })
  await work.create({ metadata: { name: 'free' } })
  await work.delete('owner')
  await eventually('the end of the owned', async () => {
    const { items } = await work.list()
    const maps = (await client.in(configmaps, 'work').list()).items
    return items.length === 1 && !maps.some(({ metadata }) => metadata.name === 'owned')
  })
  await client.for(namespaces).delete('work')
  await eventually('the end of the namespace', async () => {
    const { items } = await client.for(namespaces).list()
    return !items.some(({ metadata }) => metadata.name === 'work')
  })
  assert.deepEqual((await client.for(gadgets()).list()).items, [])
})

test('a node gets its addresses', { timeout }, async () => {
  await using cluster = await make()
  const { client } = cluster
  await client.for(nodes).create({ metadata: { name: 'n1' }, spec: {} })
  const node = await eventually('the addresses', async () => {
    const found = await client.for(nodes).get('n1')
    return found.spec.podCIDR !== undefined && found
  })
  assert.deepEqual(node.spec.podCIDRs, ['10.244.0.0/24'])
})
