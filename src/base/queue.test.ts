import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Queue } from './queue.ts'

test('what goes in first comes out first, also past many', () => {
  const queue = new Queue<number>()
  const out: (number | undefined)[] = []
  for (let item = 0; item < 5000; item += 1) {
    queue.push(item)
    if (item % 3 !== 0) out.push(queue.shift())
  }
  assert.equal(queue.size, 5000 - out.length)
  assert.equal(queue.peek(), out.length)
  out.push(...queue.drain())
  assert.deepEqual(
    out,
    Array.from({ length: 5000 }, (_, item) => item),
  )
  assert.equal(queue.shift(), undefined)
  assert.equal(queue.size, 0)
})

test('a cleared queue is empty', () => {
  const queue = new Queue<number>()
  queue.push(1)
  queue.clear()
  assert.deepEqual([queue.size, queue.peek(), queue.drain()], [0, undefined, []])
})
