import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Service, ServiceSpec } from '#api/core/v1.gen.ts'
import { cloneJson } from '#apiserver/watch-cache/json.ts'
import { ipAddresses } from '#resources/ip-address.ts'
import { defineResource } from '#resources/resource.ts'
import { services as row } from '#resources/service/service.ts'
import { startTestRegistry, type TestRegistry } from '#testing/registry.ts'
import { createServiceAllocator, firstClusterIp } from './service-allocator.ts'
import { AddressPool, PortPool } from './services/pools.ts'

const clusterIpRanges = ['10.96.0.0/24']
const nodePortRange = { first: 30_000, last: 30_049 }

/** Without the kind's own validation: what allocation does by itself is to be seen. */
const services = defineResource<Service>({
  ...row,
  default(service) {
    service.spec.type ??= 'ClusterIP'
  },
  prepareForUpdate() {},
  prepareForCreate() {},
  validate: () => [],
  validateUpdate: () => [],
})

function start(ranges: readonly string[] = clusterIpRanges): Promise<TestRegistry> {
  let draws = 0
  const random = (): number => (draws++ % 10) / 10
  return startTestRegistry({
    resources: [services, ipAddresses],
    allocators: (objects, storage) => [
      createServiceAllocator(objects, storage, { clusterIpRanges: ranges, nodePortRange, random }),
    ],
  })
}

async function create(
  t: TestRegistry,
  name: string,
  spec: Partial<ServiceSpec> = {},
  dryRun = false,
): Promise<ServiceSpec> {
  const object = {
    metadata: { name },
    spec: { ports: [{ port: 80 }], selector: { a: 'b' }, ...spec },
  }
  const created = await t.registry.create(t.call({ dryRun }), object as unknown as Service)
  return (created.object as Service).spec
}

async function update(
  t: TestRegistry,
  name: string,
  change: (spec: ServiceSpec) => void,
): Promise<ServiceSpec> {
  const current = cloneJson((await t.registry.get(t.call(), name)).object as Service)
  change(current.spec)
  const { object } = await t.registry.update(t.call(), current, { name })
  return (object.object as Service).spec
}

test('a Service gets an address of the range, one of its family', async () => {
  await using t = await start()
  const spec = await create(t, 'a')
  assert.match(spec.clusterIP ?? '', /^10\.96\.0\.\d+$/)
  assert.deepEqual(spec.clusterIPs, [spec.clusterIP])
  assert.deepEqual([spec.ipFamilies, spec.ipFamilyPolicy], [['IPv4'], 'SingleStack'])
})

test('an address that is asked for is given once', async () => {
  await using t = await start()
  const spec = await create(t, 'a', { clusterIP: '10.96.0.10' })
  assert.deepEqual(spec.clusterIPs, ['10.96.0.10'])
  await assert.rejects(create(t, 'b', { clusterIP: '10.96.0.10' }), {
    message:
      'Service "b" is invalid: spec.clusterIPs: Invalid value: ["10.96.0.10"]: failed to allocate IP 10.96.0.10: provided IP is already allocated',
  })
  await assert.rejects(create(t, 'b', { clusterIP: '10.97.0.1' }), {
    message:
      'Service "b" is invalid: spec.clusterIPs: Invalid value: ["10.97.0.1"]: failed to allocate IP 10.97.0.1: provided IP is not in the valid range. The range of valid IPs is 10.96.0.0/24',
  })
  await t.registry.delete(t.call(), 'a', {})
  await create(t, 'b', { clusterIP: '10.96.0.10' })
})

test('what a refused or dry create took is free again', async () => {
  await using t = await start()
  await create(t, 'dry', { clusterIP: '10.96.0.10' }, true)
  const asked = { clusterIP: '10.96.0.10', type: 'NodePort', ports: [{ port: 80, nodePort: 1 }] }
  await assert.rejects(create(t, 'bad', asked as never), {
    message:
      'Service "bad" is invalid: spec.ports[0].nodePort: Invalid value: 1: provided port is not in the valid range. The range of valid ports is 30000-30049',
  })
  await create(t, 'good', { clusterIP: '10.96.0.10' })
})

test('headless and external Services have no address', async () => {
  await using t = await start()
  assert.deepEqual((await create(t, 'headless', { clusterIP: 'None' })).clusterIPs, ['None'])
  const external = await create(t, 'external', { type: 'ExternalName', externalName: 'x' })
  assert.equal(external.clusterIP, undefined)
  assert.equal(external.ipFamilies, undefined)
  const open = await create(t, 'open', { clusterIP: 'None', selector: {} })
  assert.deepEqual([open.ipFamilies, open.ipFamilyPolicy], [['IPv4', 'IPv6'], 'RequireDualStack'])
})

test('node ports are unique; two protocols of a port share one', async () => {
  await using t = await start()
  const ports = [
    { name: 'a', port: 53, protocol: 'TCP' },
    { name: 'b', port: 53, protocol: 'UDP' },
    { name: 'c', port: 80, protocol: 'TCP' },
  ]
  const spec = await create(t, 'a', { type: 'NodePort', ports } as never)
  const [tcp, udp, http] = spec.ports?.map(({ nodePort }) => nodePort) ?? []
  assert.equal(tcp, udp)
  assert.notEqual(tcp, http)
  const taken = { type: 'NodePort', ports: [{ port: 80, nodePort: tcp }] }
  await assert.rejects(create(t, 'b', taken as never), {
    message: `Service "b" is invalid: spec.ports[0].nodePort: Invalid value: ${tcp}: provided port is already allocated`,
  })
})

