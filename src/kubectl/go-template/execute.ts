/** Runs a Go template over JSON. Upstream: Go's text/template/exec.go; the messages are its own. */
import { goText } from '#api/json-path/go-text.ts'
import { compareBytes } from '#api/meta/go-quote.ts'
import { builtins, FunctionError, goTypeOf, isTrue } from './functions.ts'
import type { Call, Expression, Node, Pipe, Template } from './parse.ts'
import { TemplateError } from './tokens.ts'

export interface ExecuteOptions {
  /** A key that a map lacks is an error instead of `<no value>`. */
  readonly failOnMissingKeys: boolean
}

/** Throws TemplateError. */
export function executeTemplate(
  template: Template,
  data: unknown,
  options: ExecuteOptions,
): string {
  const run = new Run(template, options)
  run.nodes(template.root, { dot: data, scope: [['$', data]] })
  return run.text
}

interface Context {
  readonly dot: unknown
  /** Variables, the innermost last; entries are replaced by assignments. */
  readonly scope: [name: string, value: unknown][]
}

type Signal = 'break' | 'continue' | undefined

const depthMax = 1000

class Run {
  text = ''
  readonly #template: Template
  readonly #options: ExecuteOptions
  #depth = 0

  constructor(template: Template, options: ExecuteOptions) {
    this.#template = template
    this.#options = options
  }

  nodes(nodes: readonly Node[], context: Context): Signal {
    const outer = context.scope.length
    try {
      for (const node of nodes) {
        const signal = this.#node(node, context)
        if (signal !== undefined) return signal
      }
      return undefined
    } finally {
      context.scope.length = outer
    }
  }

