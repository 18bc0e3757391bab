import assert from 'node:assert/strict'
import { test } from 'node:test'
import { compareBytes, goJson, goQuote } from './go-quote.ts'

for (const [text, quoted] of [
  ['', '""'],
  ['plain', '"plain"'],
  ['a "b" \\c', String.raw`"a \"b\" \\c"`],
  ['tab\tline\n', String.raw`"tab\tline\n"`],
  ['\u0001\u007f', String.raw`"\x01\x7f"`],
  ['é 世', '"é 世"'],
  ['\u00a0\u200b', String.raw`"\u00a0\u200b"`],
  ['\u{1F600}', '"\u{1F600}"'],
] as const) {
  test(`${JSON.stringify(text)} is quoted as Go does`, () => assert.equal(goQuote(text), quoted))
}

test('JSON as Go writes it has sorted keys and no markup', () => {
  assert.equal(
    goJson({ b: [1, { d: '<&>', c: null }], a: true }),
    String.raw`{"a":true,"b":[1,{"c":null,"d":"\u003c\u0026\u003e"}]}`,
  )
})

for (const [a, b, sign] of [
  ['a', 'b', -1],
  ['a', 'a', 0],
  ['ab', 'a', 1],
  ['Z', 'a', -1],
  ['\uffff', '\u{10000}', -1],
  ['\u{10001}', '\u{10000}', 1],
] as const) {
  test(`${JSON.stringify(a)} against ${JSON.stringify(b)}`, () => {
    assert.equal(Math.sign(compareBytes(a, b)), sign)
  })
}
