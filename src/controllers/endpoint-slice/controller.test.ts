import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Pod, ServiceSpec } from '#api/core/v1.gen.ts'
import { endpoints, endpointslices, pods, services } from '#api/resources.gen.ts'
import { endpointSliceMirroringController } from '#controllers/endpoint-slice-mirroring/controller.ts'
import { endpointsController } from '#controllers/endpoints/controller.ts'
import { runControllers } from '#testing/controllers.ts'
import { endpointSliceController } from './controller.ts'

const timeout = 10_000

async function make(spec: Partial<ServiceSpec> = {}) {
  const bench = await runControllers([
    endpointSliceController,
    endpointsController,
    endpointSliceMirroringController,
  ])
  const podsHere = bench.client.in(pods, 'default')
  await bench.client.in(services, 'default').create({
    metadata: { name: 'web', labels: { team: 'a' } },
    spec: {
      clusterIP: '10.96.0.10',
      ipFamilies: ['IPv4'],
      selector: { app: 'web' },
      ports: [{ name: 'http', port: 80, targetPort: 'http', protocol: 'TCP' }],
      ...spec,
    },
  })
  const addPod = async (name: string, ip: string, ready: boolean): Promise<Pod> => {
    const pod = await podsHere.create({
      metadata: { name, labels: { app: 'web' } },
      spec: {
        nodeName: 'n1',
        containers: [{ name: 'c', ports: [{ name: 'http', containerPort: 8080 }] }],
      },
    })
    return await setStatus(pod, ip, ready)
  }
  const setStatus = async (pod: Pod, ip: string, ready: boolean): Promise<Pod> => {
    const conditions = [{ type: 'Ready', status: ready ? 'True' : 'False' }]
    const status = { phase: 'Running', podIP: ip, podIPs: [{ ip }], conditions }
    const next = await podsHere.update({ ...pod, status }, { subresource: 'status' })
    await bench.settle()
    return next
  }
  const slices = async () => [...(await bench.all(endpointslices)).values()]
  const legacy = async () => (await bench.all(endpoints)).get('default/web')
  await bench.settle()
  const dispose = () => bench[Symbol.asyncDispose]()
  return { ...bench, podsHere, addPod, setStatus, slices, legacy, [Symbol.asyncDispose]: dispose }
}

test('ready pods are endpoints, by the number of their named port', { timeout }, async () => {
  await using bench = await make()
  const pod = await bench.addPod('a', '10.0.0.1', true)
  const [slice, ...more] = await bench.slices()
  assert.equal(more.length, 0)
  assert.deepEqual(slice?.ports, [{ name: 'http', port: 8080, protocol: 'TCP' }])
  assert.deepEqual(slice?.metadata.labels, {
    team: 'a',
    'kubernetes.io/service-name': 'web',
    'endpointslice.kubernetes.io/managed-by': 'endpointslice-controller.k8s.io',
  })
  const targetRef = { kind: 'Pod', namespace: 'default', name: 'a', uid: pod.metadata.uid }
  assert.deepEqual(slice?.endpoints, [
    {
      addresses: ['10.0.0.1'],
      conditions: { ready: true, serving: true, terminating: false },
      targetRef,
      nodeName: 'n1',
    },
  ])
  assert.deepEqual((await bench.legacy())?.subsets, [
    {
      addresses: [{ ip: '10.0.0.1', nodeName: 'n1', targetRef }],
      ports: [{ name: 'http', port: 8080, protocol: 'TCP' }],
    },
  ])
  assert.deepEqual(bench.errors, [])
})

test('a pod that is not ready is listed as such', { timeout }, async () => {
  await using bench = await make()
  await bench.addPod('a', '10.0.0.1', false)
  const [slice] = await bench.slices()
  assert.deepEqual(slice?.endpoints?.[0]?.conditions, {
    ready: false,
    serving: false,
    terminating: false,
  })
  assert.equal((await bench.legacy())?.subsets?.[0]?.notReadyAddresses?.length, 1)
})

