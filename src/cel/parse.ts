/** Tokens to an expression. Upstream: cel-go parser/parser.go and parser/gen/CEL.g4. */
import { expandMacro } from './macros.ts'
import { SyntaxProblem } from './problems.ts'
import type { Expr, ListExpr, MapEntry, StructExpr } from './syntax.ts'
import { tokenize, type Token } from './tokens.ts'
import { Uint } from './value.ts'

export const limits = {
  /** As upstream: deeper ones would exhaust the stack. */
  depthMax: 250,
  /** As upstream. */
  codePointsMax: 100_000,
} as const

/** Throws {@link SyntaxProblem}. */
export function parse(source: string): Expr {
  if (source.length > limits.codePointsMax) {
    throw new SyntaxProblem(
      0,
      `expression code point size exceeds limit: size: ${source.length}, limit ${limits.codePointsMax}`,
    )
  }
  return new Parser(tokenize(source)).whole()
}

const relations = ['<', '<=', '>', '>=', '==', '!=', 'in']
const literals = "'true', 'false', 'null', NUM_FLOAT, NUM_INT, NUM_UINT, STRING, BYTES, IDENTIFIER"
/** What may stand where an expression begins, as ANTLR names it. */
const starts = `{'[', '{', '(', '.', '-', '!', ${literals}}`
/** The same where a list, a map or the arguments of a call may end at once. */
const startsOrEnds = {
  ']': `{'[', ']', '{', '(', '.', ',', '-', '!', '?', ${literals}}`,
  '}': `{'[', '{', '}', '(', '.', ',', '-', '!', '?', ${literals}}`,
  ')': `{'[', '{', '(', ')', '.', '-', '!', ${literals}}`,
} as const
const reserved = new Set(
  (
    'as break const continue else false for function if import in let loop package namespace ' +
    'null return true var void while'
  ).split(' '),
)
const keywords = new Set(['in', 'true', 'false', 'null'])

const intMax = 2n ** 63n - 1n
const uintMax = 2n ** 64n - 1n

