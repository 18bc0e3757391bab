import assert from 'node:assert/strict'
import test from 'node:test'
import { HeaderDecoder } from './header-decoder.ts'
import { HeaderEncoder } from './header-encoder.ts'

const long = 'x'.repeat(20_000)

test('what is encoded can be read, the first and the second time', () => {
  const encoder = new HeaderEncoder(() => 1_382_385_201_999)
  const decoder = new HeaderDecoder({ listBytesMax: 100_000 })
  const headers = {
    'content-type': 'application/json',
    'content-length': 1234,
    'audit-id': '1',
    'x-long': long,
    warning: ['299 - "a"', '299 - "\xe9"'],
  }
  const expected = (status: string): string[] =>
    [
      [':status', status, 'date', 'Mon, 21 Oct 2013 19:53:21 GMT'],
      ['content-type', 'application/json', 'content-length', '1234', 'audit-id', '1'],
      ['x-long', long, 'warning', '299 - "a"', 'warning', '299 - "\xe9"'],
    ].flat()
  for (const status of [200, 200, 409, 431]) {
    const block = encoder.encode(status, headers)
    assert.deepEqual(decoder.decode(block), expected(String(status)))
  }
})
