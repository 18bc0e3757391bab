/**
 * JSONPath templates as kubectl and custom resource columns write them: text with `{actions}`.
 * Upstream: client-go util/jsonpath/parser.go; the messages are its own.
 */

/** Not a template; the message is upstream's. */
export class JsonPathError extends Error {
  override readonly name = 'JsonPathError'
}

export interface SliceBounds {
  readonly start: number | undefined
  /** Exclusive. */
  readonly end: number | undefined
  readonly step: number | undefined
  /** One element was asked for: `[3]`. */
  readonly isIndex: boolean
}

export type Step =
  | { readonly type: 'value'; readonly value: string | number | boolean }
  | { readonly type: 'field'; readonly name: string }
  | { readonly type: 'wildcard' }
  | { readonly type: 'recursive' }
  | { readonly type: 'slice'; readonly bounds: SliceBounds }
  | { readonly type: 'union'; readonly paths: readonly (readonly Step[])[] }
  | {
      readonly type: 'filter'
      readonly left: readonly Step[]
      readonly operator: string
      readonly right: readonly Step[]
    }

export type Action =
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'path'; readonly steps: readonly Step[] }
  /** A keyword at the wrong place, which only fails when it is reached. */
  | { readonly type: 'failure'; readonly message: string }
  | { readonly type: 'range'; readonly steps: readonly Step[]; readonly body: readonly Action[] }

interface Piece {
  readonly keyword: string | undefined
  readonly steps: readonly Step[]
}

/** Throws {@link JsonPathError}. */
export function parseJsonPath(template: string): readonly Action[] {
  const reader = new Reader(template)
  const flat: (string | Piece)[] = []
  while (!reader.atEnd) {
    const text = reader.until('{')
    if (text !== '') flat.push(text)
    if (!reader.atEnd) flat.push(reader.action())
  }
  return nest(flat)
}

/** A path alone, with or without braces and the leading dot: `.spec.x`, `{.spec.x}`, `spec.x`. */
export function parseRelaxedPath(text: string): readonly Action[] {
  return parseJsonPath(relaxedPath(text))
}

/** As a template. Upstream: kubectl pkg/cmd/get/customcolumn.go, RelaxedJSONPathExpression. */
export function relaxedPath(text: string): string {
  if (text === '') return text
  const match = /^\{\.?([^{}]+)\}$|^\.?([^{}]+)$/.exec(text)
  if (match === null) {
    throw new JsonPathError(
      `unexpected path string, expected a 'name1.name2' or '.name1.name2' or '{name1.name2}' or '{.name1.name2}'`,
    )
  }
  return `{.${match[1] ?? match[2] ?? ''}}`
}

/** Puts what stands between `range` and `end` into the range. */
function nest(flat: readonly (string | Piece)[]): readonly Action[] {
  const root: Action[] = []
  const open: Action[][] = [root]
  for (const piece of flat) {
    const here = open.at(-1) as Action[]
    if (typeof piece === 'string') {
      here.push({ type: 'text', text: piece })
      continue
    }
    if (piece.keyword === 'range') {
      const body: Action[] = []
      here.push({ type: 'range', steps: piece.steps, body })
      open.push(body)
    } else if (piece.keyword === 'end') {
      if (open.length > 1) open.pop()
      else here.push({ type: 'failure', message: 'not in range, nothing to end' })
    } else if (piece.keyword !== undefined) {
      here.push({ type: 'failure', message: `unrecognized identifier ${piece.keyword}` })
    } else here.push({ type: 'path', steps: piece.steps })
  }
  return root
}

const terminator = /[ \t\r\n.,[\]$@{}]/
const slicePattern = /^(-?\d*)(:-?\d*)?(:-?\d*)?$/
const comparison = /^([^!<>=]+)([!<>=~]+)(.+?)$/

class Reader {
  readonly #text: string
  #at = 0

  constructor(text: string) {
    this.#text = text
  }

  get atEnd(): boolean {
    return this.#at >= this.#text.length
  }

  until(mark: string): string {
    const found = this.#text.indexOf(mark, this.#at)
    const end = found < 0 ? this.#text.length : found
    const text = this.#text.slice(this.#at, end)
    this.#at = end
    return text
  }

  /** From `{` to `}`. */
  action(): Piece {
    this.#at += 1
    let keyword: string | undefined
    const steps: Step[] = []
    while (!this.#take('}')) {
      const word = this.#step(steps)
      if (word !== undefined) keyword ??= word
    }
    return { keyword, steps }
  }

