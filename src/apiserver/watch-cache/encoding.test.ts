import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ApiObject } from '#api/resource-type.ts'
import { revisionOf } from '#storage/storage.ts'
import { Cached, Written } from './cached.ts'
import { decode, encodeStored, withoutResourceVersion, withResourceVersion } from './encoding.ts'
import { cloneJson, equalJson } from './json.ts'

const objects: readonly object[] = [
  { kind: 'A', apiVersion: 'v1', metadata: { name: 'a' }, spec: {} },
  {
    spec: { text: '"metadata":{' },
    metadata: { name: 'ä😀', labels: {} },
    kind: 'A',
    apiVersion: 'v1',
  },
  { kind: 'A', apiVersion: 'v1', metadata: {} },
  { kind: 'A', apiVersion: 'v1', metadata: { resourceVersion: '7', name: 'a' } },
]

for (const object of objects) {
  test(`a version is put in and taken out of ${JSON.stringify(object)}`, () => {
    const stored = encodeStored(object as ApiObject)
    assert.match(stored.toString(), /^\{"kind":"A","apiVersion":"v1","metadata":\{/)
    const served = withResourceVersion(stored, '123')
    const { metadata } = object as ApiObject
    const expected = { ...object, metadata: { ...metadata, resourceVersion: '123' } }
    assert.deepEqual(decode(served), expected)
    assert.deepEqual(withoutResourceVersion(served, '123'), stored)
  })
}

test('forms of an object are made from each other', () => {
  const object = { kind: 'A', apiVersion: 'v1', metadata: { name: 'a' } } as ApiObject
  const written = new Written('a', object)
  const cached = written.at(revisionOf(5))
  assert.equal(written.at(revisionOf(5)), cached)
  assert.equal(cached.object.metadata.resourceVersion, '5')
  assert.deepEqual(decode(cached.bytes), cached.object)
  assert.deepEqual(cached.stored, written.stored)
  cached.release()
  assert.deepEqual(cached.object, object)
  const later = cached.at(revisionOf(9))
  assert.equal(later.object.metadata.resourceVersion, '9')
  assert.deepEqual(decode(later.bytes), later.object)
})

test('a dry run shows no version', () => {
  const object = { kind: 'A', apiVersion: 'v1', metadata: { name: 'a' } } as ApiObject
  const cached = new Cached({ key: 'a', revision: revisionOf(0), resourceVersion: '', object })
  assert.equal(
    Buffer.from(cached.bytes).toString(),
    '{"kind":"A","apiVersion":"v1","metadata":{"name":"a"}}',
  )
})

const pairs: readonly (readonly [unknown, unknown, boolean])[] = [
  [{ a: 1, b: [1, { c: null }] }, { b: [1, { c: null }], a: 1 }, true],
  [{ a: undefined }, {}, true],
  [{ a: null }, {}, false],
  [[1, 2], [2, 1], false],
  [[], {}, false],
  ['1', 1, false],
]

for (const [a, b, equal] of pairs) {
  test(`${JSON.stringify(a)} and ${JSON.stringify(b)} are ${equal ? 'equal' : 'different'}`, () => {
    assert.equal(equalJson(a, b), equal)
    assert.equal(equalJson(b, a), equal)
  })
}

test('a copy shares nothing', () => {
  const value = { a: [{ b: { c: 1 } }], d: null }
  const copy = cloneJson(value)
  assert.deepEqual(copy, value)
  assert.notEqual(copy.a, value.a)
  assert.notEqual(copy.a[0]?.b, value.a[0]?.b)
})
