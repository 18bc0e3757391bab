import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseSchedule } from './schedule.ts'

const cases: readonly [schedule: string, zone: string, after: string, next: string | undefined][] =
  [
    ['*/15 * * * *', 'UTC', '2030-01-01T00:01:00Z', '2030-01-01T00:15:00Z'],
    ['*/15 * * * *', 'UTC', '2030-01-01T00:15:00Z', '2030-01-01T00:30:00Z'],
    ['0 3 * * MON-FRI', 'UTC', '2030-01-05T04:00:00Z', '2030-01-07T03:00:00Z'],
    // Day of the month or day of the week, when both are given.
    ['0 0 13 * 5', 'UTC', '2030-01-01T00:00:00Z', '2030-01-04T00:00:00Z'],
    ['0 0 ? * 0', 'UTC', '2030-01-01T00:00:00Z', '2030-01-06T00:00:00Z'],
    ['30 8 * * *', 'Europe/Berlin', '2030-07-01T00:00:00Z', '2030-07-01T06:30:00Z'],
    ['TZ=Asia/Tokyo 0 9 * * *', 'UTC', '2030-01-01T00:30:00Z', '2030-01-02T00:00:00Z'],
    ['@daily', 'UTC', '2030-01-01T00:00:00Z', '2030-01-02T00:00:00Z'],
    ['@every 1h30m', 'UTC', '2030-01-01T00:00:10.500Z', '2030-01-01T01:30:10Z'],
    ['@every 100ms', 'UTC', '2030-01-01T00:00:00Z', '2030-01-01T00:00:01Z'],
    // 02:30 does not exist on 10 March 2030 in New York.
    ['30 2 * * *', 'America/New_York', '2030-03-10T05:00:00Z', '2030-03-11T06:30:00Z'],
    ['0 0 30 2 *', 'UTC', '2030-01-01T00:00:00Z', undefined],
  ]

for (const [schedule, zone, after, next] of cases) {
  test(`${schedule} in ${zone} after ${after}`, { timeout: 5_000 }, () => {
    const found = parseSchedule(schedule, zone).next(Date.parse(after))
    assert.equal(found, next === undefined ? undefined : Date.parse(next))
  })
}

for (const text of [
  '',
  '* * * *',
  '* * * * * *',
  '61 * * * *',
  '0 0 L * *',
  '@every soon',
  '@often',
]) {
  test(`"${text}" is no schedule`, () => {
    assert.throws(() => parseSchedule(text, 'UTC'))
  })
}

test('a zone must exist', () => {
  assert.throws(() => parseSchedule('* * * * *', 'Mars/Olympus').next(0))
})