  /** Reads one step; a keyword is returned instead. */
  #step(steps: Step[]): string | undefined {
    if (this.#take('[?(')) return void steps.push(this.#filter())
    if (this.#take('..')) return this.#recursive(steps)
    const character = this.#next()
    if (character === undefined || character === '\n' || character === '\r') {
      throw new JsonPathError('unclosed action')
    }
    if (' @$'.includes(character)) return undefined
    if (character === '[') return void steps.push(...this.#array())
    if (character === '"' || character === "'") {
      return void steps.push({ type: 'value', value: this.#quoted(character) })
    }
    if (character === '.') return void steps.push(this.#field())
    this.#at -= character.length
    if (/[-+\d]/.test(character)) return void steps.push({ type: 'value', value: this.#number() })
    if (/[\p{L}\p{Nd}_]/u.test(character)) return this.#identifier(steps)
    throw new JsonPathError(`unrecognized character in action: ${codePoint(character)}`)
  }

  #recursive(steps: Step[]): undefined {
    if (steps.at(-1)?.type === 'recursive') {
      throw new JsonPathError('invalid multiple recursive descent')
    }
    steps.push({ type: 'recursive' })
    if (/^[\p{L}\p{Nd}_]/u.test(this.#text.slice(this.#at))) steps.push(this.#field())
  }

  #identifier(steps: Step[]): string | undefined {
    const word = this.#word()
    if (word !== 'true' && word !== 'false') return word
    steps.push({ type: 'value', value: word === 'true' })
    return undefined
  }

  #field(): Step {
    const name = this.#word()
    if (name === '*') return { type: 'wildcard' }
    return { type: 'field', name: name.replaceAll('\\', '') }
  }

  /** Up to a terminator that no backslash stands before. */
  #word(): string {
    const start = this.#at
    while (!this.atEnd && !terminator.test(this.#text[this.#at] as string)) {
      this.#at += this.#text[this.#at] === '\\' ? 2 : 1
    }
    return this.#text.slice(start, this.#at)
  }

  #number(): number {
    const text = /^[-+]?[\d.]*/.exec(this.#text.slice(this.#at))?.[0] ?? ''
    this.#at += text.length
    if (!/^[-+]?(?:\d+\.?\d*|\.\d+)$/.test(text)) {
      throw new JsonPathError(`cannot parse number ${text}`)
    }
    return Number(text)
  }

  #array(): readonly Step[] {
    const inside = this.until(']')
    if (this.atEnd || inside.includes('\n')) throw new JsonPathError('unterminated array')
    this.#at += 1
    return arraySteps(inside === '*' ? ':' : inside)
  }

  #filter(): Step {
    const start = this.#at
    let quote: string | undefined
    let closed = false
    for (;;) {
      const character = this.#next()
      if (character === undefined || character === '\n') {
        throw new JsonPathError('unterminated filter')
      }
      if (character === '"' || character === "'") {
        if (quote === undefined) quote = character
        else if (character === quote && this.#text[this.#at - 2] !== '\\') closed = true
      } else if (character === ')' && (quote === undefined || closed)) break
    }
    const text = this.#text.slice(start, this.#at - 1)
    if (!this.#take(']')) throw new JsonPathError('unclosed array expect ]')
    const [, left, operator, right] = comparison.exec(text) ?? []
    if (left === undefined || operator === undefined || right === undefined) {
      return { type: 'filter', left: stepsOf(text), operator: 'exists', right: [] }
    }
    return { type: 'filter', left: stepsOf(left), operator, right: stepsOf(right) }
  }

  #quoted(quote: string): string {
    const start = this.#at
    for (;;) {
      const character = this.#next()
      if (character === undefined || character === '\n') {
        throw new JsonPathError('unterminated quoted string')
      }
      if (character === quote && this.#text[this.#at - 2] !== '\\') break
    }
    return unescapeGo(this.#text.slice(start, this.#at - 1))
  }

  #next(): string | undefined {
    const code = this.#text.codePointAt(this.#at)
    if (code === undefined) return undefined
    const character = String.fromCodePoint(code)
    this.#at += character.length
    return character
  }

  #take(mark: string): boolean {
    if (!this.#text.startsWith(mark, this.#at)) return false
    this.#at += mark.length
    return true
  }
}

function stepsOf(text: string): readonly Step[] {
  return new Reader(`{${text}}`).action().steps
}

function arraySteps(inside: string): readonly Step[] {
  const parts = inside.split(',')
  if (parts.length > 1) {
    return [{ type: 'union', paths: parts.map((part) => stepsOf(`[${part.trim()}]`)) }]
  }
  const key = /^'([^']*)'$/.exec(inside)?.[1]
  if (key !== undefined) return stepsOf(`.${key}`)
  const match = slicePattern.exec(inside)
  if (match === null) throw new JsonPathError(`invalid array index ${inside}`)
  const [, first = '', second, third] = match
  const start = first === '' ? undefined : Number(first)
  if (second === undefined) {
    const end = (start ?? 0) + 1
    return [{ type: 'slice', bounds: { start, end, step: undefined, isIndex: true } }]
  }
  const bound = (text: string | undefined): number | undefined =>
    text === undefined || text === ':' ? undefined : Number(text.slice(1))
  const bounds = { start, end: bound(second), step: bound(third), isIndex: false }
  return [{ type: 'slice', bounds }]
}

const escapes: Readonly<Record<string, string>> = {
  a: '\u0007',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  '\\': '\\',
  "'": "'",
  '"': '"',
}

/** What Go's backslashes stand for. */
function unescapeGo(text: string): string {
  return text.replace(
    /\\(?:x([\da-fA-F]{2})|u([\da-fA-F]{4})|U([\da-fA-F]{8})|([0-7]{3})|(.))/gs,
    (_all, hex, short, long, octal, letter: string | undefined) => {
      const code = (hex ?? short ?? long) as string | undefined
      if (code !== undefined) return String.fromCodePoint(Number.parseInt(code, 16))
      if (octal !== undefined) return String.fromCodePoint(Number.parseInt(octal as string, 8))
      const known = escapes[letter ?? '']
      if (known === undefined) {
        throw new JsonPathError(`unquote string ${text} error invalid syntax`)
      }
      return known
    },
  )
}

function codePoint(character: string): string {
  const code = (character.codePointAt(0) as number).toString(16).toUpperCase().padStart(4, '0')
  return `U+${code} '${character}'`
}
