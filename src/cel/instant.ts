/** RFC 3339 instants with nanoseconds, and durations as CEL prints them. */
import { EvaluationError } from './value.ts'

const shape =
  /^(\d{4})-(\d{2})-(\d{2})[Tt](\d{2}):(\d{2}):(\d{2})(?:\.(\d{1,9})\d*)?([Zz]|[+-]\d{2}:\d{2})$/

export const second = 1_000_000_000n
/** 0001-01-01T00:00:00Z and the last nanosecond of 9999. */
const range = { min: -62_135_596_800n * second, max: 253_402_300_800n * second - 1n }

/** Nanoseconds since 1970. */
export function parseTimestamp(text: string): bigint {
  const match = shape.exec(text)
  const [, year, month, day, hour, minute, seconds, fraction = '', zone = 'Z'] = match ?? []
  if (match === null) throw new EvaluationError(`invalid timestamp: ${text}`)
  const iso = `${year}-${month}-${day}T${hour}:${minute}:${seconds}${zone.toUpperCase()}`
  const ms = Date.parse(iso)
  if (Number.isNaN(ms) || !isRealDay(Number(year), Number(month), Number(day))) {
    throw new EvaluationError(`invalid timestamp: ${text}`)
  }
  return inRange(BigInt(ms) * 1_000_000n + BigInt(fraction.padEnd(9, '0')))
}

function isRealDay(year: number, month: number, day: number): boolean {
  return day <= new Date(Date.UTC(2000 + (year % 400), month, 0)).getUTCDate()
}

export function inRange(nanos: bigint): bigint {
  if (nanos < range.min || nanos > range.max) throw new EvaluationError('timestamp overflow')
  return nanos
}

export function formatTimestamp(nanos: bigint): string {
  const fraction = ((nanos % second) + second) % second
  const date = new Date(Number((nanos - fraction) / 1_000_000n))
  const text = date.toISOString().slice(0, 19)
  return `${text}${formatFraction(fraction)}Z`
}

/** `3.5s` */
export function formatDuration(nanos: bigint): string {
  const size = nanos < 0n ? -nanos : nanos
  return `${nanos < 0n ? '-' : ''}${size / second}${formatFraction(size % second)}s`
}

function formatFraction(nanos: bigint): string {
  return nanos === 0n ? '' : `.${nanos.toString().padStart(9, '0').replace(/0+$/, '')}`
}
