/** What a JSONPath template finds and prints. Upstream: client-go util/jsonpath/jsonpath.go. */
import { goJson } from '#api/meta/go-quote.ts'
import { goText } from './go-text.ts'
import { JsonPathError } from './parse.ts'
import type { Action, SliceBounds, Step } from './parse.ts'

export interface JsonPathOptions {
  /** A field that nothing has finds nothing, instead of failing. */
  readonly allowMissingKeys?: boolean
}

/** The results of each action in turn. Throws {@link JsonPathError}. */
export function findResults(
  actions: readonly Action[],
  data: unknown,
  options: JsonPathOptions = {},
): readonly (readonly unknown[])[] {
  return actions.flatMap((action): readonly (readonly unknown[])[] => {
    if (action.type === 'text') return [[action.text]]
    if (action.type === 'failure') throw new JsonPathError(action.message)
    const found = walk(action.steps, [data], options)
    if (action.type === 'path') return [found]
    return found.flatMap((value) => findResults(action.body, value, options))
  })
}

/** As `-o jsonpath` prints it: the results of one action with a space between them. */
export function printJsonPath(
  actions: readonly Action[],
  data: unknown,
  options: JsonPathOptions = {},
): string {
  return findResults(actions, data, options)
    .map((results) => results.map(resultText).join(' '))
    .join('')
}

function resultText(value: unknown): string {
  return typeof value === 'object' && value !== null ? goJson(value) : goText(value)
}

function walk(
  steps: readonly Step[],
  input: readonly unknown[],
  options: JsonPathOptions,
): readonly unknown[] {
  let current = input
  for (const step of steps) current = take(step, current, options)
  return current
}

function take(step: Step, input: readonly unknown[], options: JsonPathOptions): readonly unknown[] {
  switch (step.type) {
    case 'value':
      return typeof step.value === 'string' ? [step.value] : input.map(() => step.value)
    case 'field':
      return fields(step.name, input, options)
    case 'wildcard':
      return input.flatMap(childrenOf)
    case 'recursive':
      return input.flatMap(descendants)
    case 'slice':
      return slices(step.bounds, input)
    case 'union':
      return step.paths.flatMap((path) => walk(path, input, options))
    case 'filter':
      return input.flatMap((value) => filtered(step, value, options))
  }
}

function fields(
  name: string,
  input: readonly unknown[],
  { allowMissingKeys = false }: JsonPathOptions,
): readonly unknown[] {
  const found = input.flatMap((value) => {
    if (name === '') return value === null || value === undefined ? [] : [value]
    return isMapping(value) && Object.hasOwn(value, name) ? [value[name]] : []
  })
  if (found.length === 0 && input.length > 0 && !allowMissingKeys) {
    throw new JsonPathError(`${name} is not found`)
  }
  return found
}

function isMapping(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function childrenOf(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value
  if (isMapping(value)) return Object.values(value)
  return []
}

/** Whatever has children, itself before them. */
function descendants(value: unknown): readonly unknown[] {
  const children = childrenOf(value)
  if (children.length === 0) return []
  return [value, ...children.flatMap(descendants)]
}

function slices(bounds: SliceBounds, input: readonly unknown[]): readonly unknown[] {
  const found: unknown[] = []
  for (const value of input) {
    if (value === null || value === undefined) continue
    if (!Array.isArray(value)) throw new JsonPathError(`${goType(value)} is not array or slice`)
    const part = sliceOf(bounds, value)
    if (part === undefined) return found
    found.push(...part)
  }
  return found
}

/** Undefined: no element is asked for. */
function sliceOf(bounds: SliceBounds, list: readonly unknown[]): readonly unknown[] | undefined {
  const size = list.length
  let start = bounds.start ?? 0
  if (start < 0) start += size
  let end = bounds.end ?? size
  if (end < 0 || (end === 0 && bounds.isIndex)) end += size
  if (start === end) return undefined
  const outside = (index: number): JsonPathError =>
    new JsonPathError(`array index out of bounds: index ${index}, length ${size}`)
  if (start >= size || start < 0) throw outside(start)
  if (end > size || end < 0) throw outside(end - 1)
  if (start > end) {
    throw new JsonPathError(`starting index ${start} is greater than ending index ${end}`)
  }
  const step = bounds.step ?? 1
  if (step <= 0) throw new JsonPathError('step must be > 0')
  return list.slice(start, end).filter((_, at) => at % step === 0)
}

type Filter = Extract<Step, { type: 'filter' }>

function filtered(filter: Filter, value: unknown, options: JsonPathOptions): readonly unknown[] {
  if (!Array.isArray(value)) {
    throw new JsonPathError(`${goText(value)} is not array or slice and cannot be filtered`)
  }
  return value.filter((item) => passes(filter, item, options))
}

function passes({ left, operator, right }: Filter, item: unknown, options: JsonPathOptions) {
  if (operator === 'exists') return exists(left, item, options)
  const one = onlyOne(walk(left, [item], options))
  if (one === undefined) return false
  const other = onlyOne(walk(right, [item], options))
  if (other === undefined) return false
  const compare = operators[operator]
  if (compare === undefined) {
    throw new JsonPathError(`unrecognized filter operator ${operator}`)
  }
  return compare(one.value, other.value)
}

function exists(path: readonly Step[], item: unknown, options: JsonPathOptions): boolean {
  try {
    return walk(path, [item], options).length > 0
  } catch (error) {
    if (error instanceof JsonPathError) return false
    throw error
  }
}

function onlyOne(values: readonly unknown[]): { readonly value: unknown } | undefined {
  if (values.length > 1) throw new JsonPathError('can only compare one element at a time')
  return values.length === 0 ? undefined : { value: values[0] }
}

type Compare = (left: unknown, right: unknown) => boolean

const operators: Readonly<Record<string, Compare>> = {
  '==': (left, right) => order(left, right) === 0,
  '!=': (left, right) => order(left, right) !== 0,
  '<': (left, right) => order(left, right) < 0,
  '<=': (left, right) => order(left, right) <= 0,
  '>': (left, right) => order(left, right) > 0,
  '>=': (left, right) => order(left, right) >= 0,
  '=~': (left, right) => {
    if (typeof left !== 'string' || typeof right !== 'string') {
      throw new JsonPathError('regexp search only support string now')
    }
    return new RegExp(right).test(left)
  },
}

function order(left: unknown, right: unknown): number {
  if (typeof left !== typeof right || (typeof left === 'object' && left !== null)) {
    throw new JsonPathError('incompatible types for comparison')
  }
  if (left === right) return 0
  return (left as number) < (right as number) ? -1 : 1
}

function goType(value: unknown): string {
  if (typeof value === 'string') return 'string'
  if (typeof value === 'boolean') return 'bool'
  if (typeof value === 'number') return Number.isInteger(value) ? 'int64' : 'float64'
  return 'map[string]interface {}'
}
