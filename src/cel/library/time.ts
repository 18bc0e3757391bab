/** Parts of timestamps and durations. Upstream: cel-go common/types/timestamp.go and duration.go. */
import { method, type FunctionRow } from '#cel/functions.ts'
import { EvaluationError, type Duration, type Timestamp } from '#cel/value.ts'

/** Of the wall clock of a zone, read as UTC. */
type Part = (date: Date) => number

const dayMs = 86_400_000

const parts: Readonly<Record<string, Part>> = {
  getFullYear: (date) => date.getUTCFullYear(),
  getMonth: (date) => date.getUTCMonth(),
  getDayOfYear: (date) =>
    Math.floor((date.getTime() - Date.UTC(date.getUTCFullYear(), 0, 1)) / dayMs),
  getDayOfMonth: (date) => date.getUTCDate() - 1,
  getDate: (date) => date.getUTCDate(),
  getDayOfWeek: (date) => date.getUTCDay(),
  getHours: (date) => date.getUTCHours(),
  getMinutes: (date) => date.getUTCMinutes(),
  getSeconds: (date) => date.getUTCSeconds(),
  getMilliseconds: (date) => date.getUTCMilliseconds(),
}

const ofTimestamps = Object.entries(parts).flatMap(([name, part]) => [
  method(name, '(timestamp) -> int', {
    run: (time: Timestamp) => BigInt(part(localTime(time, 'UTC'))),
  }),
  method(name, '(timestamp, string) -> int', {
    run: (time: Timestamp, zone: string) => BigInt(part(localTime(time, zone))),
  }),
])

const units = [
  ['getHours', 3_600_000_000_000n],
  ['getMinutes', 60_000_000_000n],
  ['getSeconds', 1_000_000_000n],
  ['getMilliseconds', 1_000_000n],
] as const

const ofDurations = units.map(([name, nanos]) =>
  method(name, '(duration) -> int', { run: (value: Duration) => value.nanos / nanos }),
)

export const timeParts: readonly FunctionRow[] = [...ofTimestamps, ...ofDurations]

const offset = /^([+-])?(\d{2}):(\d{2})$/

function localTime({ nanos }: Timestamp, zone: string): Date {
  const ms = Number((nanos - (((nanos % 1_000_000n) + 1_000_000n) % 1_000_000n)) / 1_000_000n)
  const match = offset.exec(zone)
  if (match !== null) {
    const minutes = Number(match[2]) * 60 + Number(match[3])
    const shift = (match[1] === '-' ? -minutes : minutes) * 60_000
    return new Date(ms + shift)
  }
  return zone === 'UTC' ? new Date(ms) : wallClock(ms, zone)
}

function wallClock(ms: number, zone: string): Date {
  const found = new Map<string, string>()
  for (const { type, value } of format(zone).formatToParts(ms)) found.set(type, value)
  const number = (type: string): number => Number(found.get(type))
  const year = found.get('era') === 'BC' ? 1 - number('year') : number('year')
  const date = new Date(0)
  date.setUTCFullYear(year, number('month') - 1, number('day'))
  date.setUTCHours(number('hour'), number('minute'), number('second'), ((ms % 1000) + 1000) % 1000)
  return date
}

function format(timeZone: string): Intl.DateTimeFormat {
  const numeric = 'numeric'
  try {
    return new Intl.DateTimeFormat('en-US', {
      timeZone,
      era: 'short',
      year: numeric,
      month: numeric,
      day: numeric,
      hour: numeric,
      minute: numeric,
      second: numeric,
      hourCycle: 'h23',
    })
  } catch {
    throw new EvaluationError(`unknown time zone ${timeZone}`)
  }
}