test('publishNotReadyAddresses makes it ready', { timeout }, async () => {
  await using bench = await make({ publishNotReadyAddresses: true, clusterIP: 'None', ports: [] })
  await bench.addPod('a', '10.0.0.1', false)
  const [slice] = await bench.slices()
  assert.equal(slice?.endpoints?.[0]?.conditions?.ready, true)
  assert.equal(slice?.metadata.labels?.['service.kubernetes.io/headless'], '')
  assert.equal((await bench.legacy())?.subsets?.[0]?.addresses?.length, 1)
})

test('a terminating pod serves on, but is not ready', { timeout }, async () => {
  await using bench = await make()
  const pod = await bench.addPod('a', '10.0.0.1', true)
  const metadata = { ...pod.metadata, finalizers: ['test/slow'] }
  await bench.podsHere.update({ ...pod, metadata })
  await bench.podsHere.delete('a')
  await bench.settle()
  const [slice] = await bench.slices()
  assert.deepEqual(slice?.endpoints?.[0]?.conditions, {
    ready: false,
    serving: true,
    terminating: true,
  })
  assert.deepEqual((await bench.legacy())?.subsets, [])
})

test('an event that changes no endpoint writes nothing', { timeout }, async () => {
  await using bench = await make()
  const pod = await bench.addPod('a', '10.0.0.1', true)
  const { length } = bench.cluster.writes
  const metadata = { ...pod.metadata, annotations: { note: 'x' } }
  await bench.podsHere.update({ ...pod, metadata })
  await bench.settle()
  assert.equal(bench.cluster.writes.length, length + 1)
})

test('a pod whose labels leave the selector leaves the endpoints', { timeout }, async () => {
  await using bench = await make()
  const pod = await bench.addPod('a', '10.0.0.1', true)
  await bench.podsHere.update({ ...pod, metadata: { ...pod.metadata, labels: { app: 'x' } } })
  await bench.settle()
  assert.deepEqual(
    (await bench.slices()).map((slice) => slice.endpoints),
    [[]],
  )
})

test('a deleted slice is made again', { timeout }, async () => {
  await using bench = await make()
  await bench.addPod('a', '10.0.0.1', true)
  const [slice] = await bench.slices()
  await bench.client.in(endpointslices, 'default').delete(slice?.metadata.name ?? '')
  await bench.settle()
  assert.equal((await bench.slices()).length, 1)
})

test('deleting the Service deletes its Endpoints', { timeout }, async () => {
  await using bench = await make()
  await bench.client.in(services, 'default').delete('web')
  await bench.settle()
  assert.equal(await bench.legacy(), undefined)
})

test('Endpoints of a Service without selector are mirrored', { timeout }, async () => {
  await using bench = await make()
  await bench.client
    .in(services, 'default')
    .create({ metadata: { name: 'db' }, spec: { ports: [{ port: 5432 }] } })
  const made = await bench.client.in(endpoints, 'default').create({
    metadata: { name: 'db' },
    subsets: [{ addresses: [{ ip: '192.0.2.1' }], ports: [{ port: 5432, protocol: 'TCP' }] }],
  })
  await bench.settle()
  const mirrored = async () =>
    (await bench.slices()).find(
      ({ metadata }) => metadata.labels?.['kubernetes.io/service-name'] === 'db',
    )
  const slice = await mirrored()
  assert.deepEqual(slice?.endpoints, [{ addresses: ['192.0.2.1'], conditions: { ready: true } }])
  assert.deepEqual(slice?.ports, [{ name: '', port: 5432, protocol: 'TCP' }])
  assert.equal(slice?.metadata.ownerReferences?.[0]?.kind, 'Endpoints')
  await bench.client.in(endpoints, 'default').update({ ...made, subsets: [] })
  await bench.settle()
  assert.equal(await mirrored(), undefined)
  assert.deepEqual(bench.errors, [])
})
