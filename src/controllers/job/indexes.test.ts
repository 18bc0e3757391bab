import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  countIndexes,
  firstFree,
  formatIndexes,
  hasIndex,
  parseIndexes,
  withIndexes,
} from './indexes.ts'

const cases: readonly [text: string, added: number[], result: string, count: number][] = [
  ['', [], '', 0],
  ['', [3], '3', 1],
  ['1', [2], '1,2', 2],
  ['1,2', [3], '1-3', 3],
  ['1,3-5', [2], '1-5', 5],
  ['0-3', [3, 7, 9, 8], '0-3,7-9', 7],
]
for (const [text, added, result, count] of cases) {
  test(`{${text}} and ${added.join()} → {${result}}`, () => {
    const indexes = withIndexes(parseIndexes(text, 100), added)
    assert.equal(formatIndexes(indexes), result)
    assert.equal(countIndexes(indexes), count)
    for (const index of added) assert.ok(hasIndex(indexes, index))
  })
}

test('indexes at or above the completions do not count', () => {
  assert.equal(formatIndexes(parseIndexes('0,2-9,12', 5)), '0,2-4')
})

test('the lowest free indexes', () => {
  const taken = parseIndexes('0,2', 10)
  const isTaken = (index: number) => hasIndex(taken, index)
  assert.deepEqual(firstFree(isTaken, { count: 3, completions: 5 }), [1, 3, 4])
  assert.deepEqual(firstFree(isTaken, { count: 3, completions: 4 }), [1, 3])
})
