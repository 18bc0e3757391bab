/**
 * The functions of Go templates, and kubectl's own two. Upstream: Go's text/template/funcs.go,
 * cli-runtime pkg/printers/template.go.
 */
import { goQuote } from '#api/meta/go-quote.ts'
import { goText } from '#api/json-path/go-text.ts'

/** What a function refuses; the message is Go's. */
export class FunctionError extends Error {
  override readonly name = 'FunctionError'
}

export type TemplateFunction = (...args: readonly unknown[]) => unknown

/** What counts as true: neither zero nor empty. */
export function isTrue(value: unknown): boolean {
  if (value === null || value === undefined || value === false || value === 0) return false
  if (typeof value === 'string' || Array.isArray(value)) return value.length > 0
  return typeof value !== 'object' || Object.keys(value).length > 0
}

/** `and` and `or` are evaluated lazily by the executor; here for their names. */
export const builtins: Readonly<Record<string, TemplateFunction>> = {
  and: (...args) => args.find((arg) => !isTrue(arg)) ?? args.at(-1),
  or: (...args) => args.find(isTrue) ?? args.at(-1),
  not: (value) => !isTrue(value),
  len: lengthOf,
  index: (value, ...keys) => keys.reduce(indexInto, value),
  slice: sliceOf,
  print: (...args) => printAll(args),
  println: (...args) => `${args.map(goText).join(' ')}\n`,
  printf: (format, ...args) => sprintf(String(format), args),
  html: (...args) => escapeHtml(printAll(args)),
  js: (...args) => escapeJs(printAll(args)),
  urlquery: (...args) => encodeURIComponent(printAll(args)).replaceAll('%20', '+'),
  eq: (first, ...others) => others.some((other) => compare(first, other) === 0),
  ne: (a, b) => compare(a, b) !== 0,
  lt: (a, b) => ordered(a, b) < 0,
  le: (a, b) => ordered(a, b) <= 0,
  gt: (a, b) => ordered(a, b) > 0,
  ge: (a, b) => ordered(a, b) >= 0,
  call: () => {
    throw new FunctionError('error calling call: non-function')
  },
  exists: (value, ...keys) => {
    try {
      return keys.reduce(indexInto, value) !== undefined
    } catch (error) {
      if (error instanceof FunctionError) return false
      throw error
    }
  },
  base64decode: (value) => Buffer.from(String(value), 'base64').toString(),
}

/** A space between two values of which neither is text. */
function printAll(args: readonly unknown[]): string {
  let text = ''
  for (const [at, arg] of args.entries()) {
    const spaced = at > 0 && typeof arg !== 'string' && typeof args[at - 1] !== 'string'
    text += (spaced ? ' ' : '') + goText(arg)
  }
  return text
}

function lengthOf(value: unknown): number {
  if (typeof value === 'string') return Buffer.byteLength(value)
  if (Array.isArray(value)) return value.length
  if (typeof value === 'object' && value !== null) return Object.keys(value).length
  if (value === null || value === undefined) throw new FunctionError('len of nil pointer')
  throw new FunctionError(`len of type ${goTypeOf(value)}`)
}

function indexInto(value: unknown, key: unknown): unknown {
  if (value === null || value === undefined) throw new FunctionError('index of untyped nil')
  if (Array.isArray(value) || typeof value === 'string') {
    if (typeof key !== 'number') {
      throw new FunctionError(`cannot index slice/array with type ${goTypeOf(key)}`)
    }
    if (key < 0 || key >= value.length) throw new FunctionError(`index out of range: ${key}`)
    return typeof value === 'string' ? Buffer.from(value)[key] : value[key]
  }
  if (typeof value === 'object') {
    if (typeof key !== 'string') {
      throw new FunctionError(`value has type ${goTypeOf(key)}; should be string`)
    }
    return (value as Readonly<Record<string, unknown>>)[key]
  }
  throw new FunctionError(`can't index item of type ${goTypeOf(value)}`)
}

function sliceOf(value: unknown, ...bounds: readonly unknown[]): unknown {
  if (typeof value !== 'string' && !Array.isArray(value)) {
    throw new FunctionError(`can't slice item of type ${goTypeOf(value)}`)
  }
  const [start = 0, end = value.length] = bounds as readonly number[]
  for (const bound of [start, end]) {
    if (bound < 0 || bound > value.length) throw new FunctionError(`index out of range: ${bound}`)
  }
  if (start > end) throw new FunctionError(`invalid slice index: ${start} > ${end}`)
  return value.slice(start, end)
}

