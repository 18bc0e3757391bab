import assert from 'node:assert/strict'
import test from 'node:test'
import { SendQueue } from './send-queue.ts'

const bytes = (text: string): Buffer => Buffer.from(text)
const text = (pieces: readonly Uint8Array[]): string[] =>
  pieces.map((piece) => Buffer.from(piece).toString())

test('bytes come in order, cut where the taker says', () => {
  const queue = new SendQueue()
  queue.push([bytes('abc'), bytes(''), bytes('de')])
  queue.push([bytes('fgh')])
  assert.equal(queue.bytes, 8)
  assert.deepEqual(text(queue.take(2)), ['ab'])
  assert.deepEqual(text(queue.take(4)), ['c', 'de', 'f'])
  assert.deepEqual(text(queue.take(100)), ['gh'])
  assert.deepEqual(text(queue.take(1)), [])
  queue.push([bytes('i')])
  queue.clear()
  assert.equal(queue.bytes, 0)
  queue.push([bytes('jk')])
  assert.deepEqual(text(queue.take(2)), ['jk'])
})
