import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ResourceType } from '#api/resource-type.ts'
import { FakeClock } from '#testing/clock.ts'
import { gracefuls, startTestRegistry, widget, widgets, type Widget } from '#testing/registry.ts'
import { openMemory } from '#storage/memory/memory.ts'
import { CompactedError, revisionOf, type Storage } from '#storage/storage.ts'
import { limits } from './limits.ts'

const type: ResourceType<Widget> = {
  group: 'example.com',
  version: 'v1',
  resource: 'widgets',
  kind: 'Widget',
  namespaced: true,
}

/** A store that outlives the registry, as a file does. */
function kept(storage: Storage): Storage {
  return new Proxy(storage, {
    get(target, property) {
      if (property === Symbol.asyncDispose) return async () => {}
      const member: unknown = Reflect.get(target, property)
      return typeof member === 'function' ? member.bind(target) : member
    },
  })
}

test('a registry that starts on a filled store shows what is there', async () => {
  const clock = new FakeClock()
  await using storage = openMemory({ clock })
  {
    await using t = await startTestRegistry({ storage: kept(storage), clock })
    for (let i = 0; i < 25; i++) await t.registry.create(t.call(), widget(`w${i}`))
    await t.registry.create(t.call({ resource: gracefuls }), widget('g'))
  }
  await using t = await startTestRegistry({ storage: kept(storage), clock })
  const page = await t.registry.list(t.call(), { limit: 0 })
  assert.equal(page.items.length, 25)
  const { object, bytes } = await t.registry.get(t.call(), 'w7')
  assert.deepEqual(JSON.parse(Buffer.from(bytes).toString()), object)
  assert.equal(object.metadata.resourceVersion, '9')
  using watch = await t.watch({ resourceVersion: '3' })
  assert.match(watch.ended?.failure?.message ?? '', /^too old resource version: 3 \(27\)/)
})

test('what another writer stores appears', async () => {
  await using t = await startTestRegistry()
  using watch = await t.watch()
  const stored = { kind: 'Widget', apiVersion: 'example.com/v1', metadata: { name: 'a' } }
  const bytes = Buffer.from(JSON.stringify(stored))
  await t.storage.create('/registry/example.com/widgets/default/a', { bytes })
  await t.storage.create('/registry/unknown/default/a', { bytes })
  assert.equal((await t.registry.get(t.call(), 'a')).resourceVersion, '2')
  assert.deepEqual(watch.seen, ['ADDED a@2'])
})

test('after a broken watch of the store watchers learn what they missed', async () => {
  const clock = new FakeClock()
  await using inner = openMemory({ clock })
  const breaking = breakable(inner)
  await using t = await startTestRegistry({ storage: breaking.storage, clock })
  await t.registry.create(t.call(), widget('stays'))
  await t.registry.create(t.call(), widget('goes'))
  using watch = await t.watch({ resourceVersion: '3' })
  breaking.break()
  const prefix = '/registry/example.com/widgets/default/'
  await inner.delete(`${prefix}goes`, revisionOf(3))
  const bytes = Buffer.from('{"kind":"Widget","metadata":{"name":"comes"}}')
  await inner.create(`${prefix}comes`, { bytes })
  while (watch.seen.length < 2) await clock.advance(500)
  assert.deepEqual(watch.seen.toSorted(), ['ADDED comes@5', 'DELETED goes@5'])
  await t.registry.create(t.call(), widget('later'))
  assert.equal(watch.seen.at(-1), 'ADDED later@6')
})

/** A store whose open watches can be made to fail. */
function breakable(inner: Storage): { storage: Storage; break(): void } {
  let fail: () => void = () => {}
  const storage = new Proxy(inner, {
    get(target, property) {
      if (property === 'watch') {
        return async function* (...[prefix, from, signal]: Parameters<Storage['watch']>) {
          const broken = new Promise<never>((_, reject) => {
            fail = () => reject(new CompactedError(revisionOf(4)))
          })
          broken.catch(() => {})
          const batches = target.watch(prefix, from, signal)[Symbol.asyncIterator]()
          for (;;) {
            const next = await Promise.race([batches.next(), broken])
            if (next.done === true) return
            yield next.value
          }
        }
      }
      const member: unknown = Reflect.get(target, property)
      return typeof member === 'function' ? member.bind(target) : member
    },
  })
  return { storage, break: () => fail() }
}

test('a row can be added and removed while the registry runs', async () => {
  await using t = await startTestRegistry({ resources: [widgets] })
  const bytes = Buffer.from('{"kind":"Graceful","apiVersion":"v1","metadata":{"name":"old"}}')
  await t.storage.create('/registry/gracefuls/default/old', { bytes })
  const added = t.registry.addResource(gracefuls)
  await t.storage.create('/registry/gracefuls/default/racing', { bytes })
  await added
  const call = t.call({ resource: gracefuls })
  await t.registry.create(call, widget('new'))
  const keys = (await t.registry.list(call, { limit: 0 })).items.map(({ key }) => key)
  assert.deepEqual(keys, ['default/new', 'default/old', 'default/racing'])
  using watch = await t.watch({}, { resource: gracefuls })
  t.registry.removeResource(gracefuls)
  assert.deepEqual(watch.ended, { failure: undefined })
  assert.equal(await t.storage.count('/registry/gracefuls/'), 3)
})

test('history is compacted after it was kept for an interval', async () => {
  await using t = await startTestRegistry()
  await t.registry.create(t.call(), widget('a'))
  await t.clock.advance(limits.compactionIntervalMs)
  await t.registry.create(t.call(), widget('b'))
  await t.clock.advance(limits.compactionIntervalMs)
  const past = t.storage.range({ prefix: '/', limit: 0, atRevision: revisionOf(1) })
  await assert.rejects(past, CompactedError)
  await t.storage.range({ prefix: '/', limit: 0, atRevision: revisionOf(2) })
})

test('the server reads and writes its own objects without admission', async () => {
  const refuse = {
    name: 'Refuse',
    handles: () => true,
    validate() {
      throw new Error('refused')
    },
  }
  await using t = await startTestRegistry({ admission: [refuse] })
  const { objects } = t.registry
  const changes: string[] = []
  using _ = objects.subscribe(type, (object, kind) =>
    changes.push(`${kind} ${object.metadata.name}`),
  )
  const draft = { metadata: { name: 'a' }, spec: { size: 1 } }
  await objects.create(type, 'default', draft)
  assert.equal(objects.get(type, 'default', 'a')?.spec?.size, 1)
  assert.equal(objects.get(type, 'default', 'b'), undefined)
  const at = { namespace: 'default', name: 'a' }
  await objects.modify(type, at, (object) => {
    object.spec = { size: 2 }
  })
  await objects.modify(type, at, () => false)
  assert.equal(objects.list(type)[0]?.spec?.size, 2)
  assert.equal(objects.list(type, 'default'), objects.list(type, 'default'))
  assert.deepEqual(objects.list(type, 'other'), [])
  await objects.delete(type, 'default', 'a')
  assert.deepEqual(changes, ['ADDED a', 'MODIFIED a', 'DELETED a'])
  assert.deepEqual(draft, { metadata: { name: 'a' }, spec: { size: 1 } })
})
