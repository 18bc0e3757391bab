import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { DaemonSetSpec } from '#api/apps/v1.gen.ts'
import type { Pod, Taint } from '#api/core/v1.gen.ts'
import { isPodReady } from '#api/meta/pods.ts'
import { controllerrevisions, daemonsets, nodes, pods } from '#api/resources.gen.ts'
import { runControllers } from '#testing/controllers.ts'
import { daemonSetController } from './controller.ts'
import { targetNode } from './eligibility.ts'

const timeout = 10_000

const template = (image: string, spec: object = {}) => ({
  metadata: { labels: { app: 'd' } },
  spec: { containers: [{ name: 'c', image }], ...spec },
})

async function make(nodeNames: string, spec: Partial<DaemonSetSpec> = {}) {
  const bench = await runControllers([daemonSetController])
  const addNode = async (name: string, taints: Taint[] = [], labels = {}) => {
    await bench.client.for(nodes).create({ metadata: { name, labels }, spec: { taints } })
    await bench.settle()
  }
  for (const name of nodeNames.split(' ')) await addNode(name)
  const sets = bench.client.in(daemonsets, 'default')
  await sets.create({
    metadata: { name: 'd', namespace: 'default' },
    spec: { selector: { matchLabels: { app: 'd' } }, template: template('v1'), ...spec },
  })
  await bench.settle()
  const change = async (next: Partial<DaemonSetSpec>) => {
    const current = await sets.get('d')
    await sets.update({ ...current, spec: { ...current.spec, ...next } })
    await bench.settle()
  }
  const list = async () => [...(await bench.all(pods)).values()]
  /** `n1=v1 n2=v2` */
  const show = async () =>
    (await list())
      .map((pod) => `${targetNode(pod.spec)}=${pod.spec.containers[0]?.image}`)
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
  const status = async () => (await sets.get('d')).status
  const dispose = () => bench[Symbol.asyncDispose]()
  return {
    ...bench,
    sets,
    addNode,
    change,
    list,
    show,
    setStatus,
    ready,
    status,
    [Symbol.asyncDispose]: dispose,
  }
}

test('one pod on each node, as nodes come and go', { timeout }, async () => {
  await using bench = await make('n1 n2')
  assert.equal(await bench.show(), 'n1=v1 n2=v1')
  await bench.addNode('n3')
  assert.equal(await bench.show(), 'n1=v1 n2=v1 n3=v1')
  await bench.ready()
  const status = await bench.status()
  assert.equal(status?.desiredNumberScheduled, 3)
  assert.equal(status?.numberAvailable, 3)
  assert.equal(status?.updatedNumberScheduled, 3)
  assert.deepEqual(bench.errors, [])
})

test('a taint keeps new daemons away; NoExecute drives them off', { timeout }, async () => {
  await using bench = await make('n1')
  await bench.addNode('tainted', [{ key: 'x', effect: 'NoSchedule' }])
  await bench.addNode('down', [{ key: 'node.kubernetes.io/unreachable', effect: 'NoExecute' }])
  assert.equal(await bench.show(), 'down=v1 n1=v1')
  const node = await bench.client.for(nodes).get('n1')
  const taints = [{ key: 'x', effect: 'NoExecute' }]
  await bench.client.for(nodes).update({ ...node, spec: { taints } })
  await bench.settle()
  assert.equal(await bench.show(), 'down=v1')
})

test('a node selector chooses', { timeout }, async () => {
  await using bench = await make('n1', {
    template: template('v1', { nodeSelector: { disk: 'ssd' } }),
  })
  await bench.addNode('n2', [], { disk: 'ssd' })
  assert.equal(await bench.show(), 'n2=v1')
})

test('an update replaces one after the other', { timeout }, async () => {
  await using bench = await make('n1 n2 n3')
  await bench.ready()
  await bench.change({ template: template('v2') })
  const steps: string[] = []
  do steps.push(await bench.show())
  while (await bench.ready())
  assert.equal(steps[0]?.match(/v2/g)?.length, 1)
  assert.equal(steps.at(-1), 'n1=v2 n2=v2 n3=v2')
  assert.equal((await bench.status())?.updatedNumberScheduled, 3)
  assert.equal((await bench.all(controllerrevisions)).size, 2)
  assert.deepEqual(bench.errors, [])
})

test('with a surge the old one stays until the new one is available', { timeout }, async () => {
  const rollingUpdate = { maxSurge: 1, maxUnavailable: 0 }
  await using bench = await make('n1', { updateStrategy: { type: 'RollingUpdate', rollingUpdate } })
  await bench.ready()
  await bench.change({ template: template('v2') })
  assert.equal(await bench.show(), 'n1=v1 n1=v2')
  await bench.ready()
  assert.equal(await bench.show(), 'n1=v2')
})

test('OnDelete waits for a deletion', { timeout }, async () => {
  await using bench = await make('n1', { updateStrategy: { type: 'OnDelete' } })
  await bench.ready()
  await bench.change({ template: template('v2') })
  assert.equal(await bench.show(), 'n1=v1')
  const [pod] = await bench.list()
  await bench.client.in(pods, 'default').delete(pod?.metadata.name ?? '')
  await bench.settle()
  assert.equal(await bench.show(), 'n1=v2')
})

test(
  'a daemon that ends is replaced, again and again but later and later',
  { timeout },
  async () => {
    await using bench = await make('n1')
    const kill = async () => {
      for (const pod of await bench.list()) await bench.setStatus(pod, 'Failed')
      await bench.settle()
      return (await bench.list())[0]?.status?.phase
    }
    assert.equal(await kill(), undefined)
    assert.ok(
      bench.events.some((event) => event.includes('FailedDaemonPod Found failed daemon pod')),
    )
    assert.equal(await kill(), 'Failed')
    await bench.clock.advance(1000)
    assert.equal((await bench.list())[0]?.status?.phase, undefined)
  },
)

test('going back renumbers the old revision', { timeout }, async () => {
  await using bench = await make('n1')
  await bench.ready()
  for (const image of ['v2', 'v1']) {
    await bench.change({ template: template(image) })
    while (await bench.ready());
  }
  const revisions = [...(await bench.all(controllerrevisions)).values()]
  assert.deepEqual(
    revisions.map(({ revision }) => revision).toSorted((a, b) => a - b),
    [2, 3],
  )
  assert.equal(await bench.show(), 'n1=v1')
})
