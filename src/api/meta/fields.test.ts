import assert from 'node:assert/strict'
import { test } from 'node:test'
import { escapeFieldValue, parseFieldSelector } from './fields.ts'

const pod: Readonly<Record<string, string>> = {
  'metadata.name': 'a',
  'spec.nodeName': '',
  x: 'a,b=c\\d',
}

for (const [text, printed, matches] of [
  ['', '', true],
  ['metadata.name=a', 'metadata.name=a', true],
  ['metadata.name==a', 'metadata.name=a', true],
  ['metadata.name!=a', 'metadata.name!=a', false],
  ['spec.nodeName=,metadata.name=a', 'metadata.name=a,spec.nodeName=', true],
  ['spec.nodeName!=', 'spec.nodeName!=', false],
  [String.raw`x=a\,b\=c\\d`, String.raw`x=a\,b\=c\\d`, true],
  [',metadata.name=a,', 'metadata.name=a', true],
] as const) {
  test(`${JSON.stringify(text)} ${matches ? 'selects' : 'does not select'} the pod`, () => {
    const selector = parseFieldSelector(text)
    assert.equal(String(selector), printed)
    assert.equal(
      selector.matches((field) => pod[field] ?? ''),
      matches,
    )
    assert.equal(selector.empty, text === '')
  })
}

for (const [text, message] of [
  ['metadata.name', "invalid selector: 'metadata.name'; can't understand 'metadata.name'"],
  ['a=b=c', 'invalid field selector: unescaped character in value: 61'],
  [String.raw`a=\b`, String.raw`invalid field selector: invalid escape sequence: \b`],
  ['a=b\\', 'invalid field selector: invalid escape sequence: \\'],
] as const) {
  test(`${JSON.stringify(text)} cannot be read`, () => {
    assert.throws(() => parseFieldSelector(text), { name: 'FieldSelectorError', message })
  })
}

test('values are escaped', () => {
  assert.equal(escapeFieldValue('a,b=c\\d'), String.raw`a\,b\=c\\d`)
})
