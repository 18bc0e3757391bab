import assert from 'node:assert/strict'
import { test } from 'node:test'
import { maskedVersions } from './masked.ts'

test('values are hidden; what changed is marked', () => {
  const live = { kind: 'Secret', data: { a: '1', b: '2', gone: '3' } }
  const merged = { kind: 'Secret', data: { a: '1', b: '4', fresh: '5' } }
  assert.deepEqual(maskedVersions({ live, merged }), {
    live: { kind: 'Secret', data: { a: '***', b: '*** (before)', gone: '***' } },
    merged: { kind: 'Secret', data: { a: '***', b: '*** (after)', fresh: '***' } },
  })
  assert.deepEqual(live.data, { a: '1', b: '2', gone: '3' })
})

test('a secret that does not exist, one without data', () => {
  assert.deepEqual(maskedVersions({ live: undefined, merged: { kind: 'Secret' } }), {
    live: null,
    merged: { kind: 'Secret' },
  })
})
