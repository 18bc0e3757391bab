/** `int(x)`, `string(x)` and their like. Upstream: cel-go common/types, ConvertToType. */
import { parseDurationNanos } from '#api/duration.ts'
import { fn, type FunctionRow } from '#cel/functions.ts'
import { formatDuration, formatTimestamp, inRange, parseTimestamp, second } from '#cel/instant.ts'
import { runtimeType } from '#cel/runtime-type.ts'
import { Duration, EvaluationError, Timestamp, TypeValue, Uint, type Value } from '#cel/value.ts'
import { goQuote } from '#api/meta/go-quote.ts'
import { perCharacterOf } from './costs.ts'
import { checkedInt, checkedUint } from './operators.ts'

const toInt: readonly FunctionRow[] = [
  fn('int', '(int) -> int', { run: (value: bigint) => value }),
  fn('int', '(uint) -> int', { run: (value: Uint) => checkedInt(value.value) }),
  fn('int', '(double) -> int', { run: (value: number) => checkedInt(truncated(value, 'integer')) }),
  fn('int', '(string) -> int', { run: (text: string) => parseWhole(text, 'ParseInt') }),
  fn('int', '(timestamp) -> int', { run: (value: Timestamp) => floorSeconds(value.nanos) }),
  fn('int', '(duration) -> int', { run: (value: Duration) => value.nanos }),
]

const toUint: readonly FunctionRow[] = [
  fn('uint', '(uint) -> uint', { run: (value: Uint) => value }),
  fn('uint', '(int) -> uint', { run: (value: bigint) => checkedUint(value) }),
  fn('uint', '(double) -> uint', {
    run: (value: number) => checkedUint(truncated(value, 'unsigned integer')),
  }),
  fn('uint', '(string) -> uint', {
    run: (text: string) => new Uint(parseWhole(text, 'ParseUint')),
  }),
]

const toDouble: readonly FunctionRow[] = [
  fn('double', '(double) -> double', { run: (value: number) => value }),
  fn('double', '(int) -> double', { run: (value: bigint) => Number(value) }),
  fn('double', '(uint) -> double', { run: (value: Uint) => Number(value.value) }),
  fn('double', '(string) -> double', { run: parseDouble }),
]

const toText: readonly FunctionRow[] = [
  fn('string', '(string) -> string', { run: (value: string) => value }),
  fn('string', '(bool) -> string', { run: (value: boolean) => String(value) }),
  fn('string', '(int) -> string', { run: (value: bigint) => String(value) }),
  fn('string', '(uint) -> string', { run: (value: Uint) => String(value.value) }),
  fn('string', '(double) -> string', { run: formatDouble }),
  fn('string', '(bytes) -> string', {
    run: decodeUtf8,
    cost: perCharacterOf(0),
    id: 'bytes_to_string',
  }),
  fn('string', '(timestamp) -> string', {
    run: (value: Timestamp) => formatTimestamp(value.nanos),
  }),
  fn('string', '(duration) -> string', { run: (value: Duration) => formatDuration(value.nanos) }),
]

const others: readonly FunctionRow[] = [
  fn('bool', '(bool) -> bool', { run: (value: boolean) => value }),
  fn('bool', '(string) -> bool', { run: parseBool }),
  fn('bytes', '(bytes) -> bytes', { run: (value: Uint8Array) => value }),
  fn('bytes', '(string) -> bytes', {
    run: (text: string) => new TextEncoder().encode(text),
    cost: perCharacterOf(0),
    id: 'string_to_bytes',
  }),
  fn('timestamp', '(timestamp) -> timestamp', { run: (value: Timestamp) => value }),
  fn('timestamp', '(string) -> timestamp', {
    run: (text: string) => new Timestamp(parseTimestamp(text)),
  }),
  fn('timestamp', '(int) -> timestamp', {
    run: (seconds: bigint) => new Timestamp(inRange(seconds * second)),
  }),
  fn('duration', '(duration) -> duration', { run: (value: Duration) => value }),
  fn('duration', '(string) -> duration', { run: parseDuration }),
  fn('duration', '(int) -> duration', { run: (nanos: bigint) => new Duration(nanos) }),
  fn('dyn', '(A) -> dyn', { run: (value: Value) => value }),
  fn('type', '(A) -> type<A>', { run: (value: Value) => new TypeValue(runtimeType(value)) }),
]