class Parser {
  readonly #tokens: readonly Token[]
  #at = 0
  #depth = 0

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens
  }

  whole(): Expr {
    const expr = this.#expression()
    if (this.#peek.kind !== 'end') {
      const last = this.#tokens[this.#at + 1]?.kind === 'end'
      throw this.#unexpected('<EOF>', last ? 'extraneous' : 'mismatched')
    }
    return expr
  }

  get #peek(): Token {
    return this.#tokens[this.#at] as Token
  }

  #next(): Token {
    const token = this.#peek
    if (token.kind !== 'end') this.#at += 1
    return token
  }

  #is(text: string): boolean {
    const { kind, text: own } = this.#peek
    return own === text && (kind === 'symbol' || (kind === 'ident' && keywords.has(text)))
  }

  #take(text: string): Token | undefined {
    return this.#is(text) ? this.#next() : undefined
  }

  #expect(text: string): Token {
    const token = this.#take(text)
    if (token !== undefined) return token
    throw this.#unexpected(`'${text}'`, 'mismatched')
  }

  #unexpected(expected: string, how: 'mismatched' | 'extraneous'): SyntaxProblem {
    const { at, text } = this.#peek
    return new SyntaxProblem(at, `Syntax error: ${how} input '${text}' expecting ${expected}`)
  }

  #expression(): Expr {
    this.#depth += 1
    if (this.#depth > limits.depthMax) {
      throw new SyntaxProblem(0, `expression recursion limit exceeded: ${limits.depthMax}`)
    }
    const condition = this.#or()
    const mark = this.#take('?')
    let expr = condition
    if (mark !== undefined) {
      const yes = this.#or()
      this.#expect(':')
      expr = operator('_?_:_', mark.at, [condition, yes, this.#expression()])
    }
    this.#depth -= 1
    return expr
  }

  #or(): Expr {
    return this.#leftAssociative(['||'], () => this.#and())
  }

  #and(): Expr {
    return this.#leftAssociative(['&&'], () => this.#relation())
  }

  #relation(): Expr {
    return this.#leftAssociative(relations, () => this.#sum())
  }

  #sum(): Expr {
    return this.#leftAssociative(['+', '-'], () => this.#product())
  }

  #product(): Expr {
    return this.#leftAssociative(['*', '/', '%'], () => this.#unary())
  }

  #leftAssociative(operators: readonly string[], operand: () => Expr): Expr {
    let left = operand()
    for (let count = 0; ; count += 1) {
      const found = operators.find((text) => this.#is(text))
      if (found === undefined) return left
      if (count >= limits.depthMax * 4) {
        throw new SyntaxProblem(0, `expression recursion limit exceeded: ${limits.depthMax}`)
      }
      const { at } = this.#next()
      const name = found === 'in' ? '@in' : `_${found}_`
      left = operator(name, at, [left, operand()])
    }
  }

  /** Signs in pairs vanish, as upstream. A minus before a number belongs to it. */
  #unary(): Expr {
    const sign = ['!', '-'].find((text) => this.#is(text))
    if (sign === undefined) return this.#member()
    if (sign === '-' && /^(?:int|double)$/.test(this.#tokens[this.#at + 1]?.kind ?? '')) {
      return this.#member()
    }
    const { at } = this.#next()
    let count = 1
    while (this.#take(sign) !== undefined) count += 1
    const operand = this.#member()
    return count % 2 === 0 ? operand : operator(`${sign}_`, at, [operand])
  }

  #member(): Expr {
    let expr = this.#primary()
    for (let count = 0; ; count += 1) {
      if (count >= limits.depthMax * 4) {
        throw new SyntaxProblem(0, `expression recursion limit exceeded: ${limits.depthMax}`)
      }
      if (this.#is('.')) expr = this.#selection(expr)
      else if (this.#is('[')) expr = this.#index(expr)
      else return expr
    }
  }

  #selection(operand: Expr): Expr {
    const { at } = this.#next()
    const optional = this.#take('?') !== undefined
    const { text: field } = this.#identifier()
    const open = optional ? undefined : this.#take('(')
    if (open === undefined) {
      return { kind: 'select', at, operand, field, mode: optional ? 'optional' : 'value' }
    }
    return this.#call({ at: open.at, name: field, target: operand })
  }

  #index(operand: Expr): Expr {
    const { at } = this.#next()
    const optional = this.#take('?') !== undefined
    const index = this.#expression()
    this.#expect(']')
    return operator(optional ? '_[?_]' : '_[_]', at, [operand, index])
  }

  #identifier(): Token {
    const token = this.#peek
    if (token.kind !== 'ident' || keywords.has(token.text)) {
      throw this.#unexpected('IDENTIFIER', 'mismatched')
    }
    return this.#next()
  }

  #call(head: { at: number; name: string; target: Expr | undefined }): Expr {
    const args = this.#until(')', () => this.#expression())
    const call = { kind: 'call', ...head, args } as const
    return expandMacro(call) ?? call
  }

  /** Comma-separated things up to a closing sign; one comma may trail. */
  #until<T>(closing: ')' | ']' | '}', read: () => T): T[] {
    const items: T[] = []
    if (!this.#is(closing) && !this.#is('?') && !this.#startsAt(this.#at)) {
      throw this.#unexpected(startsOrEnds[closing], 'mismatched')
    }
    while (!this.#is(closing)) {
      items.push(read())
      const comma = this.#take(',')
      if (comma === undefined || (closing === ')' && this.#is(')'))) break
    }
    this.#expect(closing)
    return items
  }

  /** Whether an expression may begin with this token. */
  #startsAt(at: number): boolean {
    const { kind, text } = this.#tokens[at] ?? { kind: 'end', text: '' }
    if (kind === 'symbol') return ['[', '{', '(', '.', '-', '!'].includes(text)
    return kind !== 'end' && text !== 'in'
  }

  #primary(): Expr {
    const token = this.#peek
    switch (token.kind) {
      case 'ident':
        return this.#word()
      case 'symbol':
        return this.#bracketed()
      case 'end':
        throw this.#unexpected(starts, 'mismatched')
      default:
        return this.#literal(this.#next(), '')
    }
  }

  #bracketed(): Expr {
    const { at, text } = this.#peek
    if (text === '(') {
      this.#next()
      const expr = this.#expression()
      this.#expect(')')
      return expr
    }
    if (text === '[') return this.#list()
    if (text === '{') return this.#map()
    if (text === '.') {
      this.#next()
      return this.#word()
    }
    if (text === '-') {
      this.#next()
      return { ...this.#literal(this.#next(), '-'), at }
    }
    throw this.#unexpected(starts, this.#startsAt(this.#at + 1) ? 'extraneous' : 'mismatched')
  }

  #list(): ListExpr {
    const { at } = this.#next()
    const elements = this.#until(']', () => {
      const optional = this.#take('?') !== undefined
      return { value: this.#expression(), optional }
    })
    return { kind: 'list', at, elements }
  }

  #map(): Expr {
    const { at } = this.#next()
    const entries = this.#until('}', (): MapEntry => {
      const optional = this.#take('?') !== undefined
      const key = this.#expression()
      const colon = this.#expect(':')
      return { at: colon.at, key, value: this.#expression(), optional }
    })
    return { kind: 'map', at, entries }
  }

  #word(): Expr {
    const token = this.#next()
    const { at, text } = token
    if (text === 'true' || text === 'false') return { kind: 'literal', at, value: text === 'true' }
    if (text === 'null') return { kind: 'literal', at, value: null }
    if (token.kind !== 'ident' || text === 'in') {
      this.#at -= 1
      throw this.#unexpected(starts, 'mismatched')
    }
    if (reserved.has(text)) throw new SyntaxProblem(at, `reserved identifier: ${text}`)
    const open = this.#take('(')
    if (open !== undefined) return this.#call({ at: open.at, name: text, target: undefined })
    return this.#struct(token) ?? { kind: 'ident', at, name: text }
  }

  /** `Object.spec{…}`: names with dots, then a brace. */
  #struct(first: Token): StructExpr | undefined {
    let ahead = this.#at
    let name = first.text
    while (this.#tokens[ahead]?.text === '.' && this.#tokens[ahead + 1]?.kind === 'ident') {
      name += `.${this.#tokens[ahead + 1]?.text}`
      ahead += 2
    }
    const brace = this.#tokens[ahead]
    if (brace?.kind !== 'symbol' || brace.text !== '{') return undefined
    this.#at = ahead + 1
    const fields = this.#until('}', () => {
      const optional = this.#take('?') !== undefined
      const field = this.#identifier()
      const colon = this.#expect(':')
      return { at: colon.at, name: field.text, value: this.#expression(), optional }
    })
    return { kind: 'struct', at: brace.at, name, fields }
  }

  #literal({ kind, at, text, value }: Token, sign: '' | '-'): Expr {
    switch (kind) {
      case 'int': {
        const number = sign === '-' ? -BigInt(text) : BigInt(text)
        if (number > intMax || number < -intMax - 1n)
          throw new SyntaxProblem(at, 'invalid int literal')
        return { kind: 'literal', at, value: number }
      }
      case 'uint': {
        const number = BigInt(text.slice(0, -1))
        if (number > uintMax) throw new SyntaxProblem(at, 'invalid uint literal')
        return { kind: 'literal', at, value: new Uint(number) }
      }
      case 'double': {
        const number = Number(sign + text)
        if (!Number.isFinite(number)) throw new SyntaxProblem(at, 'invalid double literal')
        return { kind: 'literal', at, value: number }
      }
      default:
        return { kind: 'literal', at, value: value ?? text }
    }
  }
}

function operator(name: string, at: number, args: readonly Expr[]): Expr {
  return { kind: 'call', at, name, target: undefined, args }
}
