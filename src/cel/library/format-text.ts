/** `'%s is %d'.format([name, count])`. Upstream: cel-go ext/formatting.go. */
import { formatDuration, formatTimestamp } from '#cel/instant.ts'
import { nameOfRuntimeType } from '#cel/runtime-type.ts'
import {
  Duration,
  EvaluationError,
  isMap,
  ListValue,
  Timestamp,
  TypeValue,
  Uint,
  type Value,
} from '#cel/value.ts'
import { formatDouble } from './conversions.ts'

const clause = /%(?:\.(\d+))?(.)?/gs

const limits = {
  /** Go's fmt refuses more digits, too. */
  precisionMax: 1_000_000,
} as const

export function formatText(text: string, args: ListValue): string {
  let next = 0
  return text.replace(clause, (_, precision: string | undefined, verb: string | undefined) => {
    if (verb === '%') return '%'
    if (verb === undefined)
      throw new EvaluationError('could not parse formatting clause: unexpected end of string')
    const write = verbs[verb]
    if (write === undefined) {
      throw new EvaluationError(
        `could not parse formatting clause: unrecognized formatting clause "${verb}"`,
      )
    }
    if (next >= args.size) throw new EvaluationError(`index ${next} out of range`)
    const value = args.at(next)
    next += 1
    return write(value, precision === undefined ? undefined : digits(precision))
  })
}

function digits(precision: string): number {
  const value = Number(precision)
  if (value > limits.precisionMax) {
    throw new EvaluationError('could not parse formatting clause: precision is too large')
  }
  return value
}

type Verb = (value: Value, precision: number | undefined) => string

const verbs: Readonly<Record<string, Verb>> = {
  s: (value) => show(value),
  d: decimal,
  f: (value, precision = 6) => fixed(value, precision),
  e: (value, precision = 6) => scientific(value, precision),
  b: (value) => (typeof value === 'boolean' ? String(Number(value)) : inBase(value, 2, 'binary')),
  o: (value) => inBase(value, 8, 'octal'),
  x: hexadecimal,
  X: (value) => hexadecimal(value).toUpperCase(),
}

function wrong(what: string, value: Value): EvaluationError {
  return new EvaluationError(
    `error during formatting: ${what} clause can only be used on ${allowed[what]}, was given ${nameOfRuntimeType(value)}`,
  )
}

const allowed: Readonly<Record<string, string>> = {
  decimal: 'integers',
  'fixed-point': 'doubles',
  scientific: 'doubles',
  binary: 'integers and bools',
  octal: 'integers',
  hex: 'integers, byte buffers, and strings',
}

function show(value: Value): string {
  if (typeof value === 'string') return value
  if (value === null) return 'null'
  if (typeof value === 'bigint' || typeof value === 'boolean') return String(value)
  if (typeof value === 'number') return named(value) ?? formatDouble(value)
  return showObject(value)
}

function showObject(value: Value & object): string {
  if (value instanceof Uint) return String(value.value)
  if (value instanceof Timestamp) return formatTimestamp(value.nanos)
  if (value instanceof Duration) return formatDuration(value.nanos)
  if (value instanceof TypeValue) return value.name
  if (value instanceof Uint8Array) return new TextDecoder().decode(value)
  if (value instanceof ListValue) return `[${[...value].map(show).join(', ')}]`
  if (!isMap(value)) {
    throw new EvaluationError(
      'error during formatting: string clause can only be used on strings, bools, bytes, ints, ' +
        `doubles, maps, lists, types, durations, and timestamps, was given ${nameOfRuntimeType(value)}`,
    )
  }
  const entries = [...value.keys()].map((key) => `${show(key)}: ${show(value.get(key) ?? null)}`)
  return `{${entries.sort().join(', ')}}`
}

function named(value: number): string | undefined {
  if (Number.isNaN(value)) return 'NaN'
  if (Number.isFinite(value)) return undefined
  return value > 0 ? 'Infinity' : '-Infinity'
}

function decimal(value: Value): string {
  if (typeof value === 'bigint') return String(value)
  if (value instanceof Uint) return String(value.value)
  if (typeof value === 'number') {
    const text = named(value)
    if (text !== undefined) return text
  }
  throw wrong('decimal', value)
}

function fixed(value: Value, precision: number): string {
  if (typeof value !== 'number') throw wrong('fixed-point', value)
  return named(value) ?? roundHalfEven(value, Math.min(precision, 100))
}

/** Go rounds an exact half to the even digit, JavaScript to the larger number. */
function roundHalfEven(value: number, precision: number): string {
  const text = value.toFixed(precision)
  const isHalf = precision < 22 && (Math.abs(value) * 10 ** precision) % 1 === 0.5
  if (!isHalf || /[02468]$/.test(text)) return text
  const step = 10 ** -precision
  return (value > 0 ? value - step / 2 : value + step / 2).toFixed(precision)
}

function scientific(value: Value, precision: number): string {
  if (typeof value !== 'number') throw wrong('scientific', value)
  const text = named(value)
  if (text !== undefined) return text
  const [mantissa = '', exponent = '+0'] = value.toExponential(Math.min(precision, 100)).split('e')
  const power = Number(exponent)
  return `${mantissa}e${power < 0 ? '-' : '+'}${String(Math.abs(power)).padStart(2, '0')}`
}

function inBase(value: Value, base: number, what: string): string {
  if (typeof value === 'bigint') return value.toString(base)
  if (value instanceof Uint) return value.value.toString(base)
  throw wrong(what, value)
}

function hexadecimal(value: Value): string {
  if (typeof value === 'string') return new TextEncoder().encode(value).toHex()
  if (value instanceof Uint8Array) return value.toHex()
  return inBase(value, 16, 'hex')
}