  #node(node: Node, context: Context): Signal {
    switch (node.type) {
      case 'text':
        this.text += node.text
        return undefined
      case 'print': {
        const value = this.#pipe(node.pipe, context)
        if (node.pipe.variables.length === 0) this.text += shown(value)
        return undefined
      }
      case 'if':
      case 'with':
        return this.#conditional(node, context)
      case 'range':
        return this.#range(node, context)
      case 'break':
      case 'continue':
        return node.type
      case 'template':
        return this.#call(node, context)
    }
  }

  #conditional(node: Extract<Node, { pipe: Pipe; body: readonly Node[] }>, context: Context) {
    const outer = context.scope.length
    const value = this.#pipe(node.pipe, context)
    const dot = node.type === 'with' && isTrue(value) ? value : context.dot
    const signal = this.nodes(isTrue(value) ? node.body : node.otherwise, { ...context, dot })
    context.scope.length = outer
    return signal
  }

  #range(node: Extract<Node, { pipe: Pipe; body: readonly Node[] }>, context: Context): Signal {
    const outer = context.scope.length
    const value = this.#pipe({ ...node.pipe, variables: [] }, context)
    const entries = entriesOf(value, node.pipe)
    if (entries.length === 0) return this.nodes(node.otherwise, context)
    for (const [key, item] of entries) {
      const { variables } = node.pipe
      const [first, second] = variables
      if (second !== undefined) this.#assign(node.pipe, [key, item], context)
      else if (first !== undefined) this.#assign(node.pipe, [item], context)
      const signal = this.nodes(node.body, { ...context, dot: item })
      context.scope.length = outer
      if (signal === 'break') break
    }
    return undefined
  }

  #call(node: Extract<Node, { type: 'template' }>, context: Context): undefined {
    const nodes = this.#template.defined.get(node.name)
    if (nodes === undefined) {
      throw new TemplateError(`template "${node.name}" not defined`, node.at)
    }
    this.#depth += 1
    if (this.#depth > depthMax) {
      throw new TemplateError(`exceeded maximum template depth (${depthMax})`, node.at)
    }
    const dot = node.pipe === undefined ? undefined : this.#pipe(node.pipe, context)
    this.nodes(nodes, { dot, scope: [['$', dot]] })
    this.#depth -= 1
    return undefined
  }

  #pipe(pipe: Pipe, context: Context): unknown {
    let value: unknown
    for (const [at, call] of pipe.calls.entries()) {
      value = this.#evaluate(call, context, at === 0 ? [] : [value])
    }
    if (pipe.variables.length > 0) this.#assign(pipe, [value], context)
    return value
  }

  #assign({ variables, declares, at }: Pipe, values: readonly unknown[], context: Context): void {
    for (const [index, name] of variables.entries()) {
      if (declares) {
        context.scope.push([name, values[index]])
        continue
      }
      const known = context.scope.findLast(([one]) => one === name)
      if (known === undefined) throw new TemplateError(`undefined variable "${name}"`, at)
      known[1] = values[index]
    }
  }

  #evaluate(call: Call, context: Context, piped: readonly unknown[]): unknown {
    const [head, ...rest] = call.words
    if (head === undefined) return undefined
    if (head.type === 'function') {
      if (head.name === 'and' || head.name === 'or') {
        return this.#lazily(head.name, { rest, piped }, context)
      }
      const args = rest.map((word) => this.#value(word, context, call))
      return this.#apply(head.name, [...args, ...piped], call)
    }
    if (rest.length > 0 || piped.length > 0) {
      throw this.#failure(call, `can't give argument to non-function ${call.text.split(' ')[0]}`)
    }
    return this.#value(head, context, call)
  }

  #lazily(
    name: 'and' | 'or',
    { rest, piped }: { rest: readonly Expression[]; piped: readonly unknown[] },
    context: Context,
  ): unknown {
    let last: unknown
    for (const word of rest) {
      last = this.#value(word, context, { words: [], at: word.at, text: '' })
      if (isTrue(last) === (name === 'or')) return last
    }
    return piped.length > 0 ? piped[0] : last
  }

  #apply(name: string, args: readonly unknown[], call: Call): unknown {
    try {
      return (builtins[name] as (...args: readonly unknown[]) => unknown)(...args)
    } catch (error) {
      if (!(error instanceof FunctionError)) throw error
      throw this.#failure(call, `error calling ${name}: ${error.message}`)
    }
  }

  #value(word: Expression, context: Context, call: Call): unknown {
    switch (word.type) {
      case 'dot':
        return context.dot
      case 'nil':
        throw this.#failure(call, 'nil is not a command')
      case 'constant':
        return word.value
      case 'variable': {
        const known = context.scope.findLast(([name]) => name === word.name)
        if (known === undefined)
          throw new TemplateError(`undefined variable "${word.name}"`, word.at)
        return known[1]
      }
      case 'function':
        return this.#apply(word.name, [], call)
      case 'pipe':
        return this.#pipe(word.pipe, context)
      case 'fields':
        return word.names.reduce(
          (value, name) => this.#field(value, name, call),
          this.#value(word.of, context, call),
        )
    }
  }

  #field(value: unknown, name: string, call: Call): unknown {
    if (value === undefined) {
      if (!this.#options.failOnMissingKeys) return undefined
      throw this.#failure(call, `nil data; no entry for key "${name}"`)
    }
    if (value === null) {
      throw this.#failure(call, `nil pointer evaluating interface {}.${name}`)
    }
    if (typeof value !== 'object' || Array.isArray(value)) {
      throw this.#failure(call, `can't evaluate field ${name} in type ${goTypeOf(value)}`)
    }
    if (this.#options.failOnMissingKeys && !Object.hasOwn(value, name)) {
      throw this.#failure(call, `map has no entry for key "${name}"`)
    }
    return (value as Readonly<Record<string, unknown>>)[name]
  }

  #failure(call: Call, message: string): TemplateError {
    return new TemplateError(`executing "output" at <${call.text}>: ${message}`, call.at)
  }
}

function shown(value: unknown): string {
  return value === undefined || value === null ? '<no value>' : goText(value)
}

/** What a range goes over: elements, keys in order, numbers below. */
function entriesOf(value: unknown, pipe: Pipe): readonly (readonly [unknown, unknown])[] {
  if (value === undefined || value === null) return []
  if (Array.isArray(value)) return [...value.entries()]
  if (typeof value === 'object') {
    return Object.entries(value).sort(([a], [b]) => compareBytes(a, b))
  }
  if (typeof value === 'number' && Number.isInteger(value)) {
    return Array.from({ length: Math.max(value, 0) }, (_, at) => [at, at])
  }
  const text = pipe.calls.map((call) => call.text).join(' | ')
  throw new TemplateError(
    `executing "output" at <${text}>: range can't iterate over ${goText(value)}`,
    pipe.at,
  )
}
