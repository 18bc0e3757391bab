import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Heap } from './heap.ts'

const cases: readonly (readonly number[])[] = [[], [1], [2, 1], [5, 3, 8, 1, 9, 2, 2, 7], [1, 1, 1]]

for (const items of cases) {
  test(`[${items.join()}] comes out sorted`, () => {
    const heap = new Heap<number>((a, b) => a - b)
    for (const item of items) heap.push(item)
    assert.equal(heap.size, items.length)
    assert.equal(heap.peek(), items.toSorted((a, b) => a - b)[0])
    const out: number[] = []
    for (let next = heap.pop(); next !== undefined; next = heap.pop()) out.push(next)
    assert.deepEqual(
      out,
      items.toSorted((a, b) => a - b),
    )
  })
}

test('pushes and pops may alternate', () => {
  const heap = new Heap<number>((a, b) => a - b)
  const out: (number | undefined)[] = []
  for (const item of [4, 2, 6]) heap.push(item)
  out.push(heap.pop())
  heap.push(1)
  out.push(heap.pop(), heap.pop())
  heap.push(5)
  out.push(heap.pop(), heap.pop(), heap.pop())
  assert.deepEqual(out, [2, 1, 4, 5, 6, undefined])
})

test('a cleared heap is empty', () => {
  const heap = new Heap<number>((a, b) => a - b)
  heap.push(1)
  heap.clear()
  assert.equal(heap.pop(), undefined)
})
