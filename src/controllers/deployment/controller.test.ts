import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Deployment, DeploymentSpec, ReplicaSet } from '#api/apps/v1.gen.ts'
import type { Pod } from '#api/core/v1.gen.ts'
import { findCondition } from '#api/meta/conditions.ts'
import { isPodReady } from '#api/meta/pods.ts'
import { deployments, pods, replicasets } from '#api/resources.gen.ts'
import { runControllers } from '#testing/controllers.ts'
import { replicaSetController } from '#controllers/replica-set/controller.ts'
import { deploymentController } from './controller.ts'

const timeout = 20_000

const template = (image: string) => ({
  metadata: { labels: { app: 'web' } },
  spec: { containers: [{ name: 'c', image }] },
})

async function make(spec: Partial<DeploymentSpec>, annotations?: Record<string, string>) {
  const bench = await runControllers([deploymentController, replicaSetController])
  const web = bench.client.in(deployments, 'default')
  await web.create({
    metadata: { name: 'web', namespace: 'default', ...(annotations && { annotations }) },
    spec: {
      selector: { matchLabels: { app: 'web' } },
      template: template('v1'),
      progressDeadlineSeconds: 600,
      revisionHistoryLimit: 10,
      ...spec,
    },
  })
  await bench.settle()
  const get = () => web.get('web')
  const change = async (next: Partial<DeploymentSpec>) => {
    const current = await get()
    await web.update({ ...current, spec: { ...current.spec, ...next } })
    await bench.settle()
  }
  /** Makes up to `count` pods ready that are not, as a kubelet does. */
  const ready = async (count = Infinity) => {
    const waiting = [...(await bench.all(pods)).values()].filter((pod) => !isPodReady(pod))
    for (const pod of waiting.slice(0, count)) await markReady(bench, pod)
    await bench.settle()
    return waiting.length > 0
  }
  const sets = async (): Promise<Record<string, number>> => {
    const found = [...(await bench.all(replicasets)).values()]
    return Object.fromEntries(found.map((set) => [imageOf(set), set.spec.replicas ?? 0]))
  }
  const dispose = () => bench[Symbol.asyncDispose]()
  return { ...bench, web, get, change, ready, sets, [Symbol.asyncDispose]: dispose }
}

type Bench = Awaited<ReturnType<typeof make>>

async function markReady(
  { client, clock }: Pick<Bench, 'client' | 'clock'>,
  pod: Pod,
): Promise<void> {
  const lastTransitionTime = new Date(clock.nowMs()).toISOString()
  const conditions = [{ type: 'Ready', status: 'True', lastTransitionTime }]
  const status = { phase: 'Running', conditions }
  await client.in(pods, 'default').update({ ...pod, status }, { subresource: 'status' })
}

function imageOf({ spec }: ReplicaSet): string {
  return spec.template?.spec?.containers[0]?.image ?? ''
}

function progressing({ status }: Deployment): string | undefined {
  return findCondition(status?.conditions, 'Progressing')?.reason
}

test('a new Deployment gets a ReplicaSet named by its template', { timeout }, async () => {
  await using bench = await make({ replicas: 3 }, { team: 'a' })
  const [set] = [...(await bench.all(replicasets)).values()]
  const hash = set?.metadata.labels?.['pod-template-hash'] ?? ''
  assert.match(hash, /^[bcdfghjklmnpqrstvwxz2456789]{8,10}$/)
  assert.equal(set?.metadata.name, `web-${hash}`)
  assert.deepEqual(set?.spec.selector.matchLabels, { app: 'web', 'pod-template-hash': hash })
  assert.equal(set?.spec.replicas, 3)
  assert.deepEqual(set?.metadata.annotations, {
    team: 'a',
    'deployment.kubernetes.io/revision': '1',
    'deployment.kubernetes.io/desired-replicas': '3',
    'deployment.kubernetes.io/max-replicas': '4',
  })
  const deployment = await bench.get()
  assert.equal(deployment.metadata.annotations?.['deployment.kubernetes.io/revision'], '1')
  assert.equal(progressing(deployment), 'ReplicaSetUpdated')
  assert.equal(
    bench.events[0],
    `Normal ScalingReplicaSet Scaled up replica set web-${hash} from 0 to 3`,
  )
  assert.deepEqual(bench.errors, [])
})

test('a complete rollout says so and writes no more', { timeout }, async () => {
  await using bench = await make({ replicas: 3 })
  await bench.ready()
  const { status } = await bench.get()
  assert.equal(status?.availableReplicas, 3)
  assert.equal(status?.updatedReplicas, 3)
  assert.equal(status?.unavailableReplicas, 0)
  assert.equal(progressing(await bench.get()), 'NewReplicaSetAvailable')
  assert.equal(findCondition(status?.conditions, 'Available')?.reason, 'MinimumReplicasAvailable')
  const writes = bench.cluster.writes.length
  await bench.clock.advance(3_600_000)
  assert.equal(bench.cluster.writes.length, writes)
})

test('a rollout never has too many pods or too few available', { timeout }, async () => {
  await using bench = await make({
    replicas: 10,
    strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 2, maxUnavailable: 1 } },
  })
  await bench.ready()
  await bench.change({ template: template('v2') })
  const steps: string[] = []
  do {
    const all = [...(await bench.all(pods)).values()]
    assert.ok(all.length <= 12, `${all.length} pods`)
    assert.ok(all.filter(isPodReady).length >= 9, 'too few are available')
    const { v1, v2 } = await bench.sets()
    steps.push(`${v1}+${v2}`)
  } while (await bench.ready(2))
  assert.equal(steps[0], '9+3')
  assert.deepEqual(await bench.sets(), { v1: 0, v2: 10 })
  assert.equal(progressing(await bench.get()), 'NewReplicaSetAvailable')
  assert.deepEqual(bench.errors, [])
})

