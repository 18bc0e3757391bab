import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { DeleteOptions } from '#api/meta/v1.gen.ts'
import type { ApiObject } from '#api/resource-type.ts'
import { cloneJson } from '#apiserver/watch-cache/json.ts'
import { gracefuls, startTestRegistry, widget, widgets, type Widget } from '#testing/registry.ts'
import { planDeletion } from './plan-deletion.ts'

const nowMs = Date.UTC(2030, 0, 1)
const now = '2030-01-01T00:00:00Z'

interface Case {
  readonly title: string
  readonly metadata?: Partial<ApiObject['metadata']>
  readonly holders?: string[]
  readonly options?: Partial<DeleteOptions>
  /** `remove`, `wait`, or `mark` with what the object then says. */
  readonly plan: string
}

const dying = { deletionTimestamp: now, deletionGracePeriodSeconds: 30 }

const immediate: readonly Case[] = [
  { title: 'nothing holds it', plan: 'remove' },
  {
    title: 'a finalizer',
    metadata: { finalizers: ['x/y'], generation: 1 },
    plan: `mark ${now} 0 [x/y] g2`,
  },
  {
    title: 'a finalizer, dying already',
    metadata: { finalizers: ['x/y'], deletionTimestamp: now, generation: 2 },
    plan: `mark ${now} 0 [x/y] g2`,
  },
  { title: 'Orphan', options: { propagationPolicy: 'Orphan' }, plan: `mark ${now} 0 [orphan]` },
  {
    title: 'Foreground',
    options: { propagationPolicy: 'Foreground' },
    plan: `mark ${now} 0 [foregroundDeletion]`,
  },
  { title: 'Background', options: { propagationPolicy: 'Background' }, plan: 'remove' },
  {
    title: 'orphanDependents',
    options: { orphanDependents: true },
    plan: `mark ${now} 0 [orphan]`,
  },
  {
    title: 'Background takes the orphan finalizer away',
    metadata: { finalizers: ['orphan'] },
    options: { propagationPolicy: 'Background' },
    plan: 'remove',
  },
  {
    title: 'the finalizer that is there says it',
    metadata: { finalizers: ['foregroundDeletion'] },
    plan: `mark ${now} 0 [foregroundDeletion]`,
  },
]

const graceful: readonly Case[] = [
  { title: 'the default grace', plan: 'mark 2030-01-01T00:00:30Z 30 []' },
  {
    title: 'an asked-for grace',
    options: { gracePeriodSeconds: 5 },
    plan: 'mark 2030-01-01T00:00:05Z 5 []',
  },
  { title: 'no grace', options: { gracePeriodSeconds: 0 }, plan: `mark ${now} 0 [] remove` },
  {
    title: 'less than no grace',
    options: { gracePeriodSeconds: -1 },
    plan: 'mark 2030-01-01T00:00:01Z 1 []',
  },
  {
    title: 'no grace, but a finalizer',
    metadata: { finalizers: ['x/y'] },
    options: { gracePeriodSeconds: 0 },
    plan: `mark ${now} 0 [x/y] Terminating`,
  },
  {
    title: 'no grace, but a holder in the spec',
    holders: ['kubernetes'],
    options: { gracePeriodSeconds: 0 },
    plan: `mark ${now} 0 [] Terminating`,
  },
  { title: 'dying, asked again', metadata: dying, plan: 'wait' },
  {
    title: 'dying, asked for longer',
    metadata: dying,
    options: { gracePeriodSeconds: 60 },
    plan: 'wait',
  },
  {
    title: 'dying, asked for shorter',
    metadata: { ...dying, deletionTimestamp: '2030-01-01T00:00:30Z' },
    options: { gracePeriodSeconds: 10 },
    plan: 'mark 2030-01-01T00:00:10Z 10 []',
  },
  {
    title: 'dying, asked for at once',
    metadata: dying,
    options: { gracePeriodSeconds: 0 },
    plan: 'mark 2029-12-31T23:59:30Z 0 [] remove',
  },
  {
    title: 'its time is over',
    metadata: { deletionTimestamp: now, deletionGracePeriodSeconds: 0 },
    plan: 'remove',
  },
]

function show(row: typeof widgets, { metadata, holders = [], options = {} }: Case): string {
  const object = widget('a', { metadata: metadata as never, spec: { holders } })
  const before = cloneJson(object)
  const plan = planDeletion(row, object, { options, nowMs })
  assert.deepEqual(object, before, 'the plan changed the object')
  if (plan.type !== 'mark') return plan.type
  const {
    deletionTimestamp,
    deletionGracePeriodSeconds,
    finalizers = [],
    generation,
  } = plan.next.metadata
  const parts = ['mark', deletionTimestamp, deletionGracePeriodSeconds, `[${finalizers.join()}]`]
  if (generation !== undefined) parts.push(`g${generation}`)
  const { status } = plan.next as Widget
  if (status?.phase !== undefined) parts.push(status.phase)
  if (plan.thenRemove) parts.push('remove')
  return parts.join(' ')
}

for (const [row, cases] of [
  [widgets, immediate],
  [gracefuls, graceful],
] as const) {
  for (const example of cases) {
    test(`${row.plural}: ${example.title} → ${example.plan}`, () => {
      assert.equal(show(row, example), example.plan)
    })
  }
}

test('a delete answers with the last state, and watchers see it at the revision of the deletion', async () => {
  await using t = await startTestRegistry()
  using watch = await t.watch()
  await t.registry.create(t.call(), widget('a', { spec: { size: 3 } }))
  const outcome = await t.registry.delete(t.call(), 'a', {})
  assert.ok(outcome.type === 'deleted')
  assert.equal(outcome.last.resourceVersion, '2')
  assert.deepEqual(watch.seen, ['ADDED a@2', 'DELETED a@3'])
  assert.equal((watch.events[1]?.cached.object as Widget | undefined)?.spec?.size, 3)
  await assert.rejects(t.registry.get(t.call(), 'a'), {
    message: 'widgets.example.com "a" not found',
  })
})

