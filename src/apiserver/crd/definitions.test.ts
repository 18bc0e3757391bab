/** Definitions that come, change and go, and what becomes of their objects. */
import assert from 'node:assert/strict'
import test from 'node:test'
import type { JSONSchemaProps } from '#api/apiextensions/v1.gen.ts'
import { customresourcedefinitions } from '#api/resources.gen.ts'
import { isStatus, StatusError } from '#api/meta/status.ts'
import { systemClock } from '#base/system-clock.ts'
import { createClient } from '#client/create-client.ts'
import { openMemory } from '#storage/memory/memory.ts'
import type { Storage } from '#storage/storage.ts'
import { master, startTestApiServer } from '#testing/api-server.ts'
import {
  condition,
  define,
  definitionOf,
  gadgets,
  schemaOf,
  versionOf,
} from '#testing/custom-kinds.ts'

const limit = { timeout: 30_000 }

async function start(storage?: Storage) {
  const started = await startTestApiServer({ port: false, ...(storage && { storage }) })
  return {
    client: createClient(started.server.transport(master)),
    [Symbol.asyncDispose]: () => started[Symbol.asyncDispose](),
  }
}

const text = { type: 'string' }

test('each version shows and takes an object by its own schema', limit, async () => {
  await using server = await start()
  const { client } = server
  const old = versionOf('v1alpha1', schemaOf({ size: { type: 'integer' }, old: text }), {
    storage: false,
  })
  const now = versionOf(
    'v1',
    schemaOf({ size: { type: 'integer' }, color: { ...text, default: 'grey' } }),
  )
  await define(client, definitionOf([old, now]))
  await client.in(gadgets('v1alpha1'), 'default').create({
    metadata: { name: 'a' },
    spec: { size: 3, old: 'gone in storage' },
  })
  const shown = await client.in(gadgets(), 'default').get('a')
  assert.equal(shown.apiVersion, 'example.com/v1')
  assert.deepEqual(shown.spec, { size: 3, color: 'grey' })
  const before = await client.in(gadgets('v1alpha1'), 'default').get('a')
  assert.equal(before.apiVersion, 'example.com/v1alpha1')
  assert.deepEqual(before.spec, { size: 3 })
  assert.equal(before.metadata.resourceVersion, shown.metadata.resourceVersion)
})

test('a version that was stored in stays known', limit, async () => {
  await using server = await start()
  const { client } = server
  const [a, b] = [schemaOf({ a: text }), schemaOf({ b: text })]
  await define(client, definitionOf([versionOf('v1', a)]))
  await define(client, definitionOf([versionOf('v1', a, { storage: false }), versionOf('v2', b)]))
  const { status } = await client.for(customresourcedefinitions).get('gadgets.example.com')
  assert.deepEqual(status?.storedVersions, ['v1', 'v2'])
  await assert.rejects(define(client, definitionOf([versionOf('v2', b)])), {
    message:
      /status\.storedVersions\[0\]: Invalid value: "v1": missing from spec\.versions; v1 was previously a storage version/,
  })
})

test('what is stored is shown by the schema of today', limit, async () => {
  await using server = await start()
  const { client } = server
  await define(client, definitionOf([versionOf('v1', schemaOf({ a: text, b: text }))]))
  const { metadata } = await client
    .in(gadgets(), 'default')
    .create({ metadata: { name: 'a' }, spec: { a: 'x', b: 'y' } })
  const next = schemaOf({ a: text, c: { ...text, default: 'z' } })
  await define(client, definitionOf([versionOf('v1', next)]))
  const { items } = await client.for(gadgets()).list()
  assert.deepEqual(items[0]?.spec, { a: 'x', c: 'z' })
  assert.equal(items[0]?.metadata.resourceVersion, metadata.resourceVersion)
})

test('a watch ends when the definition changes', limit, async () => {
  await using server = await start()
  const { client } = server
  const schema = schemaOf({ a: text })
  await define(client, definitionOf([versionOf('v1', schema)]))
  const stop = new AbortController()
  const ended = (async () => {
    for await (const event of client.for(gadgets()).watch({ signal: stop.signal })) {
      assert.equal(event.type, 'ADDED')
    }
    return 'ended'
  })()
  await client.in(gadgets(), 'default').create({ metadata: { name: 'a' }, spec: { a: 'x' } })
  await define(client, definitionOf([versionOf('v1', schemaOf({ a: text, b: text }))]))
  assert.equal(await ended, 'ended')
  stop.abort()
})

test('custom kinds are served again before the server is ready', limit, async () => {
  const storage = openMemory({ clock: systemClock })
  try {
    {
      await using server = await start(storage)
      await define(server.client, definitionOf([versionOf('v1', schemaOf({ a: text }))]))
      await server.client
        .in(gadgets(), 'default')
        .create({ metadata: { name: 'a' }, spec: { a: 'x' } })
    }
    await using server = await start(storage)
    const { spec } = await server.client.in(gadgets(), 'default').get('a')
    assert.deepEqual(spec, { a: 'x' })
  } finally {
    await storage[Symbol.asyncDispose]()
  }
})

