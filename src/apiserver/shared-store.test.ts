/** Three API servers over one etcd are one cluster: what one wrote, all show; each tells where it is. */
import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { configmaps, endpoints, endpointslices, services } from '#api/resources.gen.ts'
import { isStatus } from '#api/meta/status.ts'
import type { Client } from '#client/client.ts'
import { createClient } from '#client/create-client.ts'
import { sharedCompactor } from '#storage/etcd/compactor.ts'
import type { EtcdStorage } from '#storage/etcd/etcd.ts'
import { master, startTestApiServer, type TestApiServer } from '#testing/api-server.ts'
import { etcdIsMissing, startTestEtcd, type TestEtcd } from '#testing/etcd.ts'

const addresses = ['192.0.2.1', '192.0.2.2', '192.0.2.3'] as const

suite('API servers over one etcd', { skip: etcdIsMissing, timeout: 60_000 }, () => {
  let etcd: TestEtcd
  const stores: EtcdStorage[] = []
  const servers: TestApiServer[] = []
  const clients: Client[] = []

  before(async () => {
    etcd = await startTestEtcd()
    stores.push(...(await Promise.all(addresses.map(() => etcd.open()))))
    const started = stores.map((storage, i) =>
      startTestApiServer({
        more: () => ({
          storage,
          isStoreShared: true,
          compaction: { intervalMs: 300_000, compactor: sharedCompactor(storage.client) },
          advertiseAddress: addresses[i] ?? '',
          // One port for all, as on machines of their own.
          ...(i > 0 && { listen: undefined }),
        }),
      }),
    )
    servers.push(...(await Promise.all(started)))
    clients.push(...servers.map(({ server }) => createClient(server.transport(master))))
  })
  after(async () => {
    for (const closing of [...servers, ...stores, etcd]) await closing[Symbol.asyncDispose]()
  })

  const client = (i: number): Client => {
    const found = clients[i % clients.length]
    assert.ok(found !== undefined)
    return found
  }

  test('what one server wrote, every other shows at once', async () => {
    for (let i = 0; i < 30; i++) {
      const name = `at-once-${i}`
      const data = { from: `${i}` }
      await client(i).in(configmaps, 'default').create({ metadata: { name }, data })
      const [seen, list] = await Promise.all([
        client(i + 1)
          .in(configmaps, 'default')
          .get(name),
        client(i + 2)
          .in(configmaps, 'default')
          .list(),
      ])
      assert.deepEqual(seen.data, data)
      assert.ok(list.items.some(({ metadata }) => metadata.name === name))
    }
  })

  test('a counter that all servers are told to raise loses no step', async () => {
    const name = 'counter'
    await client(0)
      .in(configmaps, 'default')
      .create({ metadata: { name }, data: { n: '0' } })
    const raise = async (i: number): Promise<void> => {
      for (;;) {
        const found = await client(i).in(configmaps, 'default').get(name)
        const data = { n: `${Number(found.data?.['n']) + 1}` }
        try {
          await client(i + 1)
            .in(configmaps, 'default')
            .update({ ...found, data })
          return
        } catch (error) {
          if (!isStatus(error, 'Conflict')) throw error
        }
      }
    }
    await Promise.all(Array.from({ length: 12 }, (_, i) => raise(i)))
    assert.equal((await client(2).in(configmaps, 'default').get(name)).data?.['n'], '12')
  })

  test('Services made by all of them have addresses and ports of their own', async () => {
    const made = await Promise.all(
      Array.from({ length: 15 }, (_, i) =>
        client(i)
          .in(services, 'default')
          .create({
            metadata: { name: `service-${i}` },
            spec: { type: 'NodePort', ports: [{ port: 80 }] },
          }),
      ),
    )
    assert.equal(new Set(made.map(({ spec }) => spec?.clusterIP)).size, made.length)
    assert.equal(new Set(made.map(({ spec }) => spec?.ports?.[0]?.nodePort)).size, made.length)
  })

  test('a read does not wait for what was written beside the API', async () => {
    const put = { requestPut: { key: Buffer.from('elsewhere'), value: Buffer.from('1') } }
    await stores[0]?.client.txn({ compare: [], success: [put], failure: [] })
    await client(1).in(configmaps, 'default').list()
  })
})

suite('addresses of API servers', { skip: etcdIsMissing, timeout: 60_000 }, () => {
  test('each is an endpoint of the kubernetes Service, until it ends', async () => {
    await using etcd = await startTestEtcd()
    const stores = await Promise.all(addresses.map(() => etcd.open()))
    const start = (i: number): Promise<TestApiServer> =>
      startTestApiServer({
        more: () => ({
          ...(stores[i] !== undefined && { storage: stores[i] }),
          isStoreShared: true,
          advertiseAddress: addresses[i] ?? '',
        }),
      })
    const [one, two, three] = await Promise.all([start(0), start(1), start(2)])
    const client = createClient(one.server.transport(master))
    const told = async (): Promise<readonly string[]> => {
      const { subsets } = await client.in(endpoints, 'default').get('kubernetes')
      const slice = await client.in(endpointslices, 'default').get('kubernetes')
      const inSlice = (slice.endpoints ?? []).flatMap((endpoint) => endpoint.addresses)
      const inSubsets = subsets?.flatMap((subset) => subset.addresses ?? []).map(({ ip }) => ip)
      return inSubsets?.join() === inSlice.join() ? inSlice : ['they differ']
    }
    await eventually(async () => (await told()).join() === addresses.join())
    await three[Symbol.asyncDispose]()
    await eventually(async () => (await told()).join() === addresses.slice(0, 2).join())
    for (const closing of [one, two, ...stores]) await closing[Symbol.asyncDispose]()
  })
})

async function eventually(isSo: () => Promise<boolean>): Promise<void> {
  const until = AbortSignal.timeout(20_000)
  while (!(await isSo())) await sleep(20, undefined, { signal: until })
}