function truncated(value: number, what: string): bigint {
  /* The lowest int is out of range, too: a double that near may have been rounded to it. */
  if (!Number.isFinite(value) || value <= -(2 ** 63)) throw new EvaluationError(`${what} overflow`)
  return BigInt(Math.trunc(value))
}

function floorSeconds(nanos: bigint): bigint {
  const rest = ((nanos % second) + second) % second
  return (nanos - rest) / second
}

const wholeLimits = {
  ParseInt: { shape: /^[+-]?\d+$/, min: -(2n ** 63n), max: 2n ** 63n - 1n },
  ParseUint: { shape: /^\d+$/, min: 0n, max: 2n ** 64n - 1n },
} as const

/** Go's errors of strconv, which upstream passes on. */
function parseWhole(text: string, how: keyof typeof wholeLimits): bigint {
  const { shape, min, max } = wholeLimits[how]
  const fail = (why: string): EvaluationError =>
    new EvaluationError(`strconv.${how}: parsing ${goQuote(text)}: ${why}`)
  if (!shape.test(text)) throw fail('invalid syntax')
  const value = BigInt(text.replace(/^\+/, ''))
  if (value < min || value > max) throw fail('value out of range')
  return value
}

const doubleShape = /^[+-]?(?:\d+\.?\d*(?:[eE][+-]?\d+)?|\.\d+(?:[eE][+-]?\d+)?)$/

const namedDoubles: Readonly<Record<string, number>> = {
  inf: Number.POSITIVE_INFINITY,
  '+inf': Number.POSITIVE_INFINITY,
  '-inf': Number.NEGATIVE_INFINITY,
  infinity: Number.POSITIVE_INFINITY,
  '+infinity': Number.POSITIVE_INFINITY,
  '-infinity': Number.NEGATIVE_INFINITY,
  nan: Number.NaN,
}

function parseDouble(text: string): number {
  const named = namedDoubles[text.toLowerCase()]
  if (named !== undefined) return named
  if (!doubleShape.test(text)) {
    throw new EvaluationError(`strconv.ParseFloat: parsing ${goQuote(text)}: invalid syntax`)
  }
  return Number(text)
}

/** As Go's `%g` with the shortest digits. */
export function formatDouble(value: number): string {
  if (Number.isNaN(value)) return 'NaN'
  if (!Number.isFinite(value)) return value > 0 ? '+Inf' : '-Inf'
  const [digits = '', exponent = '0'] = value.toExponential().split('e')
  const power = Number(exponent)
  if (power < -4 || power >= 21) {
    const size = String(Math.abs(power)).padStart(2, '0')
    return `${digits}e${power < 0 ? '-' : '+'}${size}`
  }
  return Object.is(value, -0) ? '-0' : String(value)
}

function decodeUtf8(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    throw new EvaluationError('invalid UTF-8 in bytes, cannot convert to string')
  }
}

const booleans: Readonly<Record<string, boolean>> = {
  '1': true,
  t: true,
  T: true,
  true: true,
  TRUE: true,
  True: true,
  '0': false,
  f: false,
  F: false,
  false: false,
  FALSE: false,
  False: false,
}

function parseBool(text: string): boolean {
  const value = Object.hasOwn(booleans, text) ? booleans[text] : undefined
  if (value !== undefined) return value
  throw new EvaluationError(`strconv.ParseBool: parsing ${goQuote(text)}: invalid syntax`)
}

function parseDuration(text: string): Duration {
  try {
    return new Duration(parseDurationNanos(text))
  } catch (error) {
    throw new EvaluationError(error instanceof Error ? error.message : String(error))
  }
}

export const conversions: readonly FunctionRow[] = [
  ...toInt,
  ...toUint,
  ...toDouble,
  ...toText,
  ...others,
]
