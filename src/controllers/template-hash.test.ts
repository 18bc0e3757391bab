import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fnv1a, templateHash } from './template-hash.ts'

test('FNV-1a of known texts', () => {
  assert.equal(fnv1a(''), 0x811c9dc5)
  assert.equal(fnv1a('a'), 0xe40c292c)
  assert.equal(fnv1a('foobar'), 0xbf9cf968)
})

test('what means the same has the same hash', () => {
  const hash = templateHash({ a: 1, b: { c: [1, 2] } }, undefined)
  assert.equal(templateHash({ b: { c: [1, 2], d: null, e: [] }, a: 1, f: {} }, undefined), hash)
  assert.notEqual(templateHash({ a: 1, b: { c: [2, 1] } }, undefined), hash)
  assert.notEqual(templateHash({ a: 1, b: { c: [1, 2] } }, 1), hash)
  assert.match(hash, /^[bcdfghjklmnpqrstvwxz2456789]{8,10}$/)
})
