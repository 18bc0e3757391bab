/**
 * Evaluating the expressions of one policy: parameters, variables, a budget.
 * Upstream: admission/plugin/cel/{condition,composition}.go.
 */
import { limits } from '#cel/budget.ts'
import type { Program } from '#cel/compile.ts'
import type { Compiled, NamedVariable, PolicyScope } from '#cel/policy-scope.ts'
import { DataMap, EvaluationError, type DataShape, type Value } from '#cel/value.ts'
import { activation, type Evaluated } from './activation.ts'
import { withOwn } from './conditions.ts'

/** What is left to spend on one object. */
export class Budget {
  #left: number

  constructor(costMax: number) {
    this.#left = costMax
  }

  /** Undefined when nothing is left. */
  run(program: Program, variables: Readonly<Record<string, unknown>>): Result | undefined {
    if (this.#left <= 0) return undefined
    const outcome = program.evaluate(variables, limits.perCallCostMax)
    this.#left -= outcome.cost
    if (this.#left < 0) return undefined
    return outcome.ok ? { value: outcome.value } : { error: outcome.message }
  }
}

export type Result = { readonly value: Value } | { readonly error: string }

export const outOfBudget =
  'validation failed due to running out of cost budget, no further validation rules will be run'

/** One request, one binding, one parameter object. */
export class Evaluation {
  readonly budget = new Budget(limits.perObjectCostMax)
  readonly #values: Readonly<Record<string, unknown>>

  constructor(evaluated: Evaluated, scope: PolicyScope, params: unknown) {
    const own = { params, variables: lazily(scope.variables, (program) => this.#variable(program)) }
    this.#values = withOwn(activation(evaluated), own)
  }

  get values(): Readonly<Record<string, unknown>> {
    return this.#values
  }

  run(expression: string, compiled: Compiled): Result {
    if ('problem' in compiled) return { error: `compilation error: ${compiled.problem}` }
    const result = this.budget.run(compiled, this.#values)
    if (result === undefined) return { error: outOfBudget }
    if ('value' in result) return result
    return { error: `expression '${expression}' resulted in error: ${result.error}` }
  }

  #variable({ name, compiled }: NamedVariable): Value {
    if ('problem' in compiled) {
      throw new EvaluationError(
        `composited variable "${name}" fails to compile: ${compiled.problem}`,
      )
    }
    const result = this.budget.run(compiled, this.#values)
    if (result === undefined) throw new EvaluationError(outOfBudget)
    if ('value' in result) return result.value
    throw new EvaluationError(`composited variable "${name}" fails to evaluate: ${result.error}`)
  }
}

const asItIs: DataShape = {
  typeName: 'kubernetes.variables',
  property: (name) => name,
  nameOf: (property) => property,
  adapt: (_, value) => value as Value,
}

/** An object whose properties are calculated when they are first read. */
function lazily(
  variables: readonly NamedVariable[],
  calculate: (variable: NamedVariable) => Value,
): DataMap {
  const values: Record<string, unknown> = {}
  for (const variable of variables) {
    let value: Value | undefined
    Object.defineProperty(values, variable.name, {
      enumerable: true,
      get: () => (value ??= calculate(variable)),
    })
  }
  return new DataMap(values, asItIs)
}
