/** Go templates as trees. Upstream: Go's text/template/parse/parse.go; the messages are its own. */
import { builtins } from './functions.ts'
import { TemplateError, tokensOf, unquoteGo } from './tokens.ts'
import type { Token } from './tokens.ts'

export type Expression =
  | { readonly type: 'dot'; readonly at: number }
  | { readonly type: 'nil'; readonly at: number }
  | { readonly type: 'constant'; readonly value: string | number | boolean; readonly at: number }
  | { readonly type: 'variable'; readonly name: string; readonly at: number }
  | { readonly type: 'function'; readonly name: string; readonly at: number }
  | {
      readonly type: 'fields'
      readonly of: Expression
      readonly names: readonly string[]
      readonly at: number
    }
  | { readonly type: 'pipe'; readonly pipe: Pipe; readonly at: number }

/** A function or value and its arguments. */
export interface Call {
  readonly words: readonly Expression[]
  readonly at: number
  /** As it is written, for messages. */
  readonly text: string
}

export interface Pipe {
  readonly variables: readonly string[]
  readonly declares: boolean
  readonly calls: readonly Call[]
  readonly at: number
}

export type Node =
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'print'; readonly pipe: Pipe }
  | {
      readonly type: 'if' | 'with' | 'range'
      readonly pipe: Pipe
      readonly body: readonly Node[]
      readonly otherwise: readonly Node[]
    }
  | { readonly type: 'break' | 'continue' }
  | {
      readonly type: 'template'
      readonly name: string
      readonly pipe: Pipe | undefined
      readonly at: number
    }

export interface Template {
  readonly root: readonly Node[]
  readonly defined: ReadonlyMap<string, readonly Node[]>
}

/** Throws TemplateError. */
export function parseTemplate(text: string): Template {
  const parser = new Parser(text)
  const root = parser.block(['eof']).nodes
  return { root, defined: parser.defined }
}

type End = 'end' | 'else' | 'eof'

class Parser {
  readonly defined = new Map<string, readonly Node[]>()
  readonly #text: string
  readonly #tokens: readonly Token[]
  #next = 0

  constructor(text: string) {
    this.#text = text
    this.#tokens = tokensOf(text)
  }

  /** Nodes up to one of these ends, which is read, its action open after `else`. */
  block(ends: readonly End[]): { readonly nodes: readonly Node[]; readonly end: End } {
    const nodes: Node[] = []
    for (;;) {
      const token = this.#tokens[this.#next]
      if (token === undefined) {
        if (ends.includes('eof')) return { nodes, end: 'eof' }
        throw new TemplateError('unexpected EOF', this.#text.length)
      }
      this.#next += 1
      if (token.type === 'text') {
        nodes.push({ type: 'text', text: token.text })
        continue
      }
      const word = this.#peek()
      if (word?.type === 'word' && (word.text === 'end' || word.text === 'else')) {
        if (!ends.includes(word.text)) {
          throw new TemplateError(`unexpected {{${word.text}}}`, word.at)
        }
        this.#take()
        if (word.text === 'end') this.#expectClose('end')
        return { nodes, end: word.text }
      }
      const node = this.#action(word)
      if (node !== undefined) nodes.push(node)
    }
  }

  #action(word: Token | undefined): Node | undefined {
    switch (word?.type === 'word' ? word.text : '') {
      case 'if':
      case 'with':
      case 'range':
        this.#take()
        return this.#control(word?.text as 'if' | 'with' | 'range')
      case 'break':
      case 'continue':
        this.#take()
        this.#expectClose(`{{${word?.text}}}`)
        return { type: word?.text as 'break' | 'continue' }
      case 'template':
        this.#take()
        return this.#template()
      case 'block':
        this.#take()
        return this.#defineBlock()
      case 'define':
        this.#take()
        return this.#define()
      default:
        return { type: 'print', pipe: this.#pipeToClose('command') }
    }
  }

  #control(type: 'if' | 'with' | 'range'): Node {
    const pipe = this.#pipeToClose(type)
    const { nodes, end } = this.block(['end', 'else'])
    if (end === 'end') return { type, pipe, body: nodes, otherwise: [] }
    const word = this.#peek()
    if (word?.type === 'word' && word.text === type && type !== 'range') {
      this.#take()
      return { type, pipe, body: nodes, otherwise: [this.#control(type)] }
    }
    this.#expectClose('else')
    return { type, pipe, body: nodes, otherwise: this.block(['end']).nodes }
  }

  #name(context: string): Token {
    const name = this.#take()
    if (name?.type === 'string') return name
    throw new TemplateError(`unexpected ${show(name)} in ${context}`, name?.at ?? this.#text.length)
  }

  #template(): Node {
    const name = this.#name('template clause')
    const pipe = this.#peek()?.type === 'close' ? undefined : this.#pipeToClose('template clause')
    if (pipe === undefined) this.#expectClose('template clause')
    return { type: 'template', name: unquoteGo(name.text), pipe, at: name.at }
  }

  #define(): undefined {
    const name = this.#name('define clause')
    this.#expectClose('define clause')
    this.defined.set(unquoteGo(name.text), this.block(['end']).nodes)
    return undefined
  }

