/** Expression text to tokens. Upstream: cel-go parser/gen/CEL.g4 and parser/unescape.go. */
import { SyntaxProblem } from './problems.ts'

export interface Token {
  readonly kind: 'ident' | 'int' | 'uint' | 'double' | 'string' | 'bytes' | 'symbol' | 'end'
  readonly at: number
  /** As written. */
  readonly text: string
  readonly value?: string | Uint8Array
}

const space = /[\t\n\f\r ]+|\/\/[^\n]*/y
const word = /[_a-zA-Z][_a-zA-Z0-9]*/y
const float = /(?:\d+\.\d+(?:[eE][+-]?\d+)?|\d+[eE][+-]?\d+|\.\d+(?:[eE][+-]?\d+)?)/y
const integer = /(?:0x[0-9a-fA-F]+|\d+)/y
const quoteStart = /(?:[rR]?[bB]?|[bB][rR])("""|'''|"|')/y
const symbol = /==|!=|<=|>=|&&|\|\||[<>+\-*/%!?:.,()[\]{}]/y

export function tokenize(source: string): Token[] {
  const tokens: Token[] = []
  let at = 0
  while (at < source.length) {
    const gap = match(space, source, at)
    if (gap !== undefined) {
      at += gap.length
      continue
    }
    const token = nextToken(source, at)
    tokens.push(token)
    at += token.text.length
  }
  tokens.push({ kind: 'end', at: source.length, text: '<EOF>' })
  return tokens
}

function match(pattern: RegExp, source: string, at: number): string | undefined {
  pattern.lastIndex = at
  return pattern.exec(source)?.[0]
}

function nextToken(source: string, at: number): Token {
  quoteStart.lastIndex = at
  const quoted = quoteStart.exec(source)
  if (quoted !== null) return quotedToken(source, at, quoted[0], quoted[1] as string)
  const name = match(word, source, at)
  if (name !== undefined) return { kind: 'ident', at, text: name }
  const decimal = match(float, source, at)
  if (decimal !== undefined) return { kind: 'double', at, text: decimal }
  const digits = match(integer, source, at)
  if (digits !== undefined) {
    const unsigned = /^[uU]/.test(source.slice(at + digits.length, at + digits.length + 1))
    const text = unsigned ? source.slice(at, at + digits.length + 1) : digits
    return { kind: unsigned ? 'uint' : 'int', at, text }
  }
  const sign = match(symbol, source, at)
  if (sign !== undefined) return { kind: 'symbol', at, text: sign }
  const odd = String.fromCodePoint(source.codePointAt(at) as number)
  throw new SyntaxProblem(at, `Syntax error: token recognition error at: '${odd}'`)
}

function quotedToken(source: string, at: number, opening: string, quote: string): Token {
  const prefix = opening.slice(0, -quote.length).toLowerCase()
  const raw = prefix.includes('r')
  const start = at + opening.length
  let end = start
  while (!source.startsWith(quote, end)) {
    const broken = end >= source.length || (quote.length === 1 && source[end] === '\n')
    if (broken) {
      const rest = source.slice(at, end)
      throw new SyntaxProblem(at, `Syntax error: token recognition error at: '${rest}'`)
    }
    end += !raw && source[end] === '\\' ? 2 : 1
  }
  const text = source.slice(at, end + quote.length)
  const body = source.slice(start, end)
  if (prefix.includes('b')) return { kind: 'bytes', at, text, value: unescapeBytes(body, raw, at) }
  return { kind: 'string', at, text, value: raw ? body : unescapeText(body, at) }
}

const escapes: Readonly<Record<string, string>> = {
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  '\\': '\\',
  '?': '?',
  '"': '"',
  "'": "'",
  '`': '`',
}

const escaped =
  /\\(?:[xX]([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-3][0-7]{2})|(.))/gs

function unescapeText(body: string, at: number): string {
  if (!body.includes('\\')) return body
  return body.replace(escaped, (_, hex, short, long, octal, letter) => {
    if (letter !== undefined) return named(letter, at)
    const digits: string | undefined = hex ?? short ?? long
    return codePoint(
      digits === undefined ? Number.parseInt(octal, 8) : Number.parseInt(digits, 16),
      at,
    )
  })
}

function named(letter: string, at: number): string {
  const text = escapes[letter]
  if (text === undefined) throw new SyntaxProblem(at, 'unable to unescape string')
  return text
}

function codePoint(code: number, at: number): string {
  const surrogate = code >= 0xd800 && code <= 0xdfff
  if (code > 0x10ffff || surrogate) throw new SyntaxProblem(at, 'invalid unicode code point')
  return String.fromCodePoint(code)
}

function unescapeBytes(body: string, raw: boolean, at: number): Uint8Array {
  const encoder = new TextEncoder()
  if (raw || !body.includes('\\')) return encoder.encode(body)
  const bytes: number[] = []
  let last = 0
  for (const found of body.matchAll(escaped)) {
    bytes.push(...encoder.encode(body.slice(last, found.index)))
    last = found.index + found[0].length
    const [, hex, short, long, octal, letter] = found
    if (hex !== undefined) bytes.push(Number.parseInt(hex, 16))
    else if (octal !== undefined) bytes.push(Number.parseInt(octal, 8))
    else if (letter !== undefined) bytes.push(...encoder.encode(named(letter, at)))
    else throw new SyntaxProblem(at, `unable to unescape string ${short ?? long}`)
  }
  bytes.push(...encoder.encode(body.slice(last)))
  return Uint8Array.from(bytes)
}
