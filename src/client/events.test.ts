import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Event } from '#api/core/v1.gen.ts'
import { configmaps, events } from '#api/resources.gen.ts'
import { silentLogger } from '#base/logger.ts'
import { FakeClock } from '#testing/clock.ts'
import { inMemoryCluster } from '#testing/in-memory-cluster.ts'
import { createClient } from './create-client.ts'
import { correlatorLimits, EventCorrelator } from './event-correlator.ts'
import { startEventRecorder } from './events.ts'

const timeout = 5_000

async function make() {
  const clock = new FakeClock()
  const cluster = inMemoryCluster(() => clock.nowMs())
  const client = createClient(cluster)
  const pod = await client.in(configmaps, 'a').create({ metadata: { name: 'web' } })
  const recorder = startEventRecorder({ client, clock, log: silentLogger, component: 'test' })
  const list = async (): Promise<readonly Event[]> => {
    await clock.advance(0)
    return (await client.for(events).list()).items
  }
  return { clock, cluster, client, pod, recorder, list }
}

test('the same event again raises the count', { timeout }, async () => {
  const { clock, pod, recorder, list } = await make()
  recorder.event(pod, 'Warning', 'Failed', 'no such image')
  await clock.advance(5000)
  recorder.event(pod, 'Warning', 'Failed', 'no such image')
  const [event, ...more] = await list()
  assert.deepEqual(more, [])
  assert.equal(event?.count, 2)
  assert.equal(event?.firstTimestamp, '2030-01-01T00:00:00Z')
  assert.equal(event?.lastTimestamp, '2030-01-01T00:00:05Z')
  assert.equal(event?.metadata.namespace, 'a')
  assert.match(event?.metadata.name ?? '', /^web\.[0-9a-f]{16}$/)
  assert.deepEqual(event?.source, { component: 'test' })
  assert.equal(event?.involvedObject.uid, pod.metadata.uid)
})

test('an event that expired is told anew', { timeout }, async () => {
  const { client, pod, recorder, list } = await make()
  recorder.event(pod, 'Normal', 'Seen', 'once')
  for (const { metadata } of await list()) await client.in(events, 'a').delete(metadata.name)
  recorder.event(pod, 'Normal', 'Seen', 'once')
  assert.deepEqual(
    (await list()).map((event) => event.count),
    [2],
  )
})

test(
  'without a server the caller does not wait, and the event comes later',
  { timeout },
  async () => {
    const { clock, cluster, pod, recorder, list } = await make()
    cluster.intercept = () => {
      throw new Error('connection refused')
    }
    recorder.event(pod, 'Normal', 'Seen', 'once')
    await clock.advance(10)
    cluster.intercept = undefined
    assert.equal((await list()).length, 0)
    await clock.advance(10_000)
    assert.equal((await list()).length, 1)
  },
)

const observation = (message: string) =>
  ({ involvedObject: { name: 'web', uid: '1' }, type: 'Normal', reason: 'R', message }) as const

test('from the tenth message on, alike events are combined', () => {
  const correlator = new EventCorrelator()
  const sent = Array.from({ length: 11 }, (_, n) => correlator.correlate(observation(`m${n}`), 0))
  const texts = sent.map((each) => (each.send === 'nothing' ? '' : each.message))
  assert.deepEqual(texts.slice(8), [
    'm8',
    '(combined from similar events): m9',
    '(combined from similar events): m10',
  ])
})

test('a source that never stops is cut off, and let through again later', () => {
  const correlator = new EventCorrelator()
  const send = (nowMs: number) => correlator.correlate(observation('m'), nowMs).send
  const sent = Array.from({ length: 30 }, () => send(0))
  assert.equal(sent.filter((each) => each !== 'nothing').length, correlatorLimits.burst)
  assert.notEqual(send(correlatorLimits.refillMs), 'nothing')
})
