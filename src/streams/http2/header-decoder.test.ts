/** The examples of RFC 7541, appendix C, and blocks that nobody should send. */
import assert from 'node:assert/strict'
import test from 'node:test'
import { HpackError } from './errors.ts'
import { HeaderDecoder } from './header-decoder.ts'
import { decodeHuffman } from './huffman.ts'

const hex = (text: string): Buffer => Buffer.from(text.replaceAll(' ', ''), 'hex')
const decoder = (): HeaderDecoder => new HeaderDecoder({ listBytesMax: 1000 })

const request = [':method', 'GET', ':scheme', 'http', ':path', '/', ':authority', 'www.example.com']
const connections: Record<
  string,
  readonly (readonly [block: string, headers: readonly string[]])[]
> = {
  'C.2.1 literal, remembered': [
    [
      '400a 6375 7374 6f6d 2d6b 6579 0d63 7573 746f 6d2d 6865 6164 6572',
      ['custom-key', 'custom-header'],
    ],
    ['be', ['custom-key', 'custom-header']],
  ],
  'C.2.2 literal, not remembered': [
    ['040c 2f73 616d 706c 652f 7061 7468', [':path', '/sample/path']],
  ],
  'C.2.3 literal, never remembered': [
    ['1008 7061 7373 776f 7264 0673 6563 7265 74', ['password', 'secret']],
  ],
  'C.2.4 from the static table': [['82', [':method', 'GET']]],
  'C.3 requests without Huffman': [
    ['8286 8441 0f77 7777 2e65 7861 6d70 6c65 2e63 6f6d', request],
    ['8286 84be 5808 6e6f 2d63 6163 6865', [...request, 'cache-control', 'no-cache']],
    [
      '8287 85bf 400a 6375 7374 6f6d 2d6b 6579 0c63 7573 746f 6d2d 7661 6c75 65',
      [
        [':method', 'GET', ':scheme', 'https', ':path', '/index.html'],
        [':authority', 'www.example.com', 'custom-key', 'custom-value'],
      ].flat(),
    ],
  ],
  'C.4 requests with Huffman': [
    ['8286 8441 8cf1 e3c2 e5f2 3a6b a0ab 90f4 ff', request],
    ['8286 84be 5886 a8eb 1064 9cbf', [...request, 'cache-control', 'no-cache']],
  ],
  'a table that was made smaller forgets the oldest': [
    ['4001 6101 62', ['a', 'b']],
    ['20', []],
    ['3fe1 1f 4001 6301 64', ['c', 'd']],
    ['be', ['c', 'd']],
  ],
}

for (const [name, blocks] of Object.entries(connections)) {
  test(name, () => {
    const one = decoder()
    for (const [block, headers] of blocks) assert.deepEqual(one.decode(hex(block)), headers)
  })
}

const impossible: Record<string, string> = {
  'an index of nothing': 'be',
  'index zero': '80',
  'a string longer than the block': '0001 61ff',
  'a number without an end': 'ffff ffff ffff ffff',
  'a table larger than offered': '3fe2 1f',
  'a table resized amid headers': '8220',
  'the end of the string inside it': '0001 6184 ffff ffff',
  'padding of zeros': '0001 6181 f0',
  'padding of eight bits': '0001 6182 1fff',
}

for (const [name, block] of Object.entries(impossible)) {
  test(`refused: ${name}`, () => assert.throws(() => decoder().decode(hex(block)), HpackError))
}

test('more headers than allowed: none, but the table has them', () => {
  const small = new HeaderDecoder({ listBytesMax: 40 })
  assert.equal(small.decode(hex('4001 6101 6282')), undefined)
  assert.deepEqual(small.decode(hex('be')), ['a', 'b'])
})

test('Huffman strings', () => {
  assert.equal(decodeHuffman(hex('f1e3 c2e5 f23a 6ba0 ab90 f4ff')), 'www.example.com')
  assert.equal(
    decodeHuffman(hex('d07a be94 1054 d444 a820 0595 040b 8166 e082 a62d 1bff')),
    'Mon, 21 Oct 2013 20:13:21 GMT',
  )
  assert.equal(decodeHuffman(hex('')), '')
})
