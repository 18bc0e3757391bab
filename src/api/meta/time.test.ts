import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as time from './time.ts'

for (const [text, canonical] of [
  ['2024-01-02T03:04:05Z', '2024-01-02T03:04:05Z'],
  ['2024-01-02T03:04:05.999Z', '2024-01-02T03:04:05Z'],
  ['2024-01-02T03:04:05+02:00', '2024-01-02T01:04:05Z'],
  ['2024-02-29T23:59:59-01:30', '2024-03-01T01:29:59Z'],
  ['0001-01-01T00:00:00Z', '0001-01-01T00:00:00Z'],
  ['1969-12-31T23:59:59.5Z', '1969-12-31T23:59:59Z'],
] as const) {
  test(`${text} is ${canonical}`, () => assert.equal(time.canonicalTime(text), canonical))
}

for (const [text, message] of [
  ['', 'parsing time "" as "2006-01-02T15:04:05Z07:00": cannot parse "" as "2006"'],
  ['x', 'parsing time "x" as "2006-01-02T15:04:05Z07:00": cannot parse "x" as "2006"'],
  [
    '2024-01-02',
    'parsing time "2024-01-02" as "2006-01-02T15:04:05Z07:00": cannot parse "" as "T"',
  ],
  [
    '2024-01-02 03:04:05Z',
    'parsing time "2024-01-02 03:04:05Z" as "2006-01-02T15:04:05Z07:00": cannot parse " 03:04:05Z" as "T"',
  ],
  [
    '2024-01-02T03:04:05',
    'parsing time "2024-01-02T03:04:05" as "2006-01-02T15:04:05Z07:00": cannot parse "" as "Z07:00"',
  ],
  ['2024-13-02T03:04:05Z', 'parsing time "2024-13-02T03:04:05Z": month out of range'],
  ['2023-02-29T03:04:05Z', 'parsing time "2023-02-29T03:04:05Z": day out of range'],
  ['2024-01-02T24:04:05Z', 'parsing time "2024-01-02T24:04:05Z": hour out of range'],
  ['2024-01-02T03:04:60Z', 'parsing time "2024-01-02T03:04:60Z": second out of range'],
  ['2024-01-02T03:04:05Zx', 'parsing time "2024-01-02T03:04:05Zx": extra text: "x"'],
] as const) {
  test(`${JSON.stringify(text)} is no time`, () => {
    assert.throws(() => time.parseTime(text), { name: 'TimeError', message })
  })
}

test('a MicroTime has six digits', () => {
  assert.equal(
    time.canonicalMicroTime('2024-01-02T03:04:05.123456+01:00'),
    '2024-01-02T02:04:05.123456Z',
  )
  assert.throws(() => time.canonicalMicroTime('2024-01-02T03:04:05Z'), {
    message:
      'parsing time "2024-01-02T03:04:05Z" as "2006-01-02T15:04:05.000000Z07:00": cannot parse "Z" as ".000000"',
  })
})

const [s, m, h, d] = [1000, 60_000, 3_600_000, 86_400_000]

for (const [ms, long, short] of [
  [-2000, '<invalid>', '<invalid>'],
  [-500, '0s', '0s'],
  [0, '0s', '0s'],
  [59 * s, '59s', '59s'],
  [119 * s, '119s', '1m'],
  [2 * m, '2m', '2m'],
  [5 * m + 12 * s, '5m12s', '5m'],
  [10 * m + 5 * s, '10m', '10m'],
  [179 * m, '179m', '2h'],
  [3 * h, '3h', '3h'],
  [7 * h + 30 * m, '7h30m', '7h'],
  [8 * h + 30 * m, '8h', '8h'],
  [47 * h, '47h', '1d'],
  [2 * d, '2d', '2d'],
  [2 * d + 5 * h, '2d5h', '2d'],
  [8 * d + 5 * h, '8d', '8d'],
  [700 * d, '700d', '1y'],
  [3 * 365 * d, '3y', '3y'],
  [3 * 365 * d + 40 * d, '3y40d', '3y'],
  [9 * 365 * d + 40 * d, '9y', '9y'],
] as const) {
  test(`${ms} ms reads ${long}`, () => {
    assert.deepEqual([time.humanDuration(ms), time.shortHumanDuration(ms)], [long, short])
  })
}

test('ages count from a time, and are unknown without one', () => {
  const now = Date.parse('2024-01-01T00:05:12Z')
  assert.equal(time.translateTimestampSince('2024-01-01T00:00:00Z', now), '5m12s')
  assert.equal(time.translateTimestampUntil('2024-01-01T00:07:12Z', now), '2m')
  assert.equal(time.translateTimestampSince(undefined, now), '<unknown>')
})
