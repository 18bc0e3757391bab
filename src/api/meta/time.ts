/**
 * Times of the API, and how long ago they are in the words of kubectl.
 * Upstream: apimachinery pkg/apis/meta/v1/{time,micro_time}.go, pkg/util/duration/duration.go, and
 * Go's time.Parse for what is accepted and how failures read.
 */
import { microTimestamp, timestamp } from '#base/clock.ts'
import { goQuote } from './go-quote.ts'

/** Not a time; the message is Go's. */
export class TimeError extends Error {
  override readonly name = 'TimeError'
}

export type TimePrecision = 'seconds' | 'micros'

const layouts: Readonly<Record<TimePrecision, string>> = {
  seconds: '2006-01-02T15:04:05Z07:00',
  micros: '2006-01-02T15:04:05.000000Z07:00',
}

const canonical = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/

/**
 * Milliseconds since 1970 of an RFC 3339 time; throws {@link TimeError}. With `micros` the fraction has
 * to have exactly six digits, as MicroTime wants it.
 */
export function parseTime(text: string, precision: TimePrecision = 'seconds'): number {
  return parseInstant(text, precision).ms
}

/** A Time as the API writes it: UTC, whole seconds. Throws {@link TimeError}. */
export function canonicalTime(text: string): string {
  const ms = parseTime(text)
  return canonical.test(text) ? text : timestamp(Math.floor(ms / 1000) * 1000)
}

/** A MicroTime as the API writes it: UTC, six digits of a second. Throws {@link TimeError}. */
export function canonicalMicroTime(text: string): string {
  const { ms, micros } = parseInstant(text, 'micros')
  return `${microTimestamp(ms).slice(0, 20)}${String(micros).padStart(6, '0')}Z`
}

interface Element {
  readonly layout: string
  readonly pattern: RegExp
}

const elements: readonly Element[] = [
  { layout: '2006', pattern: /\d{4}/y },
  { layout: '-', pattern: /-/y },
  { layout: '01', pattern: /\d\d/y },
  { layout: '-', pattern: /-/y },
  { layout: '02', pattern: /\d\d/y },
  { layout: 'T', pattern: /T/y },
  { layout: '15', pattern: /\d\d/y },
  { layout: ':', pattern: /:/y },
  { layout: '04', pattern: /\d\d/y },
  { layout: ':', pattern: /:/y },
  { layout: '05', pattern: /\d\d/y },
]
const optionalFraction: Element = { layout: '', pattern: /(?:[.,]\d+)?/y }
const sixDigits: Element = { layout: '.000000', pattern: /\.\d{6}(?!\d)/y }
const zone: Element = { layout: 'Z07:00', pattern: /Z|[+-]\d\d:\d\d/y }

interface Instant {
  readonly ms: number
  /** Of the second. */
  readonly micros: number
}

function parseInstant(text: string, precision: TimePrecision): Instant {
  const fraction = precision === 'seconds' ? optionalFraction : sixDigits
  const found: string[] = []
  let at = 0
  for (const { layout, pattern } of [...elements, fraction, zone]) {
    pattern.lastIndex = at
    const match = pattern.exec(text)
    if (match === null) fail(text, precision, text.slice(at), layout)
    found.push(match[0])
    at = pattern.lastIndex
  }
  if (at < text.length) range(text, `extra text: ${goQuote(text.slice(at))}`)
  return instant(text, found)
}

function instant(text: string, found: readonly string[]): Instant {
  const number = (index: number): number => Number(found[index])
  const [year, month, day] = [number(0), number(2), number(4)]
  const [hour, minute, second] = [number(6), number(8), number(10)]
  if (month < 1 || month > 12) range(text, 'month out of range')
  if (hour > 23) range(text, 'hour out of range')
  if (minute > 59) range(text, 'minute out of range')
  if (second > 59) range(text, 'second out of range')
  if (day < 1 || day > daysIn(year, month)) range(text, 'day out of range')
  const micros = Math.floor(Number(`0.${found[11]?.slice(1, 7) || '0'}`) * 1e6 + 0.5)
  const date = new Date(0)
  date.setUTCFullYear(year, month - 1, day)
  date.setUTCHours(hour, minute, second, Math.floor(micros / 1000))
  return { ms: date.getTime() - offsetMs(text, found[12] as string), micros }
}

function offsetMs(text: string, zone: string): number {
  if (zone === 'Z') return 0
  const [hours, minutes] = [Number(zone.slice(1, 3)), Number(zone.slice(4))]
  if (hours > 24) range(text, 'time zone offset hour out of range')
  if (minutes > 60) range(text, 'time zone offset minute out of range')
  return (zone.startsWith('-') ? -1 : 1) * (hours * 60 + minutes) * 60_000
}

function daysIn(year: number, month: number): number {
  if (month !== 2) return [4, 6, 9, 11].includes(month) ? 30 : 31
  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28
}

function fail(text: string, precision: TimePrecision, rest: string, element: string): never {
  throw new TimeError(
    `parsing time ${goQuote(text)} as ${goQuote(layouts[precision])}: cannot parse ${goQuote(rest)} as ${goQuote(element)}`,
  )
}

function range(text: string, problem: string): never {
  throw new TimeError(`parsing time ${goQuote(text)}: ${problem}`)
}

/** How long ago, as kubectl's AGE column says it: `5m12s`, `3h`, `<unknown>` when never. */
export function translateTimestampSince(time: string | undefined, nowMs: number): string {
  return time === undefined ? '<unknown>' : humanDuration(nowMs - Date.parse(time))
}

/** How long until then; `<unknown>` when never. */
export function translateTimestampUntil(time: string | undefined, nowMs: number): string {
  return time === undefined ? '<unknown>' : humanDuration(Date.parse(time) - nowMs)
}

/** Two or three significant digits of a duration: `119s`, `2m`, `5m12s`, `3h`, `2d5h`, `3y40d`. */
export function humanDuration(ms: number): string {
  const seconds = Math.trunc(ms / 1000)
  if (seconds < -1) return '<invalid>'
  if (seconds < 0) return '0s'
  if (seconds < 120) return `${seconds}s`
  const minutes = Math.trunc(seconds / 60)
  if (minutes < 10) return two(minutes, 'm', seconds % 60, 's')
  if (minutes < 180) return `${minutes}m`
  const hours = Math.trunc(minutes / 60)
  if (hours < 8) return two(hours, 'h', minutes % 60, 'm')
  if (hours < 48) return `${hours}h`
  const days = Math.trunc(hours / 24)
  if (hours < 24 * 8) return two(days, 'd', hours % 24, 'h')
  if (hours < 24 * 365 * 2) return `${days}d`
  const years = Math.trunc(days / 365)
  return hours < 24 * 365 * 8 ? two(years, 'y', days % 365, 'd') : `${years}y`
}

function two(large: number, largeUnit: string, small: number, smallUnit: string): string {
  return small === 0 ? `${large}${largeUnit}` : `${large}${largeUnit}${small}${smallUnit}`
}

/** One unit only: `59s`, `3m`, `4h`, `12d`, `2y`. */
export function shortHumanDuration(ms: number): string {
  const seconds = Math.trunc(ms / 1000)
  if (seconds < -1) return '<invalid>'
  if (seconds < 0) return '0s'
  if (seconds < 60) return `${seconds}s`
  const minutes = Math.trunc(seconds / 60)
  if (minutes < 60) return `${minutes}m`
  const hours = Math.trunc(minutes / 60)
  if (hours < 24) return `${hours}h`
  return hours < 24 * 365 ? `${Math.trunc(hours / 24)}d` : `${Math.trunc(hours / 24 / 365)}y`
}
