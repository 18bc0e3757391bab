/** `semver('1.2.3')`. Upstream: apiserver pkg/cel/library/semverlib.go, version 1, and blang/semver. */
import { fn, method, type FunctionRow } from '#cel/functions.ts'
import { EvaluationError, OpaqueValue } from '#cel/value.ts'
import { goQuote } from '#api/meta/go-quote.ts'

const typeName = 'kubernetes.Semver'

class Semver extends OpaqueValue {
  readonly typeName = typeName
  readonly numbers: readonly [bigint, bigint, bigint]
  readonly preRelease: readonly string[]

  constructor(numbers: readonly [bigint, bigint, bigint], preRelease: readonly string[]) {
    super()
    this.numbers = numbers
    this.preRelease = preRelease
  }

  equals(other: OpaqueValue): boolean {
    return other instanceof Semver && compare(this, other) === 0n
  }
}

const shape = /^([^.]*)\.([^.]*)\.([^-+]*)(?:-([^+]*))?(?:\+(.*))?$/s

function parse(text: string): Semver {
  if (text === '') throw new EvaluationError('Version string empty')
  const match = shape.exec(text)
  if (match === null) throw new EvaluationError('No Major.Minor.Patch elements found')
  const [, major = '', minor = '', patch = '', preRelease, build] = match
  const numbers = [number(major, 'major'), number(minor, 'minor'), number(patch, 'patch')] as const
  const labels = preRelease?.split('.') ?? []
  for (const label of labels) checkLabel(label)
  for (const label of build?.split('.') ?? []) {
    if (label === '') throw new EvaluationError('Build meta data is empty')
    if (!/^[0-9A-Za-z-]+$/.test(label)) {
      throw new EvaluationError(`Invalid character(s) found in build meta data ${goQuote(label)}`)
    }
  }
  return new Semver(numbers, labels)
}

function number(text: string, part: string): bigint {
  if (!/^\d+$/.test(text)) {
    throw new EvaluationError(`Invalid character(s) found in ${part} number ${goQuote(text)}`)
  }
  if (text.length > 1 && text.startsWith('0')) {
    const name = `${(part[0] ?? '').toUpperCase()}${part.slice(1)}`
    throw new EvaluationError(`${name} number must not contain leading zeroes ${goQuote(text)}`)
  }
  return BigInt(text)
}

function checkLabel(label: string): void {
  if (label === '') throw new EvaluationError('Prerelease is empty')
  if (/^0\d+$/.test(label)) {
    throw new EvaluationError(
      `Numeric PreRelease version must not contain leading zeroes ${goQuote(label)}`,
    )
  }
  if (!/^[0-9A-Za-z-]+$/.test(label)) {
    throw new EvaluationError(`Invalid character(s) found in prerelease ${goQuote(label)}`)
  }
}

/** Drops a `v` and leading zeros, and adds the numbers that are missing. */
function parseNormalized(text: string): Semver {
  const parts = text.replace(/^v/, '').split('.')
  const three = parts.length > 3 ? [...parts.slice(0, 2), parts.slice(2).join('.')] : parts
  const trimmed = three.map((part) => (part.length > 1 ? part.replace(/^0+(?=\d)/, '') : part))
  if (trimmed.length < 3 && /[+-]/.test(trimmed.at(-1) ?? '')) {
    throw new EvaluationError('short version cannot contain PreRelease/Build meta data')
  }
  while (trimmed.length < 3) trimmed.push('0')
  return parse(trimmed.join('.'))
}

function compare(a: Semver, b: Semver): bigint {
  for (let at = 0; at < 3; at += 1) {
    const [left, right] = [a.numbers[at] as bigint, b.numbers[at] as bigint]
    if (left !== right) return left < right ? -1n : 1n
  }
  if (a.preRelease.length === 0 || b.preRelease.length === 0) {
    return BigInt(Math.sign(b.preRelease.length - a.preRelease.length))
  }
  for (const [at, label] of a.preRelease.entries()) {
    const other = b.preRelease[at]
    if (other === undefined) return 1n
    const order = compareLabels(label, other)
    if (order !== 0n) return order
  }
  return a.preRelease.length < b.preRelease.length ? -1n : 0n
}

/** Numbers stand before words. */
function compareLabels(a: string, b: string): bigint {
  if (a === b) return 0n
  const numeric = [/^\d+$/.test(a), /^\d+$/.test(b)]
  if (numeric[0] === true && numeric[1] === true) return BigInt(a) < BigInt(b) ? -1n : 1n
  if (numeric[0] !== numeric[1]) return numeric[0] === true ? -1n : 1n
  return a < b ? -1n : 1n
}

const parser = (normalize: boolean): ((text: string) => Semver) =>
  normalize ? parseNormalized : parse

function isSemver(text: string, normalize = false): boolean {
  try {
    parser(normalize)(text)
    return true
  } catch {
    return false
  }
}

const two = `(${typeName}, ${typeName})`
const one = `(${typeName})`

export const semver: readonly FunctionRow[] = [
  fn('semver', `(string) -> ${typeName}`, { run: parse }),
  fn('semver', `(string, bool) -> ${typeName}`, {
    run: (text: string, normalize: boolean) => parser(normalize)(text),
  }),
  fn('isSemver', '(string) -> bool', { run: isSemver }),
  fn('isSemver', '(string, bool) -> bool', { run: isSemver }),
  method('major', `${one} -> int`, { run: ({ numbers }: Semver) => numbers[0] }),
  method('minor', `${one} -> int`, { run: ({ numbers }: Semver) => numbers[1] }),
  method('patch', `${one} -> int`, { run: ({ numbers }: Semver) => numbers[2] }),
  method('isGreaterThan', `${two} -> bool`, { run: (a: Semver, b: Semver) => compare(a, b) > 0n }),
  method('isLessThan', `${two} -> bool`, { run: (a: Semver, b: Semver) => compare(a, b) < 0n }),
  method('compareTo', `${two} -> int`, { run: compare }),
]
