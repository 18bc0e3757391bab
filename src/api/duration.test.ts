import assert from 'node:assert/strict'
import { test } from 'node:test'
import { formatDuration, parseDurationMs } from './duration.ts'

for (const [text, ms, formatted] of [
  ['0', 0, '0s'],
  ['1h30m', 5_400_000, '1h30m0s'],
  ['1.5s', 1500, '1.5s'],
  ['250ms', 250, '250ms'],
  ['100µs', 0.1, '100µs'],
  ['100us', 0.1, '100µs'],
  ['1ns', 0.000001, '1ns'],
  ['-2m', -120_000, '-2m0s'],
  ['+.5h', 1_800_000, '30m0s'],
  ['24h', 86_400_000, '24h0m0s'],
] as const) {
  test(`${text} is ${ms} ms`, () => {
    assert.equal(parseDurationMs(text), ms)
    assert.equal(formatDuration(ms), formatted)
  })
}

for (const [text, message] of [
  ['', 'time: invalid duration ""'],
  ['-', 'time: invalid duration "-"'],
  ['5', 'time: missing unit in duration "5"'],
  ['5x', 'time: unknown unit "x" in duration "5x"'],
  ['x', 'time: invalid duration "x"'],
  ['.s', 'time: invalid duration ".s"'],
  ['9999999999h', 'time: invalid duration "9999999999h"'],
] as const) {
  test(`${JSON.stringify(text)} is no duration`, () => {
    assert.throws(() => parseDurationMs(text), { name: 'DurationError', message })
  })
}