test('going back reuses the old ReplicaSet under a new revision', { timeout }, async () => {
  await using bench = await make({ replicas: 2 })
  await bench.ready()
  for (const image of ['v2', 'v1']) {
    await bench.change({ template: template(image) })
    while (await bench.ready());
  }
  assert.deepEqual(await bench.sets(), { v1: 2, v2: 0 })
  const sets = [...(await bench.all(replicasets)).values()]
  const { annotations } = sets.find((set) => imageOf(set) === 'v1')?.metadata ?? {}
  assert.equal(annotations?.['deployment.kubernetes.io/revision'], '3')
  assert.equal(annotations?.['deployment.kubernetes.io/revision-history'], '1')
  const { metadata } = await bench.get()
  assert.equal(metadata.annotations?.['deployment.kubernetes.io/revision'], '3')
})

test('Recreate starts the new pods when the last old one is gone', { timeout }, async () => {
  await using bench = await make({ replicas: 2, strategy: { type: 'Recreate' } })
  await bench.ready()
  const [kept] = [...(await bench.all(pods)).values()]
  // A pod that takes its time to end.
  const finalizers = ['test/slow']
  const client = bench.client.in(pods, 'default')
  const { name } = kept?.metadata ?? { name: '' }
  await client.update({ ...(await client.get(name)), metadata: { ...kept!.metadata, finalizers } })
  await bench.change({ template: template('v2') })
  assert.deepEqual(await bench.sets(), { v1: 0 })
  const going = await client.get(name)
  await client.update({ ...going, metadata: { ...going.metadata, finalizers: [] } })
  await bench.settle()
  assert.deepEqual(await bench.sets(), { v1: 0, v2: 2 })
})

test('a paused Deployment scales but does not roll out', { timeout }, async () => {
  await using bench = await make({ replicas: 2 })
  await bench.ready()
  await bench.change({ paused: true, template: template('v2') })
  await bench.change({ replicas: 4 })
  assert.deepEqual(await bench.sets(), { v1: 4 })
  assert.equal(progressing(await bench.get()), 'DeploymentPaused')
  await bench.change({ paused: false })
  while (await bench.ready());
  assert.deepEqual(await bench.sets(), { v1: 0, v2: 4 })
  assert.equal(progressing(await bench.get()), 'NewReplicaSetAvailable')
})

test('scaling in the middle of a rollout keeps the proportion', { timeout }, async () => {
  await using bench = await make({
    replicas: 10,
    strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 3, maxUnavailable: 2 } },
  })
  await bench.ready()
  await bench.change({ template: template('broken') })
  assert.deepEqual(await bench.sets(), { v1: 8, broken: 5 })
  await bench.change({ replicas: 15 })
  assert.deepEqual(await bench.sets(), { v1: 11, broken: 7 })
})

test('a rollout that gets nowhere exceeds its deadline', { timeout }, async () => {
  await using bench = await make({ replicas: 1, progressDeadlineSeconds: 60 })
  await bench.clock.advance(50_000)
  assert.equal(progressing(await bench.get()), 'ReplicaSetUpdated')
  await bench.clock.advance(20_000)
  const { conditions } = (await bench.get()).status ?? {}
  assert.equal(findCondition(conditions, 'Progressing')?.status, 'False')
  assert.equal(findCondition(conditions, 'Progressing')?.reason, 'ProgressDeadlineExceeded')
  await bench.ready()
  assert.equal(progressing(await bench.get()), 'NewReplicaSetAvailable')
})

test('old ReplicaSets beyond the history limit are deleted', { timeout }, async () => {
  await using bench = await make({ replicas: 1, revisionHistoryLimit: 1 })
  for (const image of ['v2', 'v3', 'v4']) {
    while (await bench.ready());
    await bench.change({ template: template(image) })
  }
  while (await bench.ready());
  assert.deepEqual(await bench.sets(), { v3: 0, v4: 1 })
})

test('a ReplicaSet name that is taken raises the collision count', { timeout }, async () => {
  await using bench = await make({ replicas: 0 })
  const [first] = [...(await bench.all(replicasets)).values()]
  assert.ok(first !== undefined)
  const client = bench.client.in(replicasets, 'default')
  const foreign = { matchLabels: { app: 'other' } }
  const metadata = { name: first.metadata.name, labels: { app: 'other' } }
  await client.delete(first.metadata.name)
  await client.create({
    metadata,
    spec: { replicas: 0, selector: foreign, template: template('other') },
  })
  await bench.clock.advance(1000)
  assert.equal((await bench.get()).status?.collisionCount, 1)
  assert.equal((await bench.all(replicasets)).size, 2)
})

test('a selector that selects everything is refused', { timeout }, async () => {
  await using bench = await make({ replicas: 1, selector: {} })
  assert.match(bench.events[0] ?? '', /^Warning SelectingAll/)
  assert.equal((await bench.all(replicasets)).size, 0)
})

test('fifty replicas are made in a moment', { timeout }, async () => {
  await using bench = await make({ replicas: 50 })
  assert.equal((await bench.all(pods)).size, 50)
  // The Deployment itself, its ReplicaSet, 50 pods, and a few statuses.
  const { writes } = bench.cluster
  assert.equal(writes.filter((write) => write.startsWith('POST')).length, 52)
  assert.ok(writes.length < 60, writes.slice(52).join())
})
