import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ApiObject } from '#api/resource-type.ts'
import type { StatusError } from '#api/meta/status.ts'
import { cloneJson } from '#apiserver/watch-cache/json.ts'
import {
  gracefuls,
  startTestRegistry,
  widget,
  type TestRegistry,
  type Widget,
} from '#testing/registry.ts'

async function created(t: TestRegistry, rest: Partial<Widget> = {}): Promise<Widget> {
  return cloneJson((await t.registry.create(t.call(), widget('a', rest))).object as Widget)
}

const update = async (t: TestRegistry, object: ApiObject): Promise<Widget> =>
  (await t.registry.update(t.call(), object, { name: 'a' })).object.object as Widget

test('an update replaces, keeps what the system owns and raises the generation', async () => {
  await using t = await startTestRegistry()
  const object = await created(t, { spec: { size: 1 } })
  const sent = {
    ...object,
    spec: { size: 2 },
    status: { phase: 'Wrong' },
    metadata: { ...object.metadata, creationTimestamp: '2000-01-01T00:00:00Z', generation: 77 },
  }
  const updated = await update(t, sent)
  assert.deepEqual(updated.spec, { size: 2, color: 'grey' })
  assert.equal(updated.status, undefined)
  const { generation, creationTimestamp, uid, resourceVersion } = updated.metadata
  assert.deepEqual(
    [generation, creationTimestamp, uid, resourceVersion],
    [2, '2030-01-01T00:00:00Z', 'uid-1', '3'],
  )
})

test('an update that changes nothing is not written', async () => {
  await using t = await startTestRegistry()
  using watch = await t.watch()
  const object = await created(t)
  const { managedFields: _, ...metadata } = object.metadata
  const reordered = { spec: object.spec, metadata, kind: 'Widget' } as Widget
  const updated = await update(t, reordered)
  assert.equal(updated.metadata.resourceVersion, '2')
  assert.deepEqual(watch.seen, ['ADDED a@2'])
})

test('the status subresource changes the status alone', async () => {
  await using t = await startTestRegistry()
  const object = await created(t, { spec: { size: 1 } })
  const sent = { ...object, spec: { size: 9 }, status: { phase: 'Ready' } }
  const call = t.call({ subresource: 'status', fieldManager: 'controller' })
  const { object: updated } = await t.registry.update(call, sent, { name: 'a' })
  const { spec, status, metadata } = updated.object as Widget
  assert.deepEqual([spec, status], [{ size: 1, color: 'grey' }, { phase: 'Ready' }])
  assert.equal(metadata.generation, 1)
  const managers = metadata.managedFields?.map(({ manager, subresource = '' }) => [
    manager,
    subresource,
  ])
  assert.deepEqual(managers?.sort(), [
    ['controller', 'status'],
    ['test', ''],
  ])
})

const refusals: readonly {
  readonly title: string
  readonly change: (object: Widget) => Widget
  readonly code: number
  readonly message: string | RegExp
}[] = [
  {
    title: 'an old resourceVersion',
    change: (object) => ({ ...object, metadata: { ...object.metadata, resourceVersion: '1' } }),
    code: 409,
    message:
      'Operation cannot be fulfilled on widgets.example.com "a": the object has been modified; please apply your changes to the latest version and try again',
  },
  {
    title: 'another uid',
    change: (object) => ({ ...object, metadata: { ...object.metadata, uid: 'x' } }),
    code: 409,
    message:
      'Operation cannot be fulfilled on widgets.example.com "a": StorageError: invalid object, Code: 4, Key: /example.com/widgets/default/a, ResourceVersion: 0, AdditionalErrorMsg: Precondition failed: UID in precondition: x, UID in object meta: uid-1',
  },
  {
    title: 'another name',
    change: (object) => ({ ...object, metadata: { ...object.metadata, name: 'b' } }),
    code: 400,
    message: 'the name of the object (b) does not match the name on the URL (a)',
  },
  {
    title: 'what the kind refuses',
    change: (object) => ({ ...object, spec: { size: -1 } }),
    code: 422,
    message:
      'Widget.example.com "a" is invalid: spec.size: Invalid value: -1: must not be negative',
  },
  {
    title: 'a deletionTimestamp that nobody asked for',
    change: (object) => ({
      ...object,
      metadata: { ...object.metadata, deletionTimestamp: '2030-01-01T00:00:00Z' },
    }),
    code: 422,
    message: /metadata.deletionTimestamp: Invalid value: .*: field is immutable/,
  },
]

for (const { title, change, code, message } of refusals) {
  test(`an update is refused for ${title}`, async () => {
    await using t = await startTestRegistry()
    const object = await created(t)
    await assert.rejects(update(t, change(object)), (error: StatusError) => {
      assert.equal(error.code, code)
      if (typeof message === 'string') assert.equal(error.message, message)
      else assert.match(error.message, message)
      return true
    })
    assert.equal(await t.storage.revision(), 2n)
  })
}

