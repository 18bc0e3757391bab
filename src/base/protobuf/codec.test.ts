import assert from 'node:assert/strict'
import { test } from 'node:test'
import { codec } from './codec.ts'

const tiny = codec({
  messages: {
    All: [
      ['text', 'string', 1, 'one'],
      ['count', 'int64', 2, 'one'],
      ['flag', 'bool', 3, 'one'],
      ['names', 'string', 4, 'many'],
      ['labels', 'string', 5, 'map'],
      ['color', 'Color', 6, 'one'],
      ['child', 'All', 7, 'one'],
      ['numbers', 'int64', 8, 'many'],
      ['ratio', 'double', 9, 'one'],
      ['raw', 'bytes', 10, 'one'],
    ],
    Little: [['text', 'string', 1, 'one']],
  },
  enums: { Color: { RED: 0, BLUE: 1 } },
})

const zero = {
  text: '',
  count: 0,
  flag: false,
  names: [],
  labels: {},
  color: 'RED',
  child: undefined,
  numbers: [],
  ratio: 0,
  raw: Buffer.alloc(0),
}

test('what is left out has the zero value', () => {
  assert.equal(tiny.encode('All', {}).length, 0)
  assert.deepEqual(tiny.decode('All', Buffer.alloc(0)), zero)
})

const whole = {
  text: 'größe',
  count: 1_763_850_000_123_456_000,
  flag: true,
  names: ['a', '', 'b'],
  labels: { 'io.kubernetes.pod.name': 'web', empty: '' },
  color: 'BLUE',
  child: { ...zero, text: 'x'.repeat(300) },
  numbers: [0, 1, -1],
  ratio: 0.25,
  raw: Buffer.from([0, 255]),
}

test('a whole message survives', () => {
  assert.deepEqual(tiny.decode('All', tiny.encode('All', whole)), whole)
})

for (const count of [1, 127, 128, 2 ** 31, 2 ** 53 - 1, 2 ** 60, -1, -998, -(2 ** 62)]) {
  test(`int64 ${count} survives`, () => {
    assert.equal(tiny.decode<{ count: number }>('All', tiny.encode('All', { count })).count, count)
  })
}

test('bytes are those of protobuf', () => {
  assert.equal(
    tiny.encode('All', { text: 'hi', count: 300, flag: true }).toString('hex'),
    '0a02686910ac021801',
  )
  assert.equal(tiny.encode('All', { count: -1 }).toString('hex'), '10ffffffffffffffffff01')
})

test('packed lists are read, too', () => {
  const packed = Buffer.from([8 * 8 + 2, 3, 5, 0x80, 1])
  assert.deepEqual(tiny.decode<{ numbers: number[] }>('All', packed).numbers, [5, 128])
})

test('unknown fields are skipped', () => {
  assert.deepEqual(tiny.decode('Little', tiny.encode('All', whole)), { text: 'größe' })
})

test('a cut message is refused', () => {
  const bytes = tiny.encode('All', { text: 'hello' })
  assert.throws(() => tiny.decode('All', bytes.subarray(0, 4)), /ends too early/)
})

test('messages within messages survive at every length', () => {
  for (let length = 0; length < 700; length++) {
    const child = { ...zero, text: 'x'.repeat(length), child: { ...zero, text: 'inner' } }
    const message = { ...zero, child, ratio: 1 }
    assert.deepEqual(tiny.decode('All', tiny.encode('All', message)), message)
  }
})