  #defineBlock(): Node {
    const name = this.#name('block clause')
    const pipe = this.#pipeToClose('block clause')
    this.defined.set(unquoteGo(name.text), this.block(['end']).nodes)
    return { type: 'template', name: unquoteGo(name.text), pipe, at: name.at }
  }

  #pipeToClose(context: string): Pipe {
    const pipe = this.#pipe(context, 'close')
    this.#expectClose(context)
    return pipe
  }

  #pipe(context: string, end: 'close' | ')'): Pipe {
    const at = this.#peek()?.at ?? this.#text.length
    const { variables, declares } = this.#declaration(context)
    const calls: Call[] = []
    for (;;) {
      calls.push(this.#call(context, end))
      if (!this.#isNext('|')) break
      this.#take()
    }
    return { variables, declares, calls, at }
  }

  /** `$x :=`, `$x =`, `$i, $x :=`. */
  #declaration(context: string): Pick<Pipe, 'variables' | 'declares'> {
    const from = this.#next
    const variables: string[] = []
    while (this.#peek()?.type === 'variable') {
      variables.push(this.#take()?.text ?? '')
      if (context === 'range' && this.#isNext(',')) {
        this.#take()
        continue
      }
      if (this.#isNext(':=')) {
        this.#take()
        return { variables, declares: true }
      }
      if (this.#isNext('=')) {
        this.#take()
        return { variables, declares: false }
      }
      break
    }
    this.#next = from
    return { variables: [], declares: true }
  }

  #call(context: string, end: 'close' | ')'): Call {
    const first = this.#peek()
    const at = first?.at ?? this.#text.length
    const words: Expression[] = []
    while (!this.#atEndOfCall(end)) words.push(this.#operand(context))
    if (words.length === 0) {
      if (this.#isNext('|') || end === ')' || first?.type === 'close') {
        throw new TemplateError(`missing value for ${context}`, at)
      }
      throw new TemplateError(`unexpected ${show(first)} in ${context}`, at)
    }
    const last = this.#tokens[this.#next - 1] as Token
    return { words, at, text: this.#text.slice(at, last.at + last.text.length) }
  }

  #atEndOfCall(end: 'close' | ')'): boolean {
    const token = this.#peek()
    if (token === undefined || token.type === 'close') return true
    return this.#isNext('|') || (end === ')' && this.#isNext(')'))
  }

  /** A term and the fields after it. */
  #operand(context: string): Expression {
    const term = this.#term(context)
    const names: string[] = []
    while (this.#tokens[this.#next]?.type === 'field') {
      names.push((this.#tokens[this.#next] as Token).text.slice(1))
      this.#next += 1
    }
    return names.length === 0 ? term : { type: 'fields', of: term, names, at: term.at }
  }

  #term(context: string): Expression {
    const token = this.#take()
    const at = token?.at ?? this.#text.length
    switch (token?.type) {
      case 'dot':
        return { type: 'dot', at }
      case 'field':
        this.#next -= 1
        return { type: 'dot', at }
      case 'variable':
        return { type: 'variable', name: token.text, at }
      case 'string':
        return { type: 'constant', value: unquoteGo(token.text), at }
      case 'char':
        return { type: 'constant', value: unquoteGo(token.text).codePointAt(0) ?? 0, at }
      case 'number':
        return { type: 'constant', value: numberOf(token), at }
      case 'word':
        return wordTerm(token)
      default:
        if (token?.text !== '(') {
          throw new TemplateError(`unexpected ${show(token)} in ${context}`, at)
        }
    }
    const pipe = this.#pipe('parenthesized pipeline', ')')
    if (this.#take()?.text !== ')') throw new TemplateError('unclosed left paren', at)
    return { type: 'pipe', pipe, at }
  }

  /** The next token that is no space, not yet taken. */
  #peek(): Token | undefined {
    while (this.#tokens[this.#next]?.type === 'space') this.#next += 1
    return this.#tokens[this.#next]
  }

  #take(): Token | undefined {
    const token = this.#peek()
    this.#next += 1
    return token
  }

  #isNext(symbol: string): boolean {
    const token = this.#peek()
    return token?.type === 'symbol' && token.text === symbol
  }

  #expectClose(context: string): void {
    const token = this.#take()
    if (token?.type === 'close') return
    throw new TemplateError(
      `unexpected ${show(token)} in ${context}`,
      token?.at ?? this.#text.length,
    )
  }
}

function wordTerm({ text, at }: Token): Expression {
  if (text === 'true' || text === 'false') return { type: 'constant', value: text === 'true', at }
  if (text === 'nil') return { type: 'nil', at }
  if (!Object.hasOwn(builtins, text)) {
    throw new TemplateError(`function "${text}" not defined`, at)
  }
  return { type: 'function', name: text, at }
}

function numberOf({ text, at }: Token): number {
  const plain = text.replaceAll('_', '').replace(/^([-+]?)0(?=\d)/, '$10o')
  const value = Number(plain.replace(/^[-+]/, '')) * (plain.startsWith('-') ? -1 : 1)
  if (Number.isNaN(value)) throw new TemplateError(`bad number syntax: ${JSON.stringify(text)}`, at)
  return value
}

function show(token: Token | undefined): string {
  if (token === undefined) return 'EOF'
  return token.type === 'symbol' || token.type === 'close' || token.type === 'dot'
    ? JSON.stringify(token.text)
    : `<${token.text}>`
}
