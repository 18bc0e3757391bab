import assert from 'node:assert/strict'
import { test } from 'node:test'
import { equal, sameStatus } from './equal.ts'

const cases: readonly [a: unknown, b: unknown, same: boolean][] = [
  [{ a: 1, b: 2 }, { b: 2, a: 1 }, true],
  [{ a: 1 }, { a: 1, b: [], c: {}, d: null, e: undefined }, true],
  [{ a: { b: { c: [] } } }, undefined, true],
  [{ a: 1 }, { a: 1, b: 0 }, false],
  [[1, 2], [2, 1], false],
  [[{ a: 1 }], [{ a: 1 }], true],
  ['1', 1, false],
  [{ a: [] }, { a: [1] }, false],
]
for (const [a, b, same] of cases) {
  test(`${JSON.stringify(a)} ${same ? '=' : '≠'} ${JSON.stringify(b)}`, () => {
    assert.equal(equal(a, b), same)
    assert.equal(equal(b, a), same)
  })
}

test('in a status a count of 0 may be left out', () => {
  assert.ok(sameStatus({ ready: 0 }, {}))
  assert.ok(!sameStatus({ ready: 0 }, { ready: 1 }))
})