test('a change of type allocates and releases', async () => {
  await using t = await start()
  await create(t, 'a', { clusterIP: '10.96.0.9' })
  const port = (await update(t, 'a', (spec) => (spec.type = 'NodePort'))).ports?.[0]?.nodePort ?? 0
  assert.ok(port >= 30_000)
  const kept = await update(t, 'a', (spec) => {
    delete spec.clusterIP
    delete spec.clusterIPs
    spec.ports = [{ port: 81 }]
  })
  assert.deepEqual([kept.clusterIP, kept.ports?.[0]?.nodePort], ['10.96.0.9', port])
  await update(t, 'a', (spec) => {
    spec.type = 'ClusterIP'
    delete spec.ports?.[0]?.nodePort
  })
  await create(t, 'b', { type: 'NodePort', ports: [{ port: 80, nodePort: port }] })
  await update(t, 'a', (spec) => {
    spec.type = 'ExternalName'
    delete spec.clusterIP
    delete spec.clusterIPs
  })
  await create(t, 'c', { clusterIP: '10.96.0.9' })
})

test('a load balancer with local traffic has a port for health checks', async () => {
  await using t = await start()
  const local = { type: 'LoadBalancer', externalTrafficPolicy: 'Local' }
  const spec = await create(t, 'a', local)
  assert.ok((spec.healthCheckNodePort ?? 0) >= 30_000)
  await assert.rejects(
    create(t, 'b', { ...local, healthCheckNodePort: spec.healthCheckNodePort ?? 0 }),
    {
      message: `Internal error occurred: failed to allocate requested HealthCheck NodePort ${spec.healthCheckNodePort}: provided port is already allocated`,
    },
  )
  const without = await create(t, 'c', {
    type: 'LoadBalancer',
    allocateLoadBalancerNodePorts: false,
  })
  assert.equal(without.ports?.[0]?.nodePort, undefined)
})

test('what Services hold is known after a restart', async () => {
  await using t = await start()
  const { clusterIP = '' } = await create(t, 'a')
  const again = createServiceAllocator(t.registry.objects, t.storage, {
    clusterIpRanges,
    nodePortRange,
    random: () => 0,
  })
  const asked = { metadata: { name: 'b' }, spec: { type: 'ClusterIP', clusterIP } } as never
  assert.throws(() => again.begin(asked, undefined), /provided IP is already allocated/)
})

test('dual stack: a second family is added and released', async () => {
  await using t = await start(['10.96.0.0/24', 'fd00:1::/108'])
  const spec = await create(t, 'a', { ipFamilyPolicy: 'PreferDualStack' })
  assert.deepEqual(spec.ipFamilies, ['IPv4', 'IPv6'])
  assert.match(spec.clusterIPs?.[1] ?? '', /^fd00:1::/)
  const single = await update(t, 'a', (next) => (next.ipFamilyPolicy = 'SingleStack'))
  assert.deepEqual(single.clusterIPs, spec.clusterIPs?.slice(0, 1))
  await create(t, 'b', { clusterIP: spec.clusterIPs?.[1] ?? '' })
})

test('a single-stack cluster refuses a second family', async () => {
  await using t = await start()
  await assert.rejects(create(t, 'a', { ipFamilyPolicy: 'RequireDualStack' }), {
    message:
      'Service "a" is invalid: spec.ipFamilyPolicy: Invalid value: "RequireDualStack": this cluster is not configured for dual-stack services',
  })
  await assert.rejects(create(t, 'a', { ipFamilies: ['IPv6'] }), {
    message:
      'Service "a" is invalid: spec.ipFamilies[0]: Invalid value: "IPv6": not configured on this cluster',
  })
})

const bands = [
  { cidr: '10.96.0.0/12', first: '10.96.0.1', dynamic: '10.96.1.1' },
  { cidr: '10.0.0.0/24', first: '10.0.0.1', dynamic: '10.0.0.17' },
  { cidr: '10.0.0.0/28', first: '10.0.0.1', dynamic: '10.0.0.1' },
  { cidr: 'fd00::/108', first: 'fd00::1', dynamic: 'fd00::101' },
]

for (const { cidr, first, dynamic } of bands) {
  test(`${cidr} begins at ${first}, its dynamic part at ${dynamic}`, () => {
    assert.equal(firstClusterIp(cidr), first)
    assert.equal(new AddressPool(cidr, () => 0).takeAny(), dynamic)
  })
}

test('a full dynamic part falls back to the static one, then the range is full', () => {
  const ports = new PortPool({ first: 100, last: 139 }, () => 0.99)
  const taken = Array.from({ length: 40 }, () => ports.takeAny())
  assert.equal(new Set(taken).size, 40)
  assert.ok(taken.slice(0, 24).every((port) => port >= 116))
  assert.throws(() => ports.takeAny(), /range is full/)
  ports.free(120)
  assert.equal(ports.takeAny(), 120)
})
