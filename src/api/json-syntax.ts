/**
 * Why a text is not JSON, in the words of Go's encoding/json. It runs only after `JSON.parse` has
 * refused the text, so it is written for its messages and not for speed.
 */

/** Go's message for the first error in `text`. */
export function jsonSyntaxMessage(text: string): string {
  const scanner = new Scanner(text)
  try {
    scanner.value()
    scanner.end()
  } catch (error) {
    if (error instanceof SyntaxProblem) return error.message
    if (error instanceof RangeError) return 'exceeded max depth'
    throw error
  }
  return 'invalid character in JSON input'
}

class SyntaxProblem extends Error {}

class Scanner {
  readonly #text: string
  #at = 0

  constructor(text: string) {
    this.#text = text
  }

  value(): void {
    const first = this.#next()
    if (first === '{') return this.#object()
    if (first === '[') return this.#array()
    if (first === '"') return this.#string()
    if (first === '-' || isDigit(first)) return this.#number(first)
    const literal = { t: 'true', f: 'false', n: 'null' }[first]
    if (literal === undefined) return this.#fail(first, 'looking for beginning of value')
    for (const expected of literal.slice(1)) {
      const found = this.#take()
      if (found !== expected) this.#fail(found, `in literal ${literal} (expecting '${expected}')`)
    }
  }

  end(): void {
    while (this.#at < this.#text.length) {
      const found = this.#take()
      if (!isSpace(found)) this.#fail(found, 'after top-level value')
    }
  }

  #object(): void {
    let found = this.#next()
    if (found === '}') return
    for (;;) {
      if (found !== '"') this.#fail(found, 'looking for beginning of object key string')
      this.#string()
      found = this.#next()
      if (found !== ':') this.#fail(found, 'after object key')
      this.value()
      found = this.#next()
      if (found === '}') return
      if (found !== ',') this.#fail(found, 'after object key:value pair')
      found = this.#next()
    }
  }

  #array(): void {
    if (this.#next() === ']') return
    this.#at -= 1
    for (;;) {
      this.value()
      const found = this.#next()
      if (found === ']') return
      if (found !== ',') this.#fail(found, 'after array element')
    }
  }

  #string(): void {
    for (;;) {
      const found = this.#take()
      if (found === '"') return
      if (found < ' ') this.#fail(found, 'in string literal')
      if (found === '\\') this.#escape()
    }
  }

  #escape(): void {
    const found = this.#take()
    if ('bfnrt\\/"'.includes(found)) return
    if (found !== 'u') this.#fail(found, 'in string escape code')
    for (let digits = 0; digits < 4; digits += 1) {
      const digit = this.#take()
      if (!/[0-9a-fA-F]/.test(digit)) {
        this.#fail(digit, String.raw`in \u hexadecimal character escape`)
      }
    }
  }

  #number(first: string): void {
    let found = first === '-' ? this.#take() : first
    if (!isDigit(found)) this.#fail(found, 'in numeric literal')
    if (found !== '0') this.#digits()
    found = this.#peek()
    if (found === '.') {
      this.#at += 1
      const digit = this.#take()
      if (!isDigit(digit)) this.#fail(digit, 'after decimal point in numeric literal')
      this.#digits()
      found = this.#peek()
    }
    if (found !== 'e' && found !== 'E') return
    this.#at += 1
    let digit = this.#take()
    if (digit === '+' || digit === '-') digit = this.#take()
    if (!isDigit(digit)) this.#fail(digit, 'in exponent of numeric literal')
    this.#digits()
  }

  #digits(): void {
    while (isDigit(this.#peek())) this.#at += 1
  }

  #peek(): string {
    return this.#text[this.#at] ?? ''
  }

  /** The next character that is no space. */
  #next(): string {
    let found = this.#take()
    while (isSpace(found)) found = this.#take()
    return found
  }

  #take(): string {
    const code = this.#text.codePointAt(this.#at)
    if (code === undefined) throw new SyntaxProblem('unexpected end of JSON input')
    const found = String.fromCodePoint(code)
    this.#at += found.length
    return found
  }

  #fail(found: string, context: string): never {
    throw new SyntaxProblem(`invalid character ${quoteCharacter(found)} ${context}`)
  }
}

function isDigit(character: string): boolean {
  return character >= '0' && character <= '9' && character.length === 1
}

function isSpace(character: string): boolean {
  return character === ' ' || character === '\n' || character === '\r' || character === '\t'
}

/** As Go reports a byte: multi-byte characters by their first byte. */
function quoteCharacter(character: string): string {
  if (character === "'") return String.raw`'\''`
  if (character === '"') return `'"'`
  if (character >= ' ' && character <= '~')
    return character === '\\' ? String.raw`'\\'` : `'${character}'`
  const byte = new TextEncoder().encode(character)[0] as number
  const named = { 7: 'a', 8: 'b', 9: 't', 10: 'n', 11: 'v', 12: 'f', 13: 'r' }[byte]
  if (named !== undefined) return `'\\${named}'`
  if (byte < 0x80) return `'\\x${byte.toString(16).padStart(2, '0')}'`
  const latin = String.fromCharCode(byte)
  return /[\p{L}\p{N}\p{P}\p{S}]/u.test(latin)
    ? `'${latin}'`
    : `'\\u${byte.toString(16).padStart(4, '0')}'`
}
