import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { StatusError } from '#api/meta/status.ts'
import {
  oldWidgets,
  startTestRegistry,
  widget,
  type TestRegistry,
  type Widget,
} from '#testing/registry.ts'
import { limits } from '#apiserver/watch-cache/limits.ts'

const create = (t: TestRegistry, name: string, rest: Partial<Widget> = {}) =>
  t.registry.create(t.call(), widget(name, rest))

const merge = (t: TestRegistry, name: string, patch: unknown) =>
  t.registry.patch(t.call(), {
    name,
    kind: 'merge',
    patch,
    force: false,
    fieldValidation: 'Strict',
  })

test('a watch without a version shows what there is, then what comes', async () => {
  await using t = await startTestRegistry()
  await create(t, 'b')
  await create(t, 'a')
  for (const resourceVersion of ['', '0']) {
    using watch = await t.watch({ resourceVersion })
    assert.deepEqual(watch.seen, ['ADDED a@3', 'ADDED b@2'])
  }
  using watch = await t.watch()
  await merge(t, 'a', { spec: { size: 1 } })
  await t.registry.delete(t.call(), 'b', {})
  assert.deepEqual(watch.seen.slice(2), ['MODIFIED a@4', 'DELETED b@5'])
})

test('a watch resumes after its version, none skipped, none twice', async () => {
  await using t = await startTestRegistry()
  await create(t, 'a')
  await create(t, 'b')
  await merge(t, 'a', { spec: { size: 1 } })
  await t.registry.delete(t.call(), 'a', {})
  using watch = await t.watch({ resourceVersion: '2' })
  await create(t, 'c')
  assert.deepEqual(watch.seen, ['ADDED b@3', 'MODIFIED a@4', 'DELETED a@5', 'ADDED c@6'])
})

test('objects enter and leave a selection', async () => {
  await using t = await startTestRegistry()
  using labels = await t.watch({ labelSelector: 'on=yes' })
  using fields = await t.watch({ fieldSelector: 'spec.color=red' })
  using named = await t.watch({ fieldSelector: 'metadata.name=a' })
  await create(t, 'a')
  await merge(t, 'a', { metadata: { labels: { on: 'yes' } } })
  await merge(t, 'a', { spec: { color: 'red' } })
  await merge(t, 'a', { metadata: { labels: { on: 'no' } } })
  await merge(t, 'a', { spec: { color: 'blue' } })
  await create(t, 'b', { spec: { color: 'red' } })
  await t.registry.delete(t.call(), 'b', {})
  assert.deepEqual(labels.seen, ['ADDED a@3', 'MODIFIED a@4', 'DELETED a@5'])
  assert.deepEqual(fields.seen, [
    'ADDED a@4',
    'MODIFIED a@5',
    'DELETED a@6',
    'ADDED b@7',
    'DELETED b@8',
  ])
  assert.equal(named.seen.length, 5)
  const gone = labels.events[2]?.cached
  assert.equal(gone?.object.metadata.labels?.['on'], 'yes', 'a leaving object shows its last state')
  assert.equal(gone?.object.metadata.resourceVersion, '5')
  using resumed = await t.watch({ labelSelector: 'on=yes', resourceVersion: '3' })
  assert.deepEqual(resumed.seen, labels.seen.slice(1))
})

test('watchers of one namespace see nothing of others', async () => {
  await using t = await startTestRegistry()
  using here = await t.watch()
  using everywhere = await t.watch({}, { namespace: '' })
  await t.registry.create(t.call({ namespace: 'other' }), widget('x'))
  await create(t, 'a')
  assert.deepEqual(here.seen, ['ADDED a@3'])
  assert.deepEqual(everywhere.seen, ['ADDED x@2', 'ADDED a@3'])
})

test('watchers with the same selection get the same array', async () => {
  await using t = await startTestRegistry()
  using first = await t.watch({ labelSelector: '!off' })
  using second = await t.watch({ labelSelector: '!off' })
  using all = await t.watch()
  const created = await create(t, 'a')
  assert.equal(first.batches[0], second.batches[0])
  assert.equal(all.events[0]?.cached, created)
  assert.equal(first.events[0], all.events[0], 'the event itself is shared by all')
})

