import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { StatusError } from '#api/meta/status.ts'
import type { ApiObject } from '#api/resource-type.ts'
import {
  gracefuls,
  sparks,
  startTestRegistry,
  widget,
  widgets,
  type Widget,
} from '#testing/registry.ts'
import { limits } from './limits.ts'

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString()

test('a create fills in what the system sets and answers with what is stored', async () => {
  await using t = await startTestRegistry()
  const sent = widget('a', {
    spec: { size: 3 },
    status: { phase: 'Wrong' },
    metadata: { uid: 'mine', creationTimestamp: 'x', generation: 9, selfLink: '/x' } as never,
  })
  const created = await t.registry.create(t.call(), sent)
  assert.equal(created.resourceVersion, '2')
  assert.deepEqual(JSON.parse(text(created.bytes)), created.object)
  const { metadata, ...rest } = created.object as Widget
  assert.deepEqual(rest, {
    kind: 'Widget',
    apiVersion: 'example.com/v1',
    spec: { size: 3, color: 'grey' },
  })
  const { managedFields, ...others } = metadata
  assert.equal(managedFields?.[0]?.manager, 'test')
  assert.deepEqual(others, {
    name: 'a',
    namespace: 'default',
    uid: 'uid-1',
    generation: 1,
    creationTimestamp: '2030-01-01T00:00:00Z',
    resourceVersion: '2',
  })
})

