/**
 * Calls that are no functions. Upstream: cel-go parser/macro.go, cel/library.go (optMap) and
 * ext/comprehensions.go (two variables).
 */
import { SyntaxProblem } from './problems.ts'
import type { Call, Expr, FoldMacro } from './syntax.ts'

/** Undefined: not a macro. Throws {@link SyntaxProblem} for a macro that is used wrongly. */
export function expandMacro(call: Call): Expr | undefined {
  if (call.target === undefined) {
    return call.name === 'has' && call.args.length === 1 ? presence(call) : undefined
  }
  const { name, target, args } = call
  if ((name === 'optMap' || name === 'optFlatMap') && args.length === 2) {
    return bind(call, target)
  }
  const shape = shapes[`${name}/${args.length}`]
  return shape === undefined ? undefined : fold(call, target, shape)
}

function presence({ args: [arg] }: Call): Expr {
  if (arg?.kind !== 'select' || arg.mode !== 'value') {
    throw new SyntaxProblem(arg?.at ?? 0, 'invalid argument to has() macro')
  }
  return { ...arg, mode: 'test' }
}

function bind(call: Call, operand: Expr): Expr {
  const [variable, body] = call.args as [Expr, Expr]
  if (variable.kind !== 'ident') {
    const message = `${call.name}() variable name must be a simple identifier`
    throw new SyntaxProblem(variable.at, message)
  }
  const flat = call.name === 'optFlatMap'
  return { kind: 'bind', at: call.at, flat, operand, variable: variable.name, body }
}

interface Shape {
  readonly macro: FoldMacro
  readonly variables: 1 | 2
  readonly filtered: boolean
}

const shape = (macro: FoldMacro, variables: 1 | 2 = 1, filtered = false): Shape => ({
  macro,
  variables,
  filtered,
})

/** By name and number of arguments. */
const shapes: Readonly<Record<string, Shape>> = {
  'all/2': shape('all'),
  'exists/2': shape('exists'),
  'exists_one/2': shape('exists_one'),
  'existsOne/2': shape('exists_one'),
  'map/2': shape('map'),
  'map/3': shape('map', 1, true),
  'filter/2': shape('filter'),
  'all/3': shape('all', 2),
  'exists/3': shape('exists', 2),
  'exists_one/3': shape('exists_one', 2),
  'existsOne/3': shape('exists_one', 2),
  'transformList/3': shape('transformList', 2),
  'transformList/4': shape('transformList', 2, true),
  'transformMap/3': shape('transformMap', 2),
  'transformMap/4': shape('transformMap', 2, true),
  'transformMapEntry/3': shape('transformMapEntry', 2),
  'transformMapEntry/4': shape('transformMapEntry', 2, true),
}

/** As upstream words it for them. */
const simple = new Set<FoldMacro>(['all', 'exists', 'exists_one'])

function fold(call: Call, range: Expr, { macro, variables, filtered }: Shape): Expr {
  const names = call.args.slice(0, variables).map((variable) => {
    if (variable.kind === 'ident' && variable.name !== '@result') return variable.name
    const message = simple.has(macro)
      ? 'argument must be a simple name'
      : 'argument is not an identifier'
    throw new SyntaxProblem(variable.at, message)
  })
  const item = names.at(-1) as string
  const key = variables === 2 ? names[0] : undefined
  if (key === item) {
    throw new SyntaxProblem(call.args[1]?.at ?? call.at, `duplicate variable name: ${item}`)
  }
  const filter = filtered ? call.args[variables] : undefined
  const body = call.args.at(-1) as Expr
  return { kind: 'fold', at: call.at, macro, range, key, item, filter, body }
}
