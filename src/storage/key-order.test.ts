import assert from 'node:assert/strict'
import { test } from 'node:test'
import { compareKeys, prefixEnd } from './key-order.ts'

test('keys sort as their UTF-8 bytes', () => {
  const samples = ['', 'a', 'a-b/x', 'a/x', 'ab', 'é', '\ud7ff', '\ue000', '\uffff', '😀', '😀a']
  const byBytes = samples.toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
  assert.deepEqual(samples.toReversed().sort(compareKeys), byBytes)
})

const ends = [
  ['/registry/pods/', '/registry/pods0'],
  ['a\ud7ff', 'a\ue000'],
  ['a\u{10ffff}', 'b'],
  ['\u{10ffff}', undefined],
  ['', undefined],
] as const

for (const [prefix, end] of ends) {
  test(`the keys that begin with ${encodeURI(prefix)} end before ${encodeURI(String(end))}`, () => {
    assert.equal(prefixEnd(prefix), end)
  })
}