test('an object goes when its last finalizer does', async () => {
  await using t = await startTestRegistry()
  const held = widget('a', { metadata: { finalizers: ['x/y', 'x/z'] } as never })
  await t.registry.create(t.call(), held)
  assert.equal((await t.registry.delete(t.call(), 'a', {})).type, 'deleting')
  const release = (finalizers: string[]) =>
    t.registry.patch(t.call(), {
      name: 'a',
      kind: 'merge',
      patch: { metadata: { finalizers } },
      force: false,
      fieldValidation: 'Strict',
    })
  await assert.rejects(release(['x/y', 'x/z', 'x/new']), {
    message:
      'Widget.example.com "a" is invalid: metadata.finalizers: Forbidden: no new finalizers can be added if the object is being deleted, found new finalizers []string{"x/new"}',
  })
  await release(['x/z'])
  assert.equal(await t.storage.count('/'), 1)
  await release([])
  assert.equal(await t.storage.count('/'), 0)
})

test('an object with holders in its spec goes when its finalize subresource empties them', async () => {
  await using t = await startTestRegistry()
  const call = t.call({ resource: gracefuls })
  const object = { metadata: { name: 'g' }, spec: { holders: ['kubernetes'] } }
  await t.registry.create(call, object as unknown as ApiObject)
  const outcome = await t.registry.delete(call, 'g', { gracePeriodSeconds: 0 })
  assert.ok(outcome.type === 'deleting')
  const { object: marked } = outcome.object
  assert.equal((marked as Widget).status?.phase, 'Terminating')
  const emptied = { ...cloneJson(marked), spec: { holders: [] } }
  const finalize = t.call({ resource: gracefuls, subresource: 'finalize' })
  await t.registry.update(finalize, emptied, { name: 'g' })
  assert.equal(await t.storage.count('/'), 0)
})

test('a graceful object is marked, then removed when its time is over', async () => {
  await using t = await startTestRegistry()
  using watch = await t.watch({}, { resource: gracefuls })
  const call = t.call({ resource: gracefuls })
  await t.registry.create(call, { metadata: { name: 'g' } as ApiObject['metadata'] })
  assert.equal((await t.registry.delete(call, 'g', {})).type, 'deleting')
  assert.equal((await t.registry.delete(call, 'g', {})).type, 'deleting')
  const outcome = await t.registry.delete(call, 'g', { gracePeriodSeconds: 0 })
  assert.equal(outcome.type, 'deleted')
  assert.deepEqual(watch.seen, ['ADDED g@2', 'MODIFIED g@3', 'MODIFIED g@4', 'DELETED g@5'])
})

const preconditions = [
  {
    preconditions: { uid: 'x' },
    message:
      'Operation cannot be fulfilled on Widget.example.com "a": the UID in the precondition (x) does not match the UID in record (uid-1). The object might have been deleted and then recreated',
  },
  {
    preconditions: { resourceVersion: '1' },
    message:
      'Operation cannot be fulfilled on Widget.example.com "a": the ResourceVersion in the precondition (1) does not match the ResourceVersion in record (2). The object might have been modified',
  },
]

for (const { preconditions: wanted, message } of preconditions) {
  test(`a delete with the wrong ${Object.keys(wanted).join()} is refused`, async () => {
    await using t = await startTestRegistry()
    await t.registry.create(t.call(), widget('a'))
    await assert.rejects(t.registry.delete(t.call(), 'a', { preconditions: wanted }), {
      code: 409,
      message,
    })
  })
}

test('impossible options are refused', async () => {
  await using t = await startTestRegistry()
  await t.registry.create(t.call(), widget('a'))
  await assert.rejects(t.registry.delete(t.call(), 'a', { propagationPolicy: 'Odd' }), {
    message:
      'DeleteOptions.meta.k8s.io "" is invalid: propagationPolicy: Unsupported value: "Odd": supported values: "Foreground", "Background", "Orphan", "nil"',
  })
})

test('admission may refuse a delete', async () => {
  const plugin = {
    name: 'Never',
    handles: ({ operation }: { operation: string }) => operation === 'DELETE',
    validate() {
      throw new Error('never')
    },
  }
  await using t = await startTestRegistry({ admission: [plugin] })
  await t.registry.create(t.call(), widget('a'))
  await assert.rejects(t.registry.delete(t.call(), 'a', {}), { message: 'never' })
  assert.equal(await t.storage.count('/'), 1)
})

test('a dry run of a delete removes nothing', async () => {
  await using t = await startTestRegistry()
  await t.registry.create(t.call(), widget('a'))
  assert.equal((await t.registry.delete(t.call({ dryRun: true }), 'a', {})).type, 'deleted')
  assert.equal(await t.storage.count('/'), 1)
})

test('a collection is deleted by selector', async () => {
  await using t = await startTestRegistry()
  for (const name of ['a', 'b', 'c']) {
    const labels = { keep: name === 'b' ? 'yes' : 'no' }
    await t.registry.create(t.call(), widget(name, { metadata: { labels } as never }))
  }
  const params = { limit: 0, labelSelector: 'keep=no' }
  const page = await t.registry.deleteCollection(t.call(), params, {})
  assert.deepEqual(
    page.items.map(({ key }) => key),
    ['default/a', 'default/c'],
  )
  const rest = await t.registry.list(t.call(), { limit: 0 })
  assert.deepEqual(
    rest.items.map(({ key }) => key),
    ['default/b'],
  )
})
