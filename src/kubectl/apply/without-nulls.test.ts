import assert from 'node:assert/strict'
import { test } from 'node:test'
import { withoutNulls } from './without-nulls.ts'

test('fields that are null go, nulls in lists stay', () => {
  assert.deepEqual(withoutNulls({ a: null, b: { c: null, d: 0 }, e: [null, { f: null, g: '' }] }), {
    b: { d: 0 },
    e: [null, { g: '' }],
  })
})
