/**
 * The most that an expression can cost, from the sizes that its types allow. Types say them with
 * `sizeMax`; a text, list or map without one may be of any size.
 * Upstream: cel-go checker/cost.go, apiserver pkg/cel/library/cost.go (EstimateCallCost).
 */
import { prices } from './budget.ts'
import type { Program } from './compile.ts'
import { foldPrices } from './fold.ts'
import { callEstimates, type Size } from './estimate-calls.ts'
import { sizeOf } from './size.ts'
import type { Call, Expr, Fold } from './syntax.ts'
import type { ValueType } from './value-type.ts'

/** Infinity: there is no bound. */
export function estimateCost(program: Program): number {
  return new Estimator(program).costOf(program.expr)
}

class Estimator {
  readonly #checked: Program['checked']
  /** Of calls and macros whose result has a size of its own. */
  readonly #sizes = new Map<Expr, Size>()

  constructor({ checked }: Program) {
    this.#checked = checked
  }

  costOf(expr: Expr): number {
    switch (expr.kind) {
      case 'literal':
        return 0
      case 'ident':
        return prices.selectOrIdent
      case 'select':
        return this.costOf(expr.operand) + (expr.mode === 'test' ? 0 : prices.selectOrIdent)
      case 'call':
        return this.#call(expr)
      case 'list':
        return prices.list + this.#sum(expr.elements.map(({ value }) => value))
      case 'map':
        return prices.map + this.#sum(expr.entries.flatMap(({ key, value }) => [key, value]))
      case 'struct':
        return prices.struct + this.#sum(expr.fields.map(({ value }) => value))
      case 'fold':
        return this.#fold(expr)
      case 'bind':
        return this.#sum([expr.operand, expr.body]) + prices.list
    }
  }

  #sum(parts: readonly Expr[]): number {
    let sum = 0
    for (const part of parts) sum += this.costOf(part)
    return sum
  }

  #call(expr: Call): number {
    const call = this.#checked.calls.get(expr)
    if (call === undefined) return this.#sum(expr.args)
    const { name, args } = call
    if (name === '_?_:_') {
      const [condition = 0, yes = 0, no = 0] = args.map((arg) => this.costOf(arg))
      this.#keep(expr, [args[1], args[2]])
      return condition + Math.max(yes, no)
    }
    const own = this.#sum(args)
    if (name === '_&&_' || name === '_||_') return own
    const estimate = Object.hasOwn(callEstimates, name) ? callEstimates[name] : undefined
    if (estimate === undefined) return own + 1
    const first = args[0] === undefined ? undefined : this.#checked.types.get(args[0])
    const { cost, size } = estimate(
      args.map((arg) => this.#sizeOf(arg)),
      {
        first,
        element: this.#elementSize(first),
      },
    )
    if (size !== undefined) this.#sizes.set(expr, size)
    return own + cost
  }

  /** The result is one of these. */
  #keep(expr: Expr, parts: readonly (Expr | undefined)[]): void {
    const sizes = parts.flatMap((part) => (part === undefined ? [] : [this.#sizeOf(part)]))
    this.#sizes.set(expr, {
      min: Math.min(...sizes.map(({ min }) => min)),
      max: Math.max(...sizes.map(({ max }) => max)),
    })
  }

  #fold(fold: Fold): number {
    const range = this.costOf(fold.range)
    const { max } = this.#sizeOf(fold.range)
    const { round, start } = foldPrices[fold.macro]
    const filter = fold.filter === undefined ? 0 : this.costOf(fold.filter)
    const step = round + filter + this.costOf(fold.body)
    this.#sizes.set(fold, { min: 0, max })
    return range + start + step * max + prices.selectOrIdent
  }

  #sizeOf(expr: Expr): Size {
    const known = this.#sizes.get(expr)
    if (known !== undefined) return known
    if (expr.kind === 'literal') return exactly(sizeOf(expr.value))
    if (expr.kind === 'list') return exactly(expr.elements.length)
    if (expr.kind === 'map') return exactly(expr.entries.length)
    return typeSize(this.#checked.types.get(expr))
  }

  #elementSize(type: ValueType | undefined): Size {
    return typeSize(type?.kind === 'list' ? type.element : undefined)
  }
}

const exactly = (size: number): Size => ({ min: size, max: size })

const sized = new Set<ValueType['kind']>(['string', 'bytes', 'list', 'map', 'dyn', 'parameter'])

function typeSize(type: ValueType | undefined): Size {
  if (type !== undefined && !sized.has(type.kind)) return exactly(1)
  const max = type !== undefined && 'sizeMax' in type ? type.sizeMax : undefined
  return { min: 0, max: max ?? Infinity }
}
