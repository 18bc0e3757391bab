import assert from 'node:assert/strict'
import { test } from 'node:test'
import { endpointslices, nodes, services } from '#api/resources.gen.ts'
import { runControllers } from '#testing/controllers.ts'
import { serviceLbController } from './controller.ts'

const timeout = 5_000

async function make() {
  const bench = await runControllers([serviceLbController])
  const nodeClient = bench.client.for(nodes)
  const client = bench.client.in(services, 'default')
  const slices = bench.client.in(endpointslices, 'default')
  const addNode = async (name: string, address: string, ready = 'True') => {
    const node = await nodeClient.create({ metadata: { name }, spec: {} })
    const status = {
      addresses: [{ type: 'InternalIP', address }],
      conditions: [{ type: 'Ready', status: ready }],
    }
    await nodeClient.update({ ...node, status }, { subresource: 'status' })
    await bench.settle()
  }
  const addService = async (spec: object) => {
    await client.create({ metadata: { name: 'web' }, spec: { type: 'LoadBalancer', ...spec } })
    await bench.settle()
  }
  const ips = async () =>
    (await client.get('web')).status?.loadBalancer?.ingress?.map(({ ip }) => ip) ?? []
  const dispose = () => bench[Symbol.asyncDispose]()
  return {
    ...bench,
    client,
    slices,
    nodeClient,
    addNode,
    addService,
    ips,
    [Symbol.asyncDispose]: dispose,
  }
}

test(
  'a LoadBalancer gets the addresses of ready nodes, as they come and go',
  { timeout },
  async () => {
    await using bench = await make()
    await bench.addService({})
    assert.deepEqual(await bench.ips(), [])
    await bench.addNode('b', '10.0.0.2')
    await bench.addNode('a', '10.0.0.1')
    await bench.addNode('down', '10.0.0.3', 'False')
    assert.deepEqual(await bench.ips(), ['10.0.0.1', '10.0.0.2'])
    await bench.nodeClient.delete('b')
    await bench.settle()
    assert.deepEqual(await bench.ips(), ['10.0.0.1'])
  },
)

test(
  'one that becomes a ClusterIP loses them; one of another class never has any',
  { timeout },
  async () => {
    await using bench = await make()
    await bench.addNode('a', '10.0.0.1')
    await bench.addService({})
    const service = await bench.client.get('web')
    await bench.client.update({ ...service, spec: { ...service.spec, type: 'ClusterIP' } })
    await bench.settle()
    assert.deepEqual(await bench.ips(), [])
    await bench.client.delete('web')
    await bench.addService({ loadBalancerClass: 'example.com/other' })
    assert.deepEqual(await bench.ips(), [])
  },
)

test('with the Local policy only nodes with an endpoint count', { timeout }, async () => {
  await using bench = await make()
  await bench.addNode('a', '10.0.0.1')
  await bench.addNode('b', '10.0.0.2')
  await bench.addService({ externalTrafficPolicy: 'Local' })
  assert.deepEqual(await bench.ips(), [])
  await bench.slices.create({
    metadata: { name: 'web-1', labels: { 'kubernetes.io/service-name': 'web' } },
    addressType: 'IPv4',
    endpoints: [{ addresses: ['10.1.0.1'], nodeName: 'b', conditions: { ready: true } }],
  })
  await bench.settle()
  assert.deepEqual(await bench.ips(), ['10.0.0.2'])
})
