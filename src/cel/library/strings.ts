/** Texts. Positions count code points. Upstream: cel-go common/stdlib and ext/strings.go, version 2. */
import { prices } from '#cel/budget.ts'
import { fn, method, type FunctionRow } from '#cel/functions.ts'
import { sizeOf } from '#cel/size.ts'
import { EvaluationError, ListValue } from '#cel/value.ts'
import { perCharacterOf, traverse } from './costs.ts'
import { formatText } from './format-text.ts'

const whole = perCharacterOf(0)
const twice = perCharacterOf(0, 2)

const standard: readonly FunctionRow[] = [
  method('contains', '(string, string) -> bool', {
    run: (text: string, part: string) => text.includes(part),
    cost: ([text, part]) => traverse(sizeOf(text ?? null)) * traverse(sizeOf(part ?? null)),
    id: 'contains_string',
  }),
  method('startsWith', '(string, string) -> bool', {
    run: (text: string, part: string) => text.startsWith(part),
    cost: whole,
    id: 'starts_with_string',
  }),
  method('endsWith', '(string, string) -> bool', {
    run: (text: string, part: string) => text.endsWith(part),
    cost: whole,
    id: 'ends_with_string',
  }),
]

const points = (text: string): string[] => Array.from(text)

function outOfRange(index: bigint): EvaluationError {
  return new EvaluationError(`index out of range: ${index}`)
}

function charAt(text: string, index: bigint): string {
  const all = points(text)
  if (index < 0n || index > BigInt(all.length)) throw outOfRange(index)
  return all[Number(index)] ?? ''
}

function indexOf(text: string, part: string, offset = 0n): bigint {
  if (part === '') return offset
  const all = points(text)
  if (offset < 0n || offset > BigInt(all.length)) throw outOfRange(offset)
  const start = all.slice(0, Number(offset)).join('').length
  const at = text.indexOf(part, start)
  return at < 0 ? -1n : BigInt(points(text.slice(0, at)).length)
}

function lastIndexOf(text: string, part: string, offset?: bigint): bigint {
  const all = points(text)
  if (offset !== undefined && (offset < 0n || offset > BigInt(all.length))) throw outOfRange(offset)
  if (part === '') return offset ?? BigInt(all.length)
  const start = offset === undefined ? text.length : all.slice(0, Number(offset)).join('').length
  const at = text.lastIndexOf(part, start)
  return at < 0 ? -1n : BigInt(points(text.slice(0, at)).length)
}

function substring(text: string, start: bigint, end?: bigint): string {
  const all = points(text)
  const last = end ?? BigInt(all.length)
  if (start < 0n || start > BigInt(all.length)) throw outOfRange(start)
  if (last < 0n || last > BigInt(all.length)) throw outOfRange(last)
  if (start > last) {
    throw new EvaluationError(`invalid substring range. start: ${start}, end: ${last}`)
  }
  return all.slice(Number(start), Number(last)).join('')
}

/** With an empty part, the new one goes around each character, as in Go. */
function replace(text: string, old: string, next: string, limit = -1n): string {
  if (limit === 0n) return text
  const pieces = old === '' ? ['', ...points(text), ''] : text.split(old)
  const count = limit < 0n ? pieces.length - 1 : Math.min(Number(limit), pieces.length - 1)
  const head = pieces.slice(0, count + 1).join(next)
  const rest = pieces.slice(count + 1)
  return rest.length === 0 ? head : [head, ...rest].join(old)
}

function split(text: string, separator: string, limit = -1n): ListValue {
  if (limit === 0n) return new ListValue([])
  const pieces = separator === '' ? points(text) : text.split(separator)
  if (limit < 0n || BigInt(pieces.length) <= limit) return new ListValue(pieces)
  const kept = pieces.slice(0, Number(limit) - 1)
  return new ListValue([...kept, pieces.slice(Number(limit) - 1).join(separator)])
}

function join(list: ListValue, separator = ''): string {
  const parts: string[] = []
  for (const item of list) {
    if (typeof item !== 'string') throw new EvaluationError('no such overload')
    parts.push(item)
  }
  return parts.join(separator)
}

const joinCost = (_: unknown, result: unknown): number =>
  Math.ceil(String(result).length * 2 * prices.perCharacter)

/** Unicode's White_Space, as Go's TrimSpace has it. */
const edges =
  /^[\t-\r \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+|[\t-\r \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+$/g

const quoted: Readonly<Record<string, string>> = {
  '\u0007': '\\a',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\v': '\\v',
  '\\': '\\\\',
  '"': '\\"',
}

/** Other than Go's: what is no sign of control stays as it is. */
function quote(text: string): string {
  const escaped = Array.from(text.toWellFormed(), (letter) => quoted[letter] ?? letter)
  return `"${escaped.join('')}"`
}

const extension: readonly FunctionRow[] = [
  method('charAt', '(string, int) -> string', { run: charAt }),
  method('indexOf', '(string, string) -> int', { run: indexOf, cost: whole }),
  method('indexOf', '(string, string, int) -> int', { run: indexOf, cost: whole }),
  method('lastIndexOf', '(string, string) -> int', { run: lastIndexOf, cost: whole }),
  method('lastIndexOf', '(string, string, int) -> int', { run: lastIndexOf, cost: whole }),
  method('lowerAscii', '(string) -> string', {
    run: (text: string) => text.replace(/[A-Z]+/g, (part) => part.toLowerCase()),
    cost: whole,
  }),
  method('upperAscii', '(string) -> string', {
    run: (text: string) => text.replace(/[a-z]+/g, (part) => part.toUpperCase()),
    cost: whole,
  }),
  method('replace', '(string, string, string) -> string', { run: replace, cost: twice }),
  method('replace', '(string, string, string, int) -> string', { run: replace, cost: twice }),
  method('split', '(string, string) -> list<string>', { run: split, cost: twice }),
  method('split', '(string, string, int) -> list<string>', { run: split, cost: twice }),
  method('substring', '(string, int) -> string', { run: substring, cost: whole }),
  method('substring', '(string, int, int) -> string', { run: substring, cost: whole }),
  method('trim', '(string) -> string', {
    run: (text: string) => text.replace(edges, ''),
    cost: whole,
  }),
  method('join', '(list<string>) -> string', { run: join, cost: joinCost }),
  method('join', '(list<string>, string) -> string', { run: join, cost: joinCost }),
  method('format', '(string, list<dyn>) -> string', { run: formatText, cost: whole }),
  fn('strings.quote', '(string) -> string', { run: quote, cost: whole }),
]

export const strings: readonly FunctionRow[] = [...standard, ...extension]
