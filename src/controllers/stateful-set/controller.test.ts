import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { StatefulSetSpec } from '#api/apps/v1.gen.ts'
import type { Pod } from '#api/core/v1.gen.ts'
import { isPodReady } from '#api/meta/pods.ts'
import { persistentvolumeclaims, pods, statefulsets } from '#api/resources.gen.ts'
import { runControllers } from '#testing/controllers.ts'
import { statefulSetController } from './controller.ts'

const timeout = 10_000

const template = (image: string) => ({
  metadata: { labels: { app: 'db' } },
  spec: { containers: [{ name: 'c', image }] },
})

async function make(spec: Partial<StatefulSetSpec> = {}) {
  const bench = await runControllers([statefulSetController])
  const client = bench.client.in(statefulsets, 'default')
  await client.create({
    metadata: { name: 'db', namespace: 'default' },
    spec: {
      replicas: 3,
      serviceName: 'db',
      selector: { matchLabels: { app: 'db' } },
      template: template('v1'),
      updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 0 } },
      ...spec,
    },
  })
  await bench.settle()
  const change = async (next: Partial<StatefulSetSpec>) => {
    const current = await client.get('db')
    await client.update({ ...current, spec: { ...current.spec, ...next } })
    await bench.settle()
  }
  const list = async () => [...(await bench.all(pods)).values()]
  /** `0=v1 1=v2` */
  const show = async () =>
    (await list())
      .map((pod) => `${pod.metadata.name.slice(3)}=${pod.spec.containers[0]?.image}`)
      .toSorted()
      .join(' ')
  const setStatus = async (pod: Pod, phase: string) => {
    const conditions = [{ type: 'Ready', status: phase === 'Running' ? 'True' : 'False' }]
    await bench.client
      .in(pods, 'default')
      .update({ ...pod, status: { phase, conditions } }, { subresource: 'status' })
  }
  const ready = async () => {
    const waiting = (await list()).filter((pod) => !isPodReady(pod))
    for (const pod of waiting) await setStatus(pod, 'Running')
    await bench.settle()
    return waiting.length > 0
  }
  const status = async () => (await client.get('db')).status
  const dispose = () => bench[Symbol.asyncDispose]()
  return {
    ...bench,
    client,
    change,
    list,
    show,
    setStatus,
    ready,
    status,
    [Symbol.asyncDispose]: dispose,
  }
}

async function steps(bench: Awaited<ReturnType<typeof make>>): Promise<string[]> {
  const seen: string[] = []
  do seen.push(await bench.show())
  while (await bench.ready())
  return seen
}

test('pods come one after the other, each when the one before is ready', { timeout }, async () => {
  await using bench = await make()
  assert.deepEqual(await steps(bench), ['0=v1', '0=v1 1=v1', '0=v1 1=v1 2=v1', '0=v1 1=v1 2=v1'])
  const [pod] = await bench.list()
  assert.equal(pod?.spec.hostname, 'db-0')
  assert.equal(pod?.spec.subdomain, 'db')
  assert.equal(pod?.metadata.labels?.['apps.kubernetes.io/pod-index'], '0')
  assert.equal(pod?.metadata.labels?.['statefulset.kubernetes.io/pod-name'], 'db-0')
  const status = await bench.status()
  assert.equal(status?.availableReplicas, 3)
  assert.equal(status?.currentRevision, status?.updateRevision)
  assert.equal(
    bench.events[0],
    'Normal SuccessfulCreate create Pod db-0 in StatefulSet db successful',
  )
  assert.deepEqual(bench.errors, [])
})

test('in parallel all come at once', { timeout }, async () => {
  await using bench = await make({ podManagementPolicy: 'Parallel' })
  assert.equal(await bench.show(), '0=v1 1=v1 2=v1')
})

test('scaling down takes the highest first', { timeout }, async () => {
  await using bench = await make()
  await steps(bench)
  await bench.change({ replicas: 1 })
  assert.equal(await bench.show(), '0=v1')
  const deleted = bench.events.filter((event) => event.includes('SuccessfulDelete'))
  assert.match(deleted[0] ?? '', /db-2/)
  assert.match(deleted[1] ?? '', /db-1/)
})

test('an update goes from the highest down, one at a time', { timeout }, async () => {
  await using bench = await make()
  await steps(bench)
  await bench.change({ template: template('v2') })
  assert.deepEqual(await steps(bench), [
    '0=v1 1=v1 2=v2',
    '0=v1 1=v2 2=v2',
    '0=v2 1=v2 2=v2',
    '0=v2 1=v2 2=v2',
  ])
  const status = await bench.status()
  assert.equal(status?.currentRevision, status?.updateRevision)
  assert.equal(status?.currentReplicas, 3)
})

test(
  'the partition holds lower ordinals back, also when they are made again',
  { timeout },
  async () => {
    const updateStrategy = { type: 'RollingUpdate', rollingUpdate: { partition: 2 } }
    await using bench = await make({ updateStrategy })
    await steps(bench)
    await bench.change({ template: template('v2') })
    await steps(bench)
    assert.equal(await bench.show(), '0=v1 1=v1 2=v2')
    await bench.cluster.request({ method: 'DELETE', path: '/api/v1/namespaces/default/pods/db-0' })
    await bench.settle()
    assert.equal(await bench.show(), '0=v1 1=v1 2=v2')
  },
)

test('OnDelete waits for a deletion', { timeout }, async () => {
  await using bench = await make({ updateStrategy: { type: 'OnDelete' }, replicas: 1 })
  await steps(bench)
  await bench.change({ template: template('v2') })
  assert.equal(await bench.show(), '0=v1')
  await bench.cluster.request({ method: 'DELETE', path: '/api/v1/namespaces/default/pods/db-0' })
  await bench.settle()
  assert.equal(await bench.show(), '0=v2')
})

test('a pod that failed is made again under its name', { timeout }, async () => {
  await using bench = await make({ replicas: 1 })
  const [pod] = await bench.list()
  if (pod !== undefined) await bench.setStatus(pod, 'Failed')
  await bench.settle()
  const [next] = await bench.list()
  assert.equal(next?.metadata.name, 'db-0')
  assert.notEqual(next?.metadata.uid, pod?.metadata.uid)
})

test('each pod has claims of its own, which outlive it', { timeout }, async () => {
  const volumeClaimTemplates = [
    {
      metadata: { name: 'data', uid: '', resourceVersion: '', creationTimestamp: '' },
      spec: { accessModes: ['ReadWriteOnce'] },
    },
  ]
  await using bench = await make({ replicas: 2, volumeClaimTemplates })
  await steps(bench)
  const names = async () => [...(await bench.all(persistentvolumeclaims)).keys()]
  assert.deepEqual(await names(), ['default/data-db-0', 'default/data-db-1'])
  const [pod] = await bench.list()
  assert.deepEqual(pod?.spec.volumes, [
    { name: 'data', persistentVolumeClaim: { claimName: 'data-db-0' } },
  ])
  await bench.change({ replicas: 0 })
  assert.equal(await bench.show(), '')
  assert.equal((await names()).length, 2)
})
