import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Service } from '#api/core/v1.gen.ts'
import type { EndpointSlice } from '#api/discovery/v1.gen.ts'
import { chains } from './chains.ts'
import { fakeIptables } from './fake-iptables.ts'
import type { FakeIptables } from './fake-iptables.ts'
import { limits } from './limits.ts'
import { Proxier } from './proxier.ts'
import { sampleNode, sampleService, sampleSlice } from './samples.ts'

const limit = { timeout: 5_000 }

interface World {
  readonly iptables: FakeIptables
  readonly proxier: Proxier
  readonly put: (name: string, last: number, endpoints: string[]) => void
  readonly remove: (name: string) => void
}

function world(): World {
  const objects = new Map<string, { service: Service; slices: EndpointSlice[] }>()
  const iptables = fakeIptables()
  const proxier = new Proxier({
    iptables,
    node: sampleNode,
    source: {
      keys: () => objects.keys(),
      service: (key) => objects.get(key)?.service,
      slices: (key) => objects.get(key)?.slices ?? [],
    },
  })
  return {
    iptables,
    proxier,
    put(name, last, endpoints) {
      objects.set(`ipt/${name}`, {
        service: sampleService(name, { clusterIP: `10.0.0.${last}`, ports: [{ port: 80 }] }),
        slices: [sampleSlice(name, endpoints)],
      })
      proxier.changed(`ipt/${name}`)
    },
    remove(name) {
      objects.delete(`ipt/${name}`)
      proxier.changed(`ipt/${name}`)
    },
  }
}

const portChains = ({ tables }: FakeIptables): number =>
  [...(tables.get('nat')?.keys() ?? [])].filter((chain) => /KUBE-S(?:VC|EP)/.test(chain)).length

test('all is written first, then only what changes', limit, async () => {
  const { iptables, proxier, put, remove } = world()
  put('a', 1, ['10.244.1.1'])
  put('b', 2, ['10.244.1.2'])
  assert.equal((await proxier.sync()).kind, 'full')
  assert.equal(portChains(iptables), 4)
  assert.equal(await proxier.verify(), undefined)

  iptables.restored.length = 0
  put('b', 2, ['10.244.1.2', '10.244.1.3'])
  const { kind, changes } = await proxier.sync()
  assert.deepEqual([kind, changes.length, iptables.restored.length], ['partial', 1, 1])
  assert.doesNotMatch(iptables.restored[0] ?? '', /10\.0\.0\.1\b/)
  assert.equal(await proxier.verify(), undefined)

  remove('a')
  await proxier.sync()
  assert.equal(portChains(iptables), 3)
  assert.equal(await proxier.verify(), undefined)
})

test('a change that changes no rule writes nothing', limit, async () => {
  const { iptables, proxier, put } = world()
  put('a', 1, ['10.244.1.1'])
  await proxier.sync()
  iptables.restored.length = 0
  put('a', 1, ['10.244.1.1'])
  await proxier.sync()
  assert.deepEqual(iptables.restored, [])
})

test('after a failure everything is written again', limit, async () => {
  const { iptables, proxier, put } = world()
  put('a', 1, ['10.244.1.1'])
  await proxier.sync()
  put('b', 2, ['10.244.1.2'])
  iptables.failure = new Error('the lock is held')
  await assert.rejects(proxier.sync(), /the lock is held/)
  iptables.failure = undefined
  assert.equal(proxier.nextSync, 'full')
  await proxier.sync()
  assert.equal(await proxier.verify(), undefined)
  assert.equal(portChains(iptables), 4)
})

test('damage is found and makes the next write a full one', limit, async () => {
  const { iptables, proxier, put } = world()
  put('a', 1, ['10.244.1.1'])
  await proxier.sync()
  iptables.tables.get('nat')?.set(chains.services, [])
  assert.match((await proxier.verify()) ?? '', /KUBE-SERVICES has 0/)
  assert.equal((await proxier.sync()).kind, 'full')
  assert.equal(await proxier.verify(), undefined)
})

test("another process's chains are taken over", limit, async () => {
  const first = world()
  first.put('a', 1, ['10.244.1.1'])
  first.put('gone', 9, ['10.244.1.9'])
  await first.proxier.sync()
  const second = new Proxier({
    iptables: first.iptables,
    node: sampleNode,
    source: {
      keys: () => ['ipt/a'],
      service: () => sampleService('a', { clusterIP: '10.0.0.1', ports: [{ port: 80 }] }),
      slices: () => [sampleSlice('a', ['10.244.1.1'])],
    },
  })
  await second.sync()
  assert.equal(await second.verify(), undefined)
  assert.equal(portChains(first.iptables), 2)
})

test('very many endpoints lose their comments', limit, async () => {
  const { iptables, proxier, put } = world()
  const ips = Array.from(
    { length: limits.manyEndpoints + 1 },
    (_, index) => `10.244.${index >> 8}.${index & 255}`,
  )
  put('a', 1, ips)
  await proxier.sync()
  assert.doesNotMatch(iptables.restored.join(''), /ipt\/a -> /)
  put('a', 1, ['10.244.1.1'])
  await proxier.sync()
  put('b', 2, ['10.244.1.2'])
  await proxier.sync()
  assert.match(iptables.restored.at(-1) ?? '', /ipt\/b -> 10\.244\.1\.2:80/)
})

test('a cleanup removes all', limit, async () => {
  const { iptables, proxier, put } = world()
  put('a', 1, ['10.244.1.1'])
  await proxier.sync()
  await proxier.cleanup()
  const left = [...iptables.tables.values()].flatMap((table) => [...table.keys()])
  assert.deepEqual(
    left.filter((chain) => chain.startsWith('KUBE')),
    [],
  )
})