test('where the row demands it, an update names its resourceVersion', async () => {
  await using t = await startTestRegistry()
  const call = t.call({ resource: gracefuls })
  const object = (): ApiObject => ({ metadata: { name: 'g' } as ApiObject['metadata'] })
  await t.registry.create(call, object())
  await assert.rejects(t.registry.update(call, object(), { name: 'g' }), {
    message:
      'Graceful.example.com "g" is invalid: metadata.resourceVersion: Invalid value: "": must be specified for an update',
  })
})

test('of writers that name the same resourceVersion one wins', async () => {
  await using t = await startTestRegistry()
  const object = await created(t)
  const results = await Promise.allSettled(
    Array.from({ length: 10 }, (_, i) => update(t, { ...object, spec: { size: i } } as Widget)),
  )
  assert.equal(results.filter(({ status }) => status === 'fulfilled').length, 1)
})

test('writers that name none, and patches, all get through', async () => {
  await using t = await startTestRegistry()
  await created(t)
  const patches = Array.from({ length: 30 }, (_, i) =>
    t.registry.patch(t.call(), {
      name: 'a',
      kind: 'merge',
      patch: { metadata: { labels: { [`l${i}`]: 'x' } } },
      force: false,
      fieldValidation: 'Strict',
    }),
  )
  const puts = Array.from({ length: 10 }, () => update(t, widget('a', { spec: { size: 4 } })))
  await Promise.all([...patches, ...puts])
  const { object } = await t.registry.get(t.call(), 'a')
  assert.equal((object as Widget).spec?.size, 4)
})

test('a patch that names an old resourceVersion is a conflict', async () => {
  await using t = await startTestRegistry()
  await created(t)
  const patch = { metadata: { resourceVersion: '1', labels: { a: 'b' } } }
  const request = {
    name: 'a',
    kind: 'merge',
    patch,
    force: false,
    fieldValidation: 'Strict',
  } as const
  await assert.rejects(t.registry.patch(t.call(), request), { code: 409 })
})

test('scale shows and changes the replicas of the object', async () => {
  await using t = await startTestRegistry()
  await created(t, { spec: { replicas: 2 } })
  const call = t.call({ subresource: 'scale' })
  const scale = cloneJson((await t.registry.get(call, 'a')).object) as Widget
  assert.equal(scale.kind, 'Scale')
  assert.deepEqual(scale.spec, { replicas: 2 })
  scale.spec = { replicas: 5 }
  const answer = await t.registry.update(call, scale, { name: 'a' })
  assert.deepEqual((answer.object.object as Widget).spec, { replicas: 5 })
  const patch = { spec: { replicas: 6 } }
  const request = {
    name: 'a',
    kind: 'merge',
    patch,
    force: false,
    fieldValidation: 'Strict',
  } as const
  await t.registry.patch(call, request)
  assert.equal(((await t.registry.get(t.call(), 'a')).object as Widget).spec?.replicas, 6)
  const negative = { ...scale, spec: { replicas: -1 }, metadata: { name: 'a' } } as Widget
  await assert.rejects(t.registry.update(call, negative, { name: 'a' }), {
    message:
      'Scale.autoscaling "a" is invalid: spec.replicas: Invalid value: -1: must be greater than or equal to 0',
  })
})

test('a dry run of an update answers with what would be, and changes nothing', async () => {
  await using t = await startTestRegistry()
  const object = await created(t)
  const sent = { ...object, spec: { size: 8 } }
  const answer = await t.registry.update(t.call({ dryRun: true }), sent, { name: 'a' })
  const { spec, metadata } = answer.object.object as Widget
  assert.deepEqual([spec?.size, metadata.resourceVersion, metadata.generation], [8, '2', 2])
  assert.equal(await t.storage.revision(), 2n)
})

test('patch failures say what upstream says', async () => {
  await using t = await startTestRegistry()
  await created(t)
  const send = (kind: 'json' | 'merge' | 'strategic', patch: unknown, name = 'a') =>
    t.registry.patch(t.call(), { name, kind, patch, force: false, fieldValidation: 'Strict' })
  await assert.rejects(send('merge', {}, 'none'), {
    message: 'widgets.example.com "none" not found',
  })
  await assert.rejects(send('merge', 'nonsense'), { code: 400, message: 'Invalid JSON Patch' })
  await assert.rejects(send('json', [{ op: 'test', path: '/spec/size', value: 1 }]), {
    code: 422,
    message: 'the server rejected our request due to an error in our request',
  })
  await assert.rejects(send('strategic', {}), { code: 415 })
  await assert.rejects(send('merge', { metadata: { name: 'q' } }), {
    message: 'the name of the object (q) does not match the name on the URL (a)',
  })
})
