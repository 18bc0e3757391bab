import assert from 'node:assert/strict'
import { test } from 'node:test'
import { nodes } from '#api/resources.gen.ts'
import { runControllers } from '#testing/controllers.ts'
import { nodeIpamController } from './controller.ts'

const timeout = 5_000

async function make() {
  const options = { clusterCidrs: ['10.244.0.0/22'], serviceCidrs: ['10.244.3.0/24'] }
  const bench = await runControllers([nodeIpamController(options)])
  const client = bench.client.for(nodes)
  const add = async (name: string, podCIDR?: string) => {
    const spec = podCIDR === undefined ? {} : { podCIDR, podCIDRs: [podCIDR] }
    await client.create({ metadata: { name }, spec })
    await bench.settle()
    return (await client.get(name)).spec.podCIDRs
  }
  return { ...bench, client, add, [Symbol.asyncDispose]: () => bench[Symbol.asyncDispose]() }
}

test('each node gets its own share, and gives it back', { timeout }, async () => {
  await using bench = await make()
  await bench.add('fixed', '10.244.1.0/24')
  assert.deepEqual(await bench.add('a'), ['10.244.0.0/24'])
  assert.deepEqual(await bench.add('b'), ['10.244.2.0/24'])
  assert.equal(await bench.add('c'), undefined)
  assert.equal(bench.events[0], 'Normal CIDRNotAvailable Node c status is now: CIDRNotAvailable')
  await bench.client.delete('a')
  await bench.clock.advance(10_000)
  assert.deepEqual((await bench.client.get('c')).spec.podCIDRs, ['10.244.0.0/24'])
})
