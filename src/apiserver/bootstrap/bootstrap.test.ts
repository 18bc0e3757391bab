import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import test, { after } from 'node:test'
import {
  configmaps,
  endpoints,
  endpointslices,
  namespaces,
  ipaddresses,
  priorityclasses,
  servicecidrs,
  services,
} from '#api/resources.gen.ts'
import { startTestApiServer } from '#testing/api-server.ts'

const { server, pki, ...running } = await startTestApiServer()
after(() => running[Symbol.asyncDispose]())
const { objects, port } = server

/** Repairs follow the change, they are not part of it. */
async function eventually(isSo: () => boolean): Promise<void> {
  const until = AbortSignal.timeout(10_000)
  while (!isSo()) await sleep(5, undefined, { signal: until })
}

test('the system’s namespaces are there', () => {
  const names = objects.list(namespaces).map(({ metadata }) => metadata.name)
  assert.deepEqual(names, ['default', 'kube-node-lease', 'kube-public', 'kube-system'])
})

test('the kubernetes Service has the first address of its range and leads to the server', () => {
  const service = objects.get(services, 'default', 'kubernetes')
  assert.equal(service?.spec?.clusterIP, '10.96.0.1')
  assert.deepEqual(service?.metadata.labels, { component: 'apiserver', provider: 'kubernetes' })
  assert.deepEqual(objects.get(endpoints, 'default', 'kubernetes')?.subsets, [
    { addresses: [{ ip: '192.0.2.1' }], ports: [{ name: 'https', port, protocol: 'TCP' }] },
  ])
  const slice = objects.get(endpointslices, 'default', 'kubernetes')
  assert.equal(slice?.addressType, 'IPv4')
  assert.equal(slice?.metadata.labels?.['kubernetes.io/service-name'], 'kubernetes')
})

test('its endpoints come back when somebody changes or deletes them', async () => {
  await objects.modify(endpoints, { namespace: 'default', name: 'kubernetes' }, (found) => {
    found.subsets = []
  })
  await eventually(
    () => objects.get(endpoints, 'default', 'kubernetes')?.subsets?.[0]?.ports?.[0]?.port === port,
  )
  await objects.delete(endpointslices, 'default', 'kubernetes')
  await eventually(() => objects.get(endpointslices, 'default', 'kubernetes') !== undefined)
})

test('the priority classes of the system', () => {
  assert.equal(objects.get(priorityclasses, '', 'system-node-critical')?.value, 2_000_001_000)
  assert.equal(objects.get(priorityclasses, '', 'system-cluster-critical')?.value, 2_000_000_000)
})

test('the range of cluster IPs, and the address of the first Service', () => {
  const serviceCidr = objects.get(servicecidrs, '', 'kubernetes')
  assert.deepEqual(serviceCidr?.spec?.cidrs, ['10.96.0.0/12'])
  const [ready] = serviceCidr?.status?.conditions ?? []
  assert.deepEqual([ready?.type, ready?.status], ['Ready', 'True'])
  const address = objects.get(ipaddresses, '', '10.96.0.1')
  assert.equal(address?.spec?.parentRef?.name, 'kubernetes')
})

test('extension servers learn whom to trust', () => {
  const config = objects.get(configmaps, 'kube-system', 'extension-apiserver-authentication')
  assert.equal(config?.data?.['client-ca-file'], pki.ca.certificate)
})

test('since when uses of legacy tokens are marked is known, and stays so', async () => {
  const name = 'kube-apiserver-legacy-service-account-token-tracking'
  const since = () => objects.get(configmaps, 'kube-system', name)?.data?.['since'] ?? ''
  assert.match(since(), /^\d{4}-\d\d-\d\d$/)
  await objects.modify(configmaps, { namespace: 'kube-system', name }, (config) => {
    config.data = { since: '2020-02-03' }
  })
  assert.equal(since(), '2020-02-03')
  await objects.modify(configmaps, { namespace: 'kube-system', name }, (config) => {
    config.data = { since: 'once' }
  })
  await eventually(() => since().startsWith('20'))
})