function compare(a: unknown, b: unknown): number {
  if ((a ?? undefined) === (b ?? undefined)) return 0
  if (typeof a === 'object' && a !== null) throw new FunctionError('non-comparable type')
  if (a === null || b === null || a === undefined || b === undefined) return 1
  if (typeof a !== typeof b) throw new FunctionError('incompatible types for comparison')
  return (a as number) < (b as number) ? -1 : 1
}

function ordered(a: unknown, b: unknown): number {
  if (typeof a === 'boolean' || (typeof a === 'object' && a !== null)) {
    throw new FunctionError('invalid type for comparison')
  }
  return compare(a, b)
}

export function goTypeOf(value: unknown): string {
  if (value === null || value === undefined) return '<nil>'
  if (typeof value === 'string') return 'string'
  if (typeof value === 'boolean') return 'bool'
  if (typeof value === 'number') return Number.isInteger(value) ? 'int64' : 'float64'
  return Array.isArray(value) ? '[]interface {}' : 'map[string]interface {}'
}

const htmlEscapes: Readonly<Record<string, string>> = {
  '\0': '\uFFFD',
  '"': '&#34;',
  "'": '&#39;',
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
}

function escapeHtml(text: string): string {
  return text.replaceAll(/[\0"'&<>]/g, (character) => htmlEscapes[character] as string)
}

function escapeJs(text: string): string {
  return text.replaceAll(/[\\'"<>&=]|\p{Cc}/gu, (character) => {
    if (character === '\\' || character === "'" || character === '"') return `\\${character}`
    const code = character.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')
    return `\\u${code}`
  })
}

const verb = /%([-+# 0]*)(\d+|\*)?(?:\.(\d+|\*)?)?([a-zA-Z%])/g

/** Go's fmt.Sprintf for the values that JSON has. */
function sprintf(format: string, args: readonly unknown[]): string {
  let next = 0
  const text = format.replaceAll(
    verb,
    (_all, flags: string, width: string | undefined, precision: string | undefined, letter) => {
      if (letter === '%') return '%'
      const size = width === '*' ? Number(args[next++]) : Number(width ?? 0)
      if (next >= args.length) return `%!${letter as string}(MISSING)`
      const shown = formatOne(letter as string, args[next++], { flags, precision })
      if (flags.includes('-')) return shown.padEnd(size)
      const zero = flags.includes('0') && /^[-+]?\d/.test(shown)
      return zero ? zeroPadded(shown, size) : shown.padStart(size)
    },
  )
  if (next >= args.length) return text
  const extra = args.slice(next).map((arg) => `${goTypeOf(arg)}=${goText(arg)}`)
  return `${text}%!(EXTRA ${extra.join(', ')})`
}

function zeroPadded(text: string, size: number): string {
  const sign = /^[-+]/.exec(text)?.[0] ?? ''
  return sign + text.slice(sign.length).padStart(size - sign.length, '0')
}

interface Format {
  readonly flags: string
  readonly precision: string | undefined
}

function formatOne(letter: string, value: unknown, { flags, precision }: Format): string {
  const bad = (): string => `%!${letter}(${goTypeOf(value)}=${goText(value)})`
  const signed = (text: string): string =>
    flags.includes('+') && !text.startsWith('-') ? `+${text}` : text
  switch (letter) {
    case 'v':
      return goText(value)
    case 's': {
      if (typeof value === 'number' || typeof value === 'boolean') return bad()
      const text = goText(value)
      return precision === undefined ? text : Array.from(text).slice(0, Number(precision)).join('')
    }
    case 'q':
      return typeof value === 'string' ? goQuote(value) : bad()
    case 'd':
      return typeof value === 'number' && Number.isInteger(value) ? signed(String(value)) : bad()
    case 'x':
    case 'X': {
      if (typeof value !== 'number' && typeof value !== 'string') return bad()
      const hex =
        typeof value === 'number' ? value.toString(16) : Buffer.from(value).toString('hex')
      return letter === 'X' ? hex.toUpperCase() : hex
    }
    case 'f':
      return typeof value === 'number' ? signed(value.toFixed(Number(precision ?? 6))) : bad()
    case 't':
      return typeof value === 'boolean' ? String(value) : bad()
    case 'T':
      return goTypeOf(value)
    default:
      return bad()
  }
}
