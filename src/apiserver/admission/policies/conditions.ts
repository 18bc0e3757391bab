/**
 * Match conditions: all must hold. Upstream: admission/plugin/webhook/matchconditions/matcher.go.
 * Load this file only for configurations that have expressions.
 */
import type { MatchCondition } from '#api/admissionregistration/v1.gen.ts'
import { limits } from '#cel/budget.ts'
import { compile, type Program } from '#cel/compile.ts'
import { activation, type Evaluated } from './activation.ts'
import { variablesOf, type Scope } from '#cel/admission-environment.ts'

export interface ConditionsResult {
  /** False when one does not hold, whatever the others say. */
  readonly matches: boolean
  readonly errors: readonly string[]
}

interface Condition {
  readonly expression: string
  /** A text: why it cannot be compiled. */
  readonly program: Program | string
}

export class Conditions {
  readonly #conditions: readonly Condition[]

  constructor(conditions: readonly MatchCondition[], scope: Scope) {
    const variables = variablesOf(scope)
    this.#conditions = conditions.map(({ expression }) => {
      const compiled = compile(expression, { variables })
      return { expression, program: compiled.ok ? compiled.program : compiled.problems }
    })
  }

  evaluate(evaluated: Evaluated, more: Readonly<Record<string, unknown>> = {}): ConditionsResult {
    const variables = withOwn(activation(evaluated), more)
    const errors: string[] = []
    let left: number = limits.matchConditionsCostMax
    for (const { expression, program } of this.#conditions) {
      if (typeof program === 'string') {
        errors.push(`compilation error: compilation failed: ${program}`)
        continue
      }
      const outcome = program.evaluate(variables, Math.min(left, limits.perCallCostMax))
      left -= outcome.cost
      if (!outcome.ok)
        errors.push(`expression '${expression}' resulted in error: ${outcome.message}`)
      else if (outcome.value !== true) return { matches: false, errors }
    }
    return { matches: true, errors }
  }
}

/** Both, without reading the getters of either. */
export function withOwn(
  base: Readonly<Record<string, unknown>>,
  more: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> {
  return Object.defineProperties(
    Object.defineProperties({}, Object.getOwnPropertyDescriptors(base)),
    Object.getOwnPropertyDescriptors(more),
  )
}
