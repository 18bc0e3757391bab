/**
 * Exact decimal numbers with the suffixes of the API: `100m`, `1.5Gi`, `12e6`.
 * Upstream: staging/src/k8s.io/apimachinery/pkg/api/resource/{quantity,suffix,amount}.go.
 *
 * A quantity is `unscaled × 10^exponent`. Nothing below a nano is kept: it is rounded away from zero,
 * as upstream does. Texts stay texts on the wire; parse them where they are calculated with.
 */

export type QuantityFormat = 'DecimalSI' | 'BinarySI' | 'DecimalExponent'

export interface Quantity {
  readonly unscaled: bigint
  readonly exponent: number
  readonly format: QuantityFormat
}

/** Not a quantity; the message is upstream's. */
export class QuantityError extends Error {
  override readonly name = 'QuantityError'
}

const formatWrong =
  "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"
const suffixWrong = "unable to parse quantity's suffix"

const decimalSuffixes: Readonly<Record<string, number>> = {
  n: -9,
  u: -6,
  m: -3,
  '': 0,
  k: 3,
  M: 6,
  G: 9,
  T: 12,
  P: 15,
  E: 18,
}
const decimalSuffixOf = new Map(Object.entries(decimalSuffixes).map(([key, value]) => [value, key]))
const binarySuffixes = ['', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'] as const

const nano = -9
const maxInt64 = 2n ** 63n - 1n
/** Exponents above this are saturated in arithmetic, so that `1e999999999` costs no memory. */
const exponentMax = 400
/** Upstream calculates with int64 as long as a number has no more digits than this. */
const digitsOfFastPath = 18

interface Parts {
  readonly negative: boolean
  /** Digits before the dot without leading zeros, at least one. */
  readonly integer: string
  readonly fraction: string
  readonly suffix: string
}

const shape = /^([+-]?)0*(\d*)(?:\.(\d*))?([eEinumkKMGTP]*[-+]?\d*)$/

function split(text: string): Parts {
  const match = text === '' ? null : shape.exec(text)
  if (match === null) throw new QuantityError(formatWrong)
  const [, sign, integer = '', fraction = '', suffix = ''] = match
  return { negative: sign === '-', integer: integer === '' ? '0' : integer, fraction, suffix }
}

interface Suffix {
  readonly base: 2 | 10
  readonly exponent: number
  readonly format: QuantityFormat
}

function interpret(suffix: string): Suffix {
  const decimal = decimalSuffixes[suffix]
  if (decimal !== undefined) return { base: 10, exponent: decimal, format: 'DecimalSI' }
  const binary = binarySuffixes.indexOf(suffix as (typeof binarySuffixes)[number])
  if (binary > 0) return { base: 2, exponent: binary * 10, format: 'BinarySI' }
  if (!/^[eE][-+]?\d{1,18}$/.test(suffix)) throw new QuantityError(suffixWrong)
  return { base: 10, exponent: Number(suffix.slice(1)) | 0, format: 'DecimalExponent' }
}

/** Reads a quantity; throws {@link QuantityError}. */
export function parseQuantity(text: string): Quantity {
  const parts = split(text)
  return calculate(parts, interpret(parts.suffix))
}

function calculate(parts: Parts, suffix: Suffix): Quantity {
  let unscaled = BigInt(parts.integer + parts.fraction)
  let exponent = -parts.fraction.length
  if (suffix.base === 2) unscaled <<= BigInt(suffix.exponent)
  else exponent += suffix.exponent
  if (exponent < nano) {
    unscaled = divideAwayFromZero(unscaled, powerOfTen(nano - exponent))
    exponent = nano
  }
  let format = suffix.format
  if (format === 'BinarySI') {
    const one = powerOfTen(-exponent)
    if (unscaled > maxInt64 * one) [unscaled, exponent] = [maxInt64, 0]
    else if (unscaled > 0n && unscaled < one) format = 'DecimalSI'
  }
  return { unscaled: parts.negative ? -unscaled : unscaled, exponent, format }
}

function powerOfTen(exponent: number): bigint {
  return 10n ** BigInt(Math.min(Math.max(exponent, 0), exponentMax))
}

function divideAwayFromZero(value: bigint, divisor: bigint): bigint {
  const quotient = value / divisor
  if (quotient * divisor === value) return quotient
  return value < 0n ? quotient - 1n : quotient + 1n
}

const certainlyKept = /^[1-9]\d{0,2}(?:[numkMGTP]|[KMGTP]i)?$/

/** The text that the API answers for `text`: `1000m` is `1`, `1024Mi` is `1Gi`; canonical ones stay. */
export function canonicalQuantity(text: string): string {
  if (certainlyKept.test(text) || text === '0') return text
  const trimmed = text.trim()
  const parts = split(trimmed)
  const suffix = interpret(parts.suffix)
  if (keepsText(parts, suffix)) return trimmed
  return formatQuantity(calculate(parts, suffix))
}

/**
 * Upstream keeps the text it has parsed when a cheap look says that it may be canonical, so `+5` and
 * `00100` come back as they were sent.
 */
function keepsText({ integer, fraction, suffix: text }: Parts, suffix: Suffix): boolean {
  const digits = integer + fraction
  if (suffix.base === 2) {
    const precision = 15 - integer.length - Math.trunc((suffix.exponent * 3) / 10) - 1
    if (fraction !== '' || precision < 0) return false
    return text !== '' && (BigInt(integer) & 7n) !== 0n
  }
  const scale = suffix.exponent - fraction.length
  if (digits.length > digitsOfFastPath || scale < nano) return false
  return scale % 3 === 0 && !digits.endsWith('000') && !digits.startsWith('0')
}

/** The canonical text. */
export function formatQuantity(quantity: Quantity): string {
  const { unscaled, exponent } = quantity
  if (unscaled === 0n) return '0'
  if (quantity.format === 'BinarySI') {
    const whole = exact(quantity)
    if (whole !== undefined && (whole <= -1024n || whole >= 1024n)) return formatBinary(whole)
    return formatDecimal(unscaled, exponent, 'DecimalSI')
  }
  return formatDecimal(unscaled, exponent, quantity.format)
}

/** The value when it has no fraction. */
function exact({ unscaled, exponent }: Quantity): bigint | undefined {
  if (exponent >= 0) return unscaled * powerOfTen(exponent)
  const divisor = powerOfTen(-exponent)
  return unscaled % divisor === 0n ? unscaled / divisor : undefined
}

function formatBinary(whole: bigint): string {
  let value = whole
  let power = 0
  while (power < binarySuffixes.length - 1 && value % 1024n === 0n) {
    value /= 1024n
    power += 1
  }
  return `${value}${binarySuffixes[power]}`
}

function formatDecimal(unscaled: bigint, exponent: number, format: QuantityFormat): string {
  const digits = String(unscaled)
  const significant = digits.replace(/0+$/, '')
  let power = exponent + digits.length - significant.length
  let number = significant
  while (power % 3 !== 0 || (format === 'DecimalSI' && power > 18)) {
    number += '0'
    power -= 1
  }
  if (format === 'DecimalSI') return `${number}${decimalSuffixOf.get(power) ?? ''}`
  return power === 0 ? number : `${number}e${power}`
}

/** The value in units of `10^scale`, rounded up (towards +∞ as upstream's ScaledValue does). */
export function scaledValue(quantity: Quantity, scale: number): bigint {
  const shift = quantity.exponent - scale
  if (shift >= 0) return quantity.unscaled * powerOfTen(shift)
  const divisor = powerOfTen(-shift)
  const quotient = quantity.unscaled / divisor
  return quotient * divisor < quantity.unscaled ? quotient + 1n : quotient
}

const milliText = /^(\d{1,12})(m?)$/

/** Thousandths, rounded up, as `MilliValue()`; for cpu. Throws {@link QuantityError}. */
export function cpuMillis(text: string): number {
  const match = milliText.exec(text)
  if (match !== null) return Number(match[1]) * (match[2] === 'm' ? 1 : 1000)
  return Number(saturate(scaledValue(parseQuantity(text), -3)))
}

const wholeText = /^(\d{1,15})(Ki|Mi|Gi)?$/

/** Whole units (bytes, pods), rounded up, as `Value()`. Throws {@link QuantityError}. */
export function wholeUnits(text: string): bigint {
  const match = wholeText.exec(text)
  if (match === null) return saturate(scaledValue(parseQuantity(text), 0))
  const number = BigInt(match[1] as string)
  if (match[2] === undefined) return number
  return saturate(number << BigInt(binarySuffixes.indexOf(match[2] as 'Ki') * 10))
}

function saturate(value: bigint): bigint {
  if (value > maxInt64) return maxInt64
  return value < -maxInt64 - 1n ? -maxInt64 - 1n : value
}

/** Rounds up to a multiple of `10^scale`: the API keeps resource lists in thousandths (scale -3). */
export function roundUpQuantity(text: string, scale: number): string {
  if (certainlyKept.test(text) && !/[nu]$/.test(text)) return text
  const quantity = parseQuantity(text)
  if (quantity.exponent >= scale) return text
  const unscaled = divideAwayFromZero(quantity.unscaled, powerOfTen(scale - quantity.exponent))
  return formatQuantity({ ...quantity, unscaled, exponent: scale })
}

/** Negative, zero or positive as `a` is less than, equal to or more than `b`. */
export function compareQuantities(a: string, b: string): number {
  if (a === b) return 0
  const [left, right] = aligned(parseQuantity(a), parseQuantity(b))
  return left === right ? 0 : left < right ? -1 : 1
}

/** The canonical text of `a + b`, in the format of `a` (of `b` when `a` is zero). */
export function addQuantities(a: string, b: string): string {
  return formatQuantity(add(parseQuantity(a), parseQuantity(b)))
}

/** The canonical text of `a - b`, in the format of `a` (of `b` when `a` is zero). */
export function subtractQuantities(a: string, b: string): string {
  const right = parseQuantity(b)
  return formatQuantity(add(parseQuantity(a), { ...right, unscaled: -right.unscaled }))
}

/** -1, 0 or 1. */
export function signOfQuantity(text: string): -1 | 0 | 1 {
  const { unscaled } = parseQuantity(text)
  return unscaled === 0n ? 0 : unscaled < 0n ? -1 : 1
}

/** The sum, in the format of `a` unless `a` is zero. */
export function add(a: Quantity, b: Quantity): Quantity {
  const [left, right] = aligned(a, b)
  return {
    unscaled: left + right,
    exponent: Math.min(a.exponent, b.exponent),
    format: a.unscaled === 0n ? b.format : a.format,
  }
}

function aligned(a: Quantity, b: Quantity): readonly [bigint, bigint] {
  const scale = Math.min(a.exponent, b.exponent)
  return [a.unscaled * powerOfTen(a.exponent - scale), b.unscaled * powerOfTen(b.exponent - scale)]
}
