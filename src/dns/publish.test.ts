import assert from 'node:assert/strict'
import { test } from 'node:test'
import { endpointslices, services } from '#api/resources.gen.ts'
import { silentLogger } from '#base/logger.ts'
import { createClient } from '#client/create-client.ts'
import { FakeClock } from '#testing/clock.ts'
import { inMemoryCluster } from '#testing/in-memory-cluster.ts'
import type { InMemoryCluster } from '#testing/in-memory-cluster.ts'
import { publishDns, withdrawDns } from './publish.ts'
import type { PublishOptions } from './publish.ts'

const limit = { timeout: 5_000 }
const { signal } = new AbortController()

function setUp(): { cluster: InMemoryCluster; options: PublishOptions; clock: FakeClock } {
  const cluster = inMemoryCluster()
  const clock = new FakeClock()
  const options = {
    client: createClient(cluster),
    clusterIp: '10.96.0.10',
    nodeName: 'n1',
    nodeIp: '192.0.2.2',
    port: 10_053,
    metricsPort: undefined,
    clock,
    log: silentLogger,
  }
  return { cluster, options, clock }
}

test('the Service and the slice, once', limit, async () => {
  const { cluster, options } = setUp()
  assert.equal(await publishDns(options, signal), true)
  const service = await options.client.in(services, 'kube-system').get('kube-dns')
  assert.deepEqual(service.metadata.labels, {
    'k8s-app': 'kube-dns',
    'kubernetes.io/cluster-service': 'true',
    'kubernetes.io/name': 'CoreDNS',
  })
  assert.deepEqual(service.spec, {
    clusterIP: '10.96.0.10',
    ports: [
      { name: 'dns', protocol: 'UDP', port: 53, targetPort: 10_053 },
      { name: 'dns-tcp', protocol: 'TCP', port: 53, targetPort: 10_053 },
    ],
  })
  const slice = await options.client.in(endpointslices, 'kube-system').get('kube-dns-n1')
  assert.equal(slice.metadata.labels?.['kubernetes.io/service-name'], 'kube-dns')
  assert.equal(slice.metadata.labels['endpointslice.kubernetes.io/managed-by'], 'dns.k8ts.io')
  assert.equal(slice.metadata.ownerReferences?.[0]?.uid, service.metadata.uid)
  assert.deepEqual(slice.endpoints?.[0]?.addresses, ['192.0.2.2'])
  assert.deepEqual(slice.ports, [
    { name: 'dns', protocol: 'UDP', port: 10_053 },
    { name: 'dns-tcp', protocol: 'TCP', port: 10_053 },
  ])
  const { length } = cluster.writes
  assert.equal(await publishDns(options, signal), true)
  assert.equal(cluster.writes.length, length)
})

test('another address or another port is repaired', limit, async () => {
  const { options } = setUp()
  await publishDns(options, signal)
  await publishDns({ ...options, nodeIp: '192.0.2.3', port: 53, metricsPort: 9153 }, signal)
  const slice = await options.client.in(endpointslices, 'kube-system').get('kube-dns-n1')
  assert.deepEqual(slice.endpoints?.[0]?.addresses, ['192.0.2.3'])
  assert.deepEqual(
    slice.ports?.map((port) => port.port),
    [53, 53, 9153],
  )
  const service = await options.client.in(services, 'kube-system').get('kube-dns')
  assert.deepEqual(
    service.spec.ports?.map((port) => port.name),
    ['dns', 'dns-tcp', 'metrics'],
  )
})

test("somebody's CoreDNS is left alone", limit, async () => {
  const { cluster, options } = setUp()
  const selector = { 'k8s-app': 'kube-dns' }
  await options.client
    .in(services, 'kube-system')
    .create({ metadata: { name: 'kube-dns' }, spec: { selector, clusterIP: '10.96.0.10' } })
  const { length } = cluster.writes
  assert.equal(await publishDns(options, signal), false)
  assert.equal(cluster.writes.length, length)
})

test('an API server that is not there yet is waited for', limit, async () => {
  const { cluster, options, clock } = setUp()
  let refusals = 3
  cluster.intercept = () => {
    if (refusals-- > 0) throw new Error('connection refused')
  }
  const published = publishDns(options, signal)
  while (refusals >= 0) await clock.advance(5_000)
  assert.equal(await published, true)
})

test('an abort ends the wait', limit, async () => {
  const { cluster, options } = setUp()
  cluster.intercept = () => {
    throw new Error('connection refused')
  }
  const stop = new AbortController()
  const published = publishDns(options, stop.signal)
  stop.abort()
  await assert.rejects(published, { name: 'AbortError' })
})

test('a node that leaves takes its slice away, once', limit, async () => {
  const { options } = setUp()
  await publishDns(options, signal)
  await withdrawDns(options, signal)
  await withdrawDns(options, signal)
  const { items } = await options.client.in(endpointslices, 'kube-system').list()
  assert.deepEqual(items, [])
})
