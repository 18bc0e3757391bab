import assert from 'node:assert/strict'
import { test } from 'node:test'
import { dateText, plainTimeText, sinceText } from './time-text.ts'

test('a time that never was is Go’s zero time', () => {
  assert.equal(dateText(undefined), 'Mon, 01 Jan 0001 00:00:00 +0000')
  assert.equal(plainTimeText(null), '0001-01-01 00:00:00 +0000 UTC')
  assert.equal(sinceText(null, 0), '<unknown>')
})

test('times are local and say their zone', () => {
  const text = dateText('2026-03-05T06:07:08Z')
  assert.match(text, /^[A-Z][a-z]{2}, \d\d Mar 2026 \d\d:\d\d:08 [+-]\d{4}$/)
  assert.equal(Date.parse(text), Date.parse('2026-03-05T06:07:08Z'))
  assert.match(plainTimeText('2026-03-05T06:07:08Z'), /^2026-03-0\d \d\d:\d\d:08 [+-]\d{4} \S+$/)
})