test('a version that is too old is 410', async () => {
  await using t = await startTestRegistry()
  const count = limits.windowEventsMax + 50
  for (let i = 0; i < count; i++)
    await t.storage.create(`/registry/example.com/widgets/d/${i}`, value)
  await create(t, 'last')
  using watch = await t.watch({ resourceVersion: '5' })
  const failure = watch.ended?.failure as StatusError | undefined
  assert.equal(failure?.code, 410)
  assert.match(failure?.message ?? '', /^too old resource version: 5 \(\d+\)$/)
  using recent = await t.watch({ resourceVersion: String(count) })
  assert.deepEqual(recent.seen, [`ADDED last@${count + 2}`])
})

const value = { bytes: Buffer.from('{"metadata":{"name":"x"}}') }

test('a watch of the future waits for it', async () => {
  await using t = await startTestRegistry()
  const pending = t.watch({ resourceVersion: '3' })
  await create(t, 'a')
  await create(t, 'b')
  using watch = await pending
  await create(t, 'c')
  assert.deepEqual(watch.seen, ['ADDED c@4'])
})

test('bookmarks come every minute to those who allow them, and before the end', async () => {
  await using t = await startTestRegistry()
  using plain = await t.watch()
  using marked = await t.watch({ allowBookmarks: true, timeoutMs: 90_000 })
  await t.registry.create(t.call({ namespace: 'other' }), widget('x'))
  await t.clock.advance(60_000)
  assert.deepEqual(marked.seen, ['BOOKMARK @2'])
  const bytes = Buffer.from(marked.events[0]?.cached.bytes ?? []).toString()
  assert.equal(
    bytes,
    '{"kind":"Widget","apiVersion":"example.com/v1","metadata":{"resourceVersion":"2"}}',
  )
  await t.clock.advance(28_000)
  assert.deepEqual(marked.seen, ['BOOKMARK @2', 'BOOKMARK @2'])
  assert.deepEqual(plain.seen, [])
})

test('a streaming list ends its initial events with a bookmark', async () => {
  await using t = await startTestRegistry()
  await create(t, 'a')
  using watch = await t.watch({
    sendInitialEvents: true,
    resourceVersionMatch: 'NotOlderThan',
    allowBookmarks: true,
  })
  await create(t, 'b')
  assert.deepEqual(watch.seen, ['ADDED a@2', 'BOOKMARK @2', 'ADDED b@3'])
  assert.deepEqual(watch.events[1]?.cached.object.metadata.annotations, {
    'k8s.io/initial-events-end': 'true',
  })
  using without = await t.watch({
    sendInitialEvents: false,
    resourceVersionMatch: 'NotOlderThan',
    resourceVersion: '2',
  })
  assert.deepEqual(without.seen, ['ADDED b@3'])
})

const refusals = [
  { sendInitialEvents: true, want: /sendInitialEvents requires setting resourceVersionMatch/ },
  {
    resourceVersionMatch: 'NotOlderThan',
    want: /resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided/,
  },
  { resourceVersion: 'x', want: /strconv.ParseUint: parsing "x"/ },
]

for (const { want, ...params } of refusals) {
  test(`a watch with ${JSON.stringify(params)} is refused`, async () => {
    await using t = await startTestRegistry()
    await assert.rejects(t.watch(params), { message: want })
  })
}

test('a watch that was left hears nothing more', async () => {
  await using t = await startTestRegistry()
  const watch = await t.watch({ allowBookmarks: true, timeoutMs: 10_000 })
  watch[Symbol.dispose]()
  await create(t, 'a')
  await t.clock.advance(120_000)
  assert.deepEqual(watch.seen, [])
})

test('watchers of another version see the objects converted', async () => {
  await using t = await startTestRegistry()
  using watch = await t.watch({}, { resource: oldWidgets })
  await create(t, 'a', { spec: { size: 4 } })
  await merge(t, 'a', { spec: { size: 5 } })
  await t.registry.delete(t.call(), 'a', {})
  const specs = watch.events.map(({ cached }) => (cached.object as { spec?: object }).spec)
  assert.deepEqual(watch.seen, ['ADDED a@2', 'MODIFIED a@3', 'DELETED a@4'])
  assert.deepEqual(specs, [{ bigness: 4 }, { bigness: 5 }, { bigness: 5 }])
})

test('closing ends all watches', async () => {
  await using t = await startTestRegistry()
  const watch = await t.watch()
  await t.registry[Symbol.asyncDispose]()
  assert.deepEqual(watch.ended, { failure: undefined })
})
