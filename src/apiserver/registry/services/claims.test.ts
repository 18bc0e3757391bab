/** Two servers over one store: each address and port is given once, and nothing leaks for good. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Service, ServiceSpec } from '#api/core/v1.gen.ts'
import { ipaddresses } from '#api/resources.gen.ts'
import { createServiceAllocator } from '#apiserver/registry/service-allocator.ts'
import { ipAddresses } from '#resources/ip-address.ts'
import { services } from '#resources/service/service.ts'
import { openMemory } from '#storage/memory/memory.ts'
import { OutcomeUnknownError, type Storage } from '#storage/storage.ts'
import { FakeClock } from '#testing/clock.ts'
import { startTestRegistry, type TestRegistry } from '#testing/registry.ts'
import { createClaims } from './claims.ts'
import { ClaimRepair, repairLimits } from './repair-claims.ts'

const nodePortRange = { first: 30_000, last: 30_049 }

/** Both choose the same at random. */
function startServer(storage: Storage, clock: FakeClock): Promise<TestRegistry> {
  let draws = 0
  const random = (): number => (draws++ % 10) / 10
  return startTestRegistry({
    storage,
    clock,
    resources: [services, ipAddresses],
    allocators: (objects, shared) => [
      createServiceAllocator(objects, shared, {
        clusterIpRanges: ['10.96.0.0/26'],
        nodePortRange,
        random,
      }),
    ],
  })
}

async function start() {
  const clock = new FakeClock()
  const storage = openMemory({ clock })
  const servers = [await startServer(storage, clock), await startServer(storage, clock)] as const
  return {
    clock,
    storage,
    servers,
    async [Symbol.asyncDispose]() {
      for (const server of servers) await server[Symbol.asyncDispose]()
      await storage[Symbol.asyncDispose]()
    },
  }
}

async function create(
  t: TestRegistry,
  name: string,
  spec: Partial<ServiceSpec> = {},
): Promise<ServiceSpec> {
  const object = {
    kind: 'Service',
    apiVersion: 'v1',
    metadata: { name },
    spec: { type: 'NodePort', ports: [{ port: 80 }], selector: { a: 'b' }, ...spec },
  }
  const created = await t.registry.create(t.call(), object as unknown as Service)
  return (created.object as Service & { spec: ServiceSpec }).spec
}

test('two servers give each address and each port once', async () => {
  await using shared = await start()
  const specs = await Promise.all(
    Array.from({ length: 40 }, (_, i) => create(shared.servers[i % 2 === 0 ? 0 : 1], `s${i}`)),
  )
  assert.equal(new Set(specs.map(({ clusterIP }) => clusterIP)).size, 40)
  assert.equal(new Set(specs.map(({ ports }) => ports?.[0]?.nodePort)).size, 40)
  for (const { clusterIP = '', clusterIPs } of specs) assert.deepEqual(clusterIPs, [clusterIP])
})

test('of two who ask for one address or port one gets it', async () => {
  await using shared = await start()
  const attempts = async (spec: Partial<ServiceSpec>, names: readonly string[]) => {
    const made = await Promise.allSettled(
      names.map((name, i) => create(shared.servers[i === 0 ? 0 : 1], name, spec)),
    )
    return made.flatMap((result) => (result.status === 'rejected' ? [String(result.reason)] : []))
  }
  const addresses = await attempts({ clusterIP: '10.96.0.9' }, ['a', 'b'])
  assert.equal(addresses.length, 1)
  assert.match(
    addresses[0] ?? '',
    /spec\.clusterIPs: Invalid value: \["10\.96\.0\.9"\]: failed to allocate IP 10\.96\.0\.9: provided IP is already allocated/,
  )
  const ports = await attempts({ ports: [{ port: 80, nodePort: 30_007 }] }, ['c', 'd'])
  assert.equal(ports.length, 1)
  assert.match(
    ports[0] ?? '',
    /spec\.ports\[0\]\.nodePort: Invalid value: 30007: provided port is already allocated/,
  )
})

test('what a Service held is free for the other server when it is deleted', async () => {
  await using shared = await start()
  const [one, two] = shared.servers
  const spec = { clusterIP: '10.96.0.9', ports: [{ port: 80, nodePort: 30_007 }] }
  await create(one, 'a', spec)
  const address = one.registry.objects.get(ipaddresses, '', '10.96.0.9')
  assert.deepEqual(address?.metadata.labels, {
    'ipaddress.kubernetes.io/ip-family': 'IPv4',
    'ipaddress.kubernetes.io/managed-by': 'ipallocator.k8s.io',
  })
  const parentRef = { group: '', resource: 'services', namespace: 'default', name: 'a' }
  assert.deepEqual(address?.spec?.parentRef, parentRef)
  await one.registry.delete(one.call(), 'a', {})
  await create(two, 'b', spec)
  assert.equal(one.registry.objects.get(ipaddresses, '', '10.96.0.9')?.spec?.parentRef?.name, 'b')
})

test('what a refused Service took is free again', async () => {
  await using shared = await start()
  const [one, two] = shared.servers
  await create(one, 'a', { ports: [{ port: 80, nodePort: 30_007 }] })
  await assert.rejects(create(one, 'a', { clusterIP: '10.96.0.9' }), /already exists/)
  await create(two, 'b', { clusterIP: '10.96.0.9' })
})

test('as long as nobody knows whether a Service was written, it keeps what it has', async () => {
  await using shared = await start()
  const [one, two] = shared.servers
  const storeCreate = shared.storage.create.bind(shared.storage)
  shared.storage.create = async (key, value, options) => {
    const outcome = await storeCreate(key, value, options)
    if (key.includes('/services/specs/')) throw new OutcomeUnknownError('lost')
    return outcome
  }
  await assert.rejects(create(one, 'a', { clusterIP: '10.96.0.9' }), OutcomeUnknownError)
  shared.storage.create = storeCreate
  await assert.rejects(create(two, 'b', { clusterIP: '10.96.0.9' }), /already allocated/)
})

test('leaks are repaired, and a store of before gets its claims', async () => {
  await using shared = await start()
  const { clock, storage, servers } = shared
  const [one] = servers
  const { objects } = one.registry
  const claims = createClaims({ objects, storage, nodePortRange })
  const repair = new ClaimRepair({ objects, claims, nowMs: () => clock.nowMs() })
  await create(one, 'kept', { clusterIP: '10.96.0.9', ports: [{ port: 80, nodePort: 30_007 }] })
  // Of a server that died between the claim and the Service:
  await claims.takeAddress('10.96.0.10', { namespace: 'default', name: 'gone' })
  await claims.takePort(30_008)
  // Of a server that knew no claims:
  await claims.freeAddress('10.96.0.9')
  await claims.freePorts([30_007])

  await repair.run()
  assert.deepEqual([...(await claims.ports())], [30_007, 30_008], 'one on its way is left alone')
  const addresses = () => objects.list(ipaddresses).map(({ metadata }) => metadata.name)
  assert.deepEqual(addresses(), ['10.96.0.10', '10.96.0.9'])

  await clock.advance(repairLimits.graceMs)
  await repair.run()
  assert.deepEqual([...(await claims.ports())], [30_007])
  assert.deepEqual(addresses(), ['10.96.0.9'])
})
