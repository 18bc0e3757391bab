import assert from 'node:assert/strict'
import { test } from 'node:test'
import { wrappedLines } from './paragraphs.ts'
import { indented, wordWrap } from './word-wrap.ts'

const wraps: readonly (readonly [text: string, width: number, wrapped: string])[] = [
  ['', 5, ''],
  ['foo', 4, 'foo'],
  ['foo bar baz', 7, 'foo bar\nbaz'],
  ['foobarbaz', 4, 'foobarbaz'],
  ['foo\nb ar   baz', 4, 'foo\nb ar\nbaz'],
  ['foo   ', 4, 'foo'],
  ['foo ', 4, 'foo '],
  ['a\u00a0b c', 3, 'a\u00a0b\nc'],
]

for (const [text, width, wrapped] of wraps) {
  test(`${JSON.stringify(text)} in ${width} columns`, () => {
    assert.equal(wordWrap(text, width), wrapped)
  })
}

test('empty lines are indented too', () => {
  assert.equal(indented('a\n\nb', 2), '  a\n  \n  b')
})

const filled: readonly (readonly [text: string, lines: readonly string[]])[] = [
  ['one two three four', ['one two', 'three', 'four']],
  ['one\ntwo', ['one two']],
  ['one:\ntwo', ['one:', 'two']],
  ['one\n\ntwo', ['one', 'two']],
  ['one two three\n\nfour', ['one two', 'three', '', 'four']],
  ['one\n- a\n* b\n1. c', ['one', '- a', '* b', '1. c']],
  ['one\n    code stays  as it is', ['one', '    code stays  as it is']],
]

for (const [text, lines] of filled) {
  test(`${JSON.stringify(text)} filled to 8 columns`, () => {
    assert.deepEqual(wrappedLines(text, 8), lines)
  })
}