test('stored bytes begin with kind, apiVersion and metadata, and carry no resourceVersion', async () => {
  await using t = await startTestRegistry()
  await t.registry.create(t.call(), widget('a'))
  const entry = await t.storage.get('/registry/example.com/widgets/default/a')
  const stored = text(entry?.value.bytes ?? new Uint8Array())
  assert.match(stored, /^\{"kind":"Widget","apiVersion":"example.com\/v1","metadata":\{"name":"a"/)
  assert.doesNotMatch(stored, /resourceVersion/)
})

test('a write is visible to reads and watches when it is answered', async () => {
  await using t = await startTestRegistry()
  using watch = await t.watch()
  const created = await t.registry.create(t.call(), widget('a'))
  assert.deepEqual(watch.seen, ['ADDED a@2'])
  assert.equal(await t.registry.get(t.call(), 'a'), created)
  assert.equal(watch.events[0]?.cached, created)
})

const refusals: readonly {
  readonly title: string
  readonly object: Widget
  readonly code: number
  readonly message: string | RegExp
}[] = [
  {
    title: 'a name that is taken',
    object: widget('taken'),
    code: 409,
    message: 'widgets.example.com "taken" already exists',
  },
  {
    title: 'no name',
    object: { metadata: {} as ApiObject['metadata'] },
    code: 422,
    message:
      'Widget.example.com "" is invalid: metadata.name: Required value: name or generateName is required',
  },
  {
    title: 'a bad name',
    object: widget('Bad_Name'),
    code: 422,
    message: /^Widget.example.com "Bad_Name" is invalid: metadata.name: Invalid value: "Bad_Name"/,
  },
  {
    title: 'another namespace',
    object: widget('a', { metadata: { namespace: 'other' } as never }),
    code: 400,
    message:
      'the namespace of the provided object does not match the namespace sent on the request',
  },
  {
    title: 'a resourceVersion',
    object: widget('a', { metadata: { resourceVersion: '1' } as never }),
    code: 500,
    message: 'resourceVersion should not be set on objects to be created',
  },
  {
    title: 'what the kind refuses, together with metadata',
    object: widget('a', { metadata: { labels: { 'a b': 'c' } } as never, spec: { size: -1 } }),
    code: 422,
    message:
      /is invalid: \[metadata.labels: Invalid value: "a b": .*, spec.size: Invalid value: -1/,
  },
  {
    title: 'two controllers',
    object: widget('a', {
      metadata: {
        ownerReferences: ['x', 'y'].map((name) => ({
          apiVersion: 'v1',
          kind: 'Pod',
          name,
          uid: name,
          controller: true,
        })),
      } as never,
    }),
    code: 422,
    message:
      /Only one reference can have Controller set to true\. Found "true" in references for x and y/,
  },
  {
    title: 'too large an object',
    object: widget('a', { spec: { color: 'x'.repeat(limits.objectBytesMax) } }),
    code: 413,
    message: /^Request entity is too large/,
  },
]

for (const { title, object, code, message } of refusals) {
  test(`a create is refused for ${title}`, async () => {
    await using t = await startTestRegistry()
    await t.registry.create(t.call(), widget('taken'))
    await assert.rejects(t.registry.create(t.call(), object), (error: StatusError) => {
      assert.equal(error.code, code)
      if (typeof message === 'string') assert.equal(error.message, message)
      else assert.match(error.message, message)
      return true
    })
    assert.equal(await t.storage.count('/'), 1)
  })
}

test('a dying object of the same name is told of', async () => {
  await using t = await startTestRegistry()
  const held = widget('a', { metadata: { finalizers: ['example.com/hold'] } as never })
  await t.registry.create(t.call(), held)
  await t.registry.delete(t.call(), 'a', {})
  await assert.rejects(t.registry.create(t.call(), widget('a')), {
    message: 'object is being deleted: widgets.example.com "a" already exists',
  })
})

const unnamed = (): Widget => ({ metadata: { generateName: 'w-' } as ApiObject['metadata'] })

test('generated names are tried again when they are taken', async () => {
  let draws = 0
  await using t = await startTestRegistry({ random: () => (draws++ < 15 ? 0 : 0.5) })
  const first = await t.registry.create(t.call(), unnamed())
  const second = await t.registry.create(t.call(), unnamed())
  assert.equal(first.object.metadata.name, 'w-bbbbb')
  assert.match(second.object.metadata.name, /^w-[b-z2-9]{5}$/)
})

test('names that stay taken are a conflict', async () => {
  await using t = await startTestRegistry({ random: () => 0 })
  await t.registry.create(t.call(), unnamed())
  await assert.rejects(t.registry.create(t.call(), unnamed()), {
    message:
      'widgets.example.com "w-bbbbb" already exists, the server was not able to generate a unique name for the object',
  })
})

test('admission changes and refuses, in order, before validation', async () => {
  const order: string[] = []
  await using t = await startTestRegistry({
    admission: [
      {
        name: 'Sizes',
        handles: ({ operation }) => operation === 'CREATE',
        async admit({ object }) {
          order.push('admit')
          const { spec } = object as Widget
          if (spec !== undefined) spec.size = 7
        },
        validate({ object, name }) {
          order.push(`validate ${name} ${(object as Widget).spec?.size}`)
        },
      },
    ],
  })
  const created = await t.registry.create(t.call(), widget('a'))
  assert.equal((created.object as Widget).spec?.size, 7)
  assert.deepEqual(order, ['admit', 'validate a 7'])
})

test('a dry run does all but store', async () => {
  await using t = await startTestRegistry()
  const answer = await t.registry.create(t.call({ dryRun: true }), widget('a'))
  assert.equal(answer.object.metadata.uid, 'uid-1')
  assert.doesNotMatch(text(answer.bytes), /resourceVersion/)
  assert.equal(await t.storage.count('/'), 0)
  await t.registry.create(t.call(), widget('a'))
  const again = t.registry.create(t.call({ dryRun: true }), widget('a'))
  await assert.rejects(again, { message: 'widgets.example.com "a" already exists' })
})

test('owner references that were given twice are kept once, with a warning', async () => {
  await using t = await startTestRegistry()
  const owner = { apiVersion: 'v1', kind: 'Pod', name: 'p', uid: 'u' }
  const object = widget('a', { metadata: { ownerReferences: [owner, { ...owner }] } as never })
  const created = await t.registry.create(t.call(), object)
  assert.deepEqual(created.object.metadata.ownerReferences, [owner])
  assert.match(t.warnings.join(), /^\.metadata\.ownerReferences contains duplicate entries/)
})

test('cluster-scoped objects have no namespace, and expire when the row says so', async () => {
  await using t = await startTestRegistry()
  const call = t.call({ resource: sparks, namespace: '' })
  const created = await t.registry.create(call, {
    metadata: { name: 's', namespace: 'x' } as ApiObject['metadata'],
  })
  assert.equal(created.object.metadata.namespace, undefined)
  assert.equal(created.key, 's')
  using watch = await t.watch({}, { resource: sparks, namespace: '' })
  await t.clock.advance(61_000)
  assert.deepEqual(watch.seen, ['ADDED s@2', 'DELETED s@3'])
})

test('an update may create where the row allows it', async () => {
  await using t = await startTestRegistry()
  const call = t.call({ resource: gracefuls })
  const object = { metadata: { name: 'g' } as ApiObject['metadata'] }
  const first = await t.registry.update(call, object, { name: 'g' })
  assert.equal(first.created, true)
  await assert.rejects(
    t.registry.update(t.call({ resource: widgets }), widget('w'), { name: 'w' }),
    {
      message: 'widgets.example.com "w" not found',
    },
  )
})