test('a name in use is not accepted until it is free', limit, async () => {
  await using server = await start()
  const { client } = server
  const versions = [versionOf('v1', schemaOf({ a: text }))]
  await define(client, definitionOf(versions))
  const other = definitionOf(versions, {
    names: { plural: 'others', singular: 'gadget', kind: 'Gadget', listKind: 'OtherList' },
  })
  other.metadata.name = 'others.example.com'
  const created = await client.for(customresourcedefinitions).create(other)
  const refused = await condition(client, created, 'NamesAccepted', 'False')
  const [names, established] = refused.status?.conditions ?? []
  assert.equal(names?.reason, 'KindConflict')
  assert.equal(names?.message, '"Gadget" is already in use')
  assert.deepEqual(
    [established?.type, established?.status, established?.reason],
    ['Established', 'False', 'NotAccepted'],
  )
  const others = { ...gadgets(), resource: 'others' }
  await assert.rejects(client.for(others).list(), isNotFound)
  await client.for(customresourcedefinitions).delete('gadgets.example.com')
  await condition(client, created, 'Established', 'True')
  assert.deepEqual((await client.for(others).list()).items, [])
})

function isNotFound(error: unknown): boolean {
  return error instanceof StatusError && isStatus(error, 'NotFound')
}

test('an update must name the version that it changes', limit, async () => {
  await using server = await start()
  const { client } = server
  await define(client, definitionOf([versionOf('v1', schemaOf({ a: text }))]))
  const gadget = await client
    .in(gadgets(), 'default')
    .create({ metadata: { name: 'a' }, spec: { a: 'x' } })
  const { resourceVersion: _, ...metadata } = gadget.metadata
  await assert.rejects(client.in(gadgets(), 'default').update({ ...gadget, metadata } as never), {
    message: /metadata\.resourceVersion: Invalid value: .*: must be specified for an update/,
  })
})

test('an error in what did not change is not held against the writer', limit, async () => {
  await using server = await start()
  const { client } = server
  await define(client, definitionOf([versionOf('v1', schemaOf({ a: text, b: text }))]))
  const api = client.in(gadgets(), 'default')
  await api.create({ metadata: { name: 'a' }, spec: { a: 'long', b: 'x' } })
  const stricter = schemaOf({ a: { ...text, maxLength: 2 }, b: text })
  await define(client, definitionOf([versionOf('v1', stricter)]))
  const { spec } = await api.patch('a', 'merge', { spec: { b: 'y' } })
  assert.deepEqual(spec, { a: 'long', b: 'y' })
  await assert.rejects(api.patch('a', 'merge', { spec: { a: 'longer' } }), {
    message: 'Gadget.example.com "a" is invalid: spec.a: Too long: may not be more than 2 bytes',
  })
})

test('rules see what an object was; what has not changed is only told', limit, async () => {
  await using server = await start()
  const { client } = server
  const name: JSONSchemaProps = { type: 'string', maxLength: 20 }
  const size: JSONSchemaProps = { type: 'integer' }
  await define(client, definitionOf([versionOf('v1', schemaOf({ name, size }))]))
  const api = client.in(gadgets(), 'default')
  await api.create({ metadata: { name: 'a' }, spec: { name: 'UP', size: 2 } })
  const ruled = schemaOf({
    name: {
      ...name,
      'x-kubernetes-validations': [{ rule: 'self.lowerAscii() == self', message: 'lower case' }],
    },
    size: { ...size, 'x-kubernetes-validations': [{ rule: 'self >= oldSelf' }] },
  })
  await define(client, definitionOf([versionOf('v1', ruled)]))
  const path = '/apis/example.com/v1/namespaces/default/gadgets/a'
  const headers = { 'content-type': 'application/merge-patch+json' }
  const patched = await client.transport.request({
    method: 'PATCH',
    path,
    headers,
    body: { spec: { size: 3 } },
  })
  assert.deepEqual(patched.warnings, ['spec.name: Invalid value: "UP": lower case'])
  await assert.rejects(api.patch('a', 'merge', { spec: { size: 1 } }), {
    message:
      'Gadget.example.com "a" is invalid: spec.size: Invalid value: 1: failed rule: self >= oldSelf',
  })
  await assert.rejects(api.patch('a', 'merge', { spec: { size: 'x', name: 'UPPER' } }), {
    message:
      'Gadget.example.com "a" is invalid: [spec.size: Invalid value: "string": spec.size in body must be of type integer: "string", <nil>: Invalid value: null: some validation rules were not checked because the object was invalid; correct the existing errors to complete validation]',
  })
})
