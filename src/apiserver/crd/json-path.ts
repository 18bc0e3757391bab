/**
 * JSONPath as printer columns use it: `.spec.replicas`, `.status.conditions[?(@.type=="Ready")].status`.
 * Upstream: staging/src/k8s.io/client-go/util/jsonpath/{parser,jsonpath}.go, v1.36.
 */

/** The path cannot be read. */
export class JsonPathError extends Error {
  override readonly name = 'JsonPathError'
}

/** All values that the path leads to. */
export type JsonPath = (value: unknown) => readonly unknown[]

/** Throws {@link JsonPathError}. Keys that are missing lead to nothing. */
export function compileJsonPath(text: string): JsonPath {
  const steps = new Parser(text).path()
  return (value) => follow([value], steps)
}

type Step = (value: unknown) => readonly unknown[]

function follow(values: readonly unknown[], steps: readonly Step[]): readonly unknown[] {
  return steps.reduce<readonly unknown[]>((found, step) => found.flatMap(step), values)
}

class Parser {
  readonly #text: string
  #at = 0

  constructor(text: string) {
    this.#text = text
  }

  path(): readonly Step[] {
    const steps: Step[] = []
    while (this.#at < this.#text.length) steps.push(this.#step())
    return steps
  }

  #step(): Step {
    if (this.#takes('..')) return deep(this.#name())
    if (this.#takes('.')) {
      const name = this.#name()
      if (name === '' && this.#at === this.#text.length) return (value) => [value]
      return name === '*' ? children : field(name)
    }
    if (this.#takes('[')) return this.#brackets()
    throw this.#wrong()
  }

  /** A backslash takes the special meaning from what follows. */
  #name(): string {
    const match = /^(?:\\[^]|[^.[\]\\\s{}])*/.exec(this.#text.slice(this.#at))
    const raw = match?.[0] ?? ''
    this.#at += raw.length
    return raw.replace(/\\([^])/g, '$1')
  }

  #brackets(): Step {
    const end = endOfBrackets(this.#text, this.#at)
    if (end === -1) throw new JsonPathError('unterminated array')
    const inner = this.#text.slice(this.#at, end).trim()
    this.#at = end + 1
    if (inner.startsWith('?(') && inner.endsWith(')')) return filter(inner.slice(2, -1))
    if (inner === '*') return children
    const parts = inner.split(',').map((part) => part.trim())
    const steps = parts.map(selector)
    return steps.length === 1
      ? (steps[0] as Step)
      : (value) => steps.flatMap((select) => select(value))
  }

  #takes(token: string): boolean {
    if (!this.#text.startsWith(token, this.#at)) return false
    this.#at += token.length
    return true
  }

  #wrong(): JsonPathError {
    return new JsonPathError(`unrecognized character in action: ${this.#text.charAt(this.#at)}`)
  }
}

/** Brackets in brackets and in quotes do not end them. */
function endOfBrackets(text: string, from: number): number {
  let depth = 0
  let quote = ''
  for (let at = from; at < text.length; at += 1) {
    const character = text.charAt(at)
    if (quote !== '') {
      if (character === '\\') at += 1
      else if (character === quote) quote = ''
    } else if (character === '"' || character === "'") quote = character
    else if (character === '[') depth += 1
    else if (character === ']') {
      if (depth === 0) return at
      depth -= 1
    }
  }
  return -1
}

function selector(text: string): Step {
  const quoted = /^'((?:\\.|[^'])*)'$|^"((?:\\.|[^"])*)"$/.exec(text)
  if (quoted !== null) return field((quoted[1] ?? quoted[2] ?? '').replace(/\\([^])/g, '$1'))
  const range = /^(-?\d*)(?::(-?\d*)(?::(-?\d*))?)?$/.exec(text)
  if (range === null || text === '') throw new JsonPathError(`invalid array index ${text}`)
  const [, start = '', end, step = ''] = range
  if (end === undefined) return item(Number(start))
  return slice({ start, end, step: step === '' ? 1 : Number(step) })
}

function field(name: string): Step {
  return (value) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return []
    return Object.hasOwn(value, name) ? [(value as Record<string, unknown>)[name]] : []
  }
}

const children: Step = (value) =>
  typeof value === 'object' && value !== null ? Object.values(value) : []

function deep(name: string): Step {
  const here = name === '*' ? children : field(name)
  const walk = (value: unknown): readonly unknown[] => [
    ...here(value),
    ...children(value).flatMap(walk),
  ]
  return walk
}

function item(index: number): Step {
  return (value) => {
    if (!Array.isArray(value)) return []
    const found: unknown = value.at(index)
    return found === undefined ? [] : [found]
  }
}

function slice({ start, end, step }: { start: string; end: string; step: number }): Step {
  return (value) => {
    if (!Array.isArray(value)) return []
    const from = start === '' ? 0 : Number(start)
    const to = end === '' ? value.length : Number(end)
    return value.slice(from, to).filter((_, index) => step > 0 && index % step === 0)
  }
}

const operators: Readonly<Record<string, (a: unknown, b: unknown) => boolean>> = {
  '==': (a, b) => a === b,
  '!=': (a, b) => a !== b,
  '<': (a, b) => order(a, b) < 0,
  '<=': (a, b) => order(a, b) <= 0,
  '>': (a, b) => order(a, b) > 0,
  '>=': (a, b) => order(a, b) >= 0,
}

/** Not a number for what has no order. */
function order(a: unknown, b: unknown): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b
  if (typeof a !== 'string' || typeof b !== 'string') return Number.NaN
  return a === b ? 0 : a < b ? -1 : 1
}

/** `@.type=="Ready"`, or only `@.type`: the items for which it holds. */
function filter(text: string): Step {
  const match = /^(.*?)\s*(==|!=|<=|>=|<|>)\s*(.*)$/.exec(text)
  const left = operand((match?.[1] ?? text).trim())
  const compare = operators[match?.[2] ?? '']
  const right = operand((match?.[3] ?? '""').trim())
  const holds = (value: unknown): boolean => {
    const [found] = left(value)
    if (compare === undefined || found === undefined) return compare === undefined && !!found
    const [wanted] = right(value)
    return wanted !== undefined && compare(found, wanted)
  }
  return (value) => children(value).filter(holds)
}

function operand(text: string): JsonPath {
  if (text.startsWith('@')) return compileJsonPath(text.slice(1))
  const quoted = /^(['"])(.*)\1$/.exec(text)
  if (quoted !== null) return () => [(quoted[2] ?? '').replace(/\\([^])/g, '$1')]
  if (text === 'true' || text === 'false') return () => [text === 'true']
  const number = Number(text)
  if (text === '' || Number.isNaN(number)) throw new JsonPathError(`unrecognized operand ${text}`)
  return () => [number]
}
