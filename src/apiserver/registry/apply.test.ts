import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ConfigMap } from '#api/core/v1.gen.ts'
import type { StatusError } from '#api/meta/status.ts'
import { configMaps } from '#resources/config-map.ts'
import { startTestRegistry, type TestRegistry } from '#testing/registry.ts'

const start = (): Promise<TestRegistry> => startTestRegistry({ resources: [configMaps] })

async function apply(
  t: TestRegistry,
  manager: string,
  data: Record<string, string>,
  options: { force?: boolean; metadata?: object } = {},
): Promise<{ object: ConfigMap; created: boolean }> {
  const patch = {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'a', ...options.metadata },
    data,
  }
  const { object, created } = await t.registry.patch(t.call({ fieldManager: manager }), {
    name: 'a',
    kind: 'apply',
    patch,
    force: options.force ?? false,
    fieldValidation: 'Strict',
  })
  return { object: object.object as ConfigMap, created }
}

test('an apply creates, and takes away what it no longer says', async () => {
  await using t = await start()
  const first = await apply(t, 'm1', { a: '1', b: '2' })
  assert.equal(first.created, true)
  assert.equal(first.object.metadata.uid, 'uid-1')
  const second = await apply(t, 'm1', { a: '1' })
  assert.equal(second.created, false)
  assert.deepEqual(second.object.data, { a: '1' })
  const managers = second.object.metadata.managedFields?.map((entry) => [
    entry.manager,
    entry.operation,
  ])
  assert.deepEqual(managers, [['m1', 'Apply']])
})

test('an apply that changes nothing is not written', async () => {
  await using t = await start()
  const first = await apply(t, 'm1', { a: '1' })
  await t.clock.advance(60_000)
  const second = await apply(t, 'm1', { a: '1' })
  assert.equal(second.object.metadata.resourceVersion, first.object.metadata.resourceVersion)
})

test('fields of others are conflicts unless they are taken by force', async () => {
  await using t = await start()
  await apply(t, 'm1', { a: '1' })
  await assert.rejects(apply(t, 'm2', { a: '2' }), (error: StatusError) => {
    assert.equal(error.code, 409)
    assert.equal(error.status.details?.causes?.[0]?.field, '.data.a')
    return true
  })
  const forced = await apply(t, 'm2', { a: '2' }, { force: true })
  assert.deepEqual(forced.object.data, { a: '2' })
  assert.deepEqual(
    forced.object.metadata.managedFields?.map(({ manager }) => manager),
    ['m2'],
  )
})

test('an apply with a uid does not create', async () => {
  await using t = await start()
  await assert.rejects(apply(t, 'm1', {}, { metadata: { uid: 'x' } }), {
    code: 409,
    message:
      'Operation cannot be fulfilled on configmaps "a": uid mismatch: the provided object specified uid x, and no existing object was found',
  })
})

test('who may not create does not create by apply', async () => {
  await using t = await start()
  const forbidden = new Error('forbidden')
  const call = t.call({
    authorizeCreate() {
      throw forbidden
    },
  })
  const patch = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a' } }
  const request = {
    name: 'a',
    kind: 'apply',
    patch,
    force: false,
    fieldValidation: 'Strict',
  } as const
  await assert.rejects(t.registry.patch(call, request), forbidden)
})

test('an apply of another kind is refused', async () => {
  await using t = await start()
  const request = {
    name: 'a',
    kind: 'apply',
    patch: { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'a' } },
    force: false,
    fieldValidation: 'Strict',
  } as const
  await assert.rejects(t.registry.patch(t.call(), request), {
    message: 'the kind in the data (Secret) does not match the expected kind (ConfigMap)',
  })
})

test('an update takes over the fields that it changes', async () => {
  await using t = await start()
  await apply(t, 'm1', { a: '1', b: '1' })
  const { object } = await t.registry.patch(t.call({ fieldManager: 'editor' }), {
    name: 'a',
    kind: 'strategic',
    patch: { data: { b: '2' } },
    force: false,
    fieldValidation: 'Strict',
  })
  const owners = object.object.metadata.managedFields?.map(({ manager, operation, fieldsV1 }) => [
    manager,
    operation,
    Object.keys((fieldsV1?.['f:data'] ?? {}) as object).join(),
  ])
  assert.deepEqual(owners?.sort(), [
    ['editor', 'Update', 'f:b'],
    ['m1', 'Apply', 'f:a'],
  ])
})
