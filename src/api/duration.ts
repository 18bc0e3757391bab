/** Go's durations: `1h30m`, `250ms`, `1.5s`. Upstream: Go's time.ParseDuration and Duration.String. */
import { goQuote } from './meta/go-quote.ts'

/** Not a duration; the message is Go's. */
export class DurationError extends Error {
  override readonly name = 'DurationError'
}

const nanosOf: Readonly<Record<string, bigint>> = {
  ns: 1n,
  us: 1_000n,
  µs: 1_000n,
  μs: 1_000n,
  ms: 1_000_000n,
  s: 1_000_000_000n,
  m: 60_000_000_000n,
  h: 3_600_000_000_000n,
}

const int64Max = 2n ** 63n - 1n

/** Milliseconds, with a fraction where there are micro- or nanoseconds. Throws {@link DurationError}. */
export function parseDurationMs(text: string): number {
  return Number(parseDurationNanos(text)) / 1e6
}

/** Exact. Throws {@link DurationError}. */
export function parseDurationNanos(text: string): bigint {
  const sign = /^[-+]/.exec(text)?.[0] ?? ''
  const body = text.slice(sign.length)
  if (body === '0') return 0n
  if (body === '') throw invalid(text)
  let total = 0n
  const piece = /(\d*)(?:\.(\d*))?([^.\d]*)/y
  while (piece.lastIndex < body.length) {
    const [, whole = '', fraction = '', unit = ''] = piece.exec(body) as RegExpExecArray
    if (whole === '' && fraction === '') throw invalid(text)
    if (unit === '') throw new DurationError(`time: missing unit in duration ${goQuote(text)}`)
    const nanos = nanosOf[unit]
    if (nanos === undefined) {
      throw new DurationError(`time: unknown unit ${goQuote(unit)} in duration ${goQuote(text)}`)
    }
    total += (BigInt(whole + fraction) * nanos) / 10n ** BigInt(fraction.length)
  }
  if (total > int64Max + (sign === '-' ? 1n : 0n)) throw invalid(text)
  return sign === '-' ? -total : total
}

function invalid(text: string): DurationError {
  return new DurationError(`time: invalid duration ${goQuote(text)}`)
}

/** As Go prints it: `1h0m0s`, `1.5s`, `250ms`, `0s`. */
export function formatDuration(ms: number): string {
  return formatNanos(BigInt(Math.round(ms * 1e6)))
}

function formatNanos(nanos: bigint): string {
  if (nanos === 0n) return '0s'
  if (nanos < 0n) return `-${formatNanos(-nanos)}`
  if (nanos < 1_000n) return `${nanos}ns`
  if (nanos < 1_000_000n) return `${decimal(nanos, 1_000n)}µs`
  if (nanos < 1_000_000_000n) return `${decimal(nanos, 1_000_000n)}ms`
  const minutes = nanos / 60_000_000_000n
  const seconds = `${decimal(nanos % 60_000_000_000n, 1_000_000_000n)}s`
  if (minutes === 0n) return seconds
  const hours = minutes / 60n
  return hours === 0n ? `${minutes}m${seconds}` : `${hours}h${minutes % 60n}m${seconds}`
}

function decimal(nanos: bigint, unit: bigint): string {
  const fraction = String(nanos % unit)
    .padStart(String(unit).length - 1, '0')
    .replace(/0+$/, '')
  return fraction === '' ? String(nanos / unit) : `${nanos / unit}.${fraction}`
}
