import assert from 'node:assert/strict'
import { test } from 'node:test'
import { formatLabels, writeAnnotations, writeLabels } from './metadata.ts'
import { DescriptionWriter, nested } from './prefix-writer.ts'
import type { PrefixWriter } from './prefix-writer.ts'

function written(write: (w: PrefixWriter) => void): string {
  const w = new DescriptionWriter()
  write(w)
  return w.text()
}

test('labels are sorted, one a line, under each other', () => {
  const text = written((w) => writeLabels(w, 'Labels', { b: '2', a: '' }))
  assert.equal(text, 'Labels:  a=\n         b=2\n')
  assert.equal(
    written((w) => writeLabels(w, 'Labels', {})),
    'Labels:  <none>\n',
  )
})

test('inside another writer every part of a line is indented', () => {
  const text = written((w) => writeLabels(nested(w, 2), 'Labels', { b: '2', a: '1' }))
  assert.equal(text, '    Labels:      a=1\n                 b=2\n')
  const none = written((w) => writeLabels(nested(w, 2), 'Labels', undefined))
  assert.equal(none, '    Labels:      <none>\n')
})

test('annotations that are long or have several lines stand below their key', () => {
  const annotations = {
    short: 'x\n',
    lines: 'one\ntwo',
    long: 'x'.repeat(139),
    'kubectl.kubernetes.io/last-applied-configuration': '{}',
  }
  const lines = written((w) => writeAnnotations(w, 'Annotations', annotations)).split('\n')
  assert.deepEqual(
    lines.map((line) => line.trim()),
    ['Annotations:  lines:', 'one', 'two', 'long:', `${'x'.repeat(138)}...`, 'short: x', ''],
  )
})

test('escape sequences do not reach the terminal', () => {
  assert.equal(
    written((w) => w.write(0, 'a\u001b[31m\r\n')),
    'a^[[31m\\r\n',
  )
})

test('labels in one line', () => {
  assert.equal(formatLabels({ b: '2', a: '1' }), 'a=1,b=2')
  assert.equal(formatLabels(undefined), '<none>')
})
