import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Pod } from '#api/core/v1.gen.ts'
import { FakeClock } from '#testing/clock.ts'
import { defaultPlugins } from './default-plugins.ts'
import { SchedulingQueue } from './queue.ts'

function pod(name: string, spec: Partial<Pod['spec']> = {}): Pod {
  return {
    metadata: {
      name,
      namespace: 'default',
      uid: name,
      resourceVersion: '1',
      creationTimestamp: '',
    },
    spec: { containers: [{ name: 'c' }], ...spec },
  }
}

function open() {
  const clock = new FakeClock()
  return { clock, queue: new SchedulingQueue(clock, defaultPlugins) }
}

const name = (queue: SchedulingQueue): string | undefined => queue.pop()?.info.pod.metadata.name

test('priority first, then age', async () => {
  const { queue } = open()
  queue.add(pod('old'))
  queue.add(pod('young'))
  queue.add(pod('urgent', { priority: 10 }))
  assert.deepEqual(
    [name(queue), name(queue), name(queue), name(queue)],
    ['urgent', 'old', 'young', undefined],
  )
})

test('a refused pod waits for an event that its refuser names, and for its backoff', async () => {
  const { queue, clock } = open()
  queue.add(pod('p'))
  const tried = queue.pop()
  assert.ok(tried)
  queue.failed(tried, new Set(['NodeResourcesFit']))
  await clock.advance(5_000)
  queue.happened('NodeLabel')
  assert.equal(name(queue), undefined, 'labels do not help')
  queue.happened('PodDelete')
  assert.equal(name(queue), 'p')
})

test('backoff doubles from one second', async () => {
  const { queue, clock } = open()
  queue.add(pod('p'))
  for (const waitMs of [1000, 2000, 4000, 8000, 10_000, 10_000]) {
    const tried = queue.pop()
    assert.ok(tried, `before a wait of ${waitMs}`)
    queue.failed(tried, new Set())
    await clock.advance(waitMs - 1)
    assert.equal(name(queue), undefined)
    await clock.advance(1)
  }
  assert.equal(name(queue), 'p')
})

test('an event while the pod is tried wakes it', async () => {
  const { queue, clock } = open()
  queue.add(pod('p'))
  const tried = queue.pop()
  assert.ok(tried)
  queue.happened('NodeAdd')
  queue.failed(tried, new Set(['NodeResourcesFit']))
  await clock.advance(1_000)
  assert.equal(name(queue), 'p')
})

test('a gated pod enters when its gates are gone', async () => {
  const { queue } = open()
  queue.add(pod('p', { schedulingGates: [{ name: 'wait' }] }))
  assert.equal(name(queue), undefined)
  assert.equal(queue.gateOf('p'), 'waiting for scheduling gates: [wait]')
  queue.update(pod('p'))
  assert.equal(name(queue), 'p')
})

test('a removed pod does not come out', async () => {
  const { queue } = open()
  queue.add(pod('p'))
  queue.remove('p')
  assert.equal(name(queue), undefined)
  assert.equal(queue.size, 0)
})

test('what nothing woke is tried again after five minutes', async () => {
  const { queue, clock } = open()
  queue.add(pod('p'))
  const tried = queue.pop()
  assert.ok(tried)
  queue.failed(tried, new Set(['NodeAffinity']))
  await clock.advance(299_999)
  queue.flushUnschedulable()
  assert.equal(name(queue), undefined)
  await clock.advance(1)
  queue.flushUnschedulable()
  assert.equal(name(queue), 'p')
})
