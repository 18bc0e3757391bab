/**
 * One rule of `x-kubernetes-validations`, understood.
 * Upstream: staging/src/k8s.io/apiextensions-apiserver/pkg/apiserver/schema/cel/compilation.go, v1.36.
 */
import type { ValidationRule } from '#api/apiextensions/v1.gen.ts'
import { compile, type Environment, type Program } from '#cel/compile.ts'
import { childrenOf } from '#cel/literals.ts'
import type { Expr } from '#cel/syntax.ts'
import { optionalOf, type ValueType } from '#cel/value-type.ts'

export interface Rule {
  readonly source: ValidationRule
  /** A text: why it cannot be run. */
  readonly program: Program | string
  readonly usesOldSelf: boolean
  /** Absent: the message is fixed. */
  readonly message?: Program | string
}

/** Undefined: the rule is empty, which the schema's own checks tell. */
export function compileRule(source: ValidationRule, self: ValueType): Rule | undefined {
  if (source.rule.trim() === '') return undefined
  const oldSelf = source.optionalOldSelf === true ? optionalOf(self) : self
  const environment = { variables: { self, oldSelf } }
  const program = compiled(source.rule, environment, {
    kinds: ['bool'],
    failed: 'compilation failed',
    mistyped: 'cel expression must evaluate to a bool',
  })
  const expression = source.messageExpression ?? ''
  return {
    source,
    program,
    usesOldSelf: typeof program !== 'string' && mentions(program.expr, 'oldSelf'),
    ...(expression.trim() !== '' && {
      message: compiled(expression, environment, {
        kinds: ['string'],
        failed: 'messageExpression compilation failed',
        mistyped: 'messageExpression must evaluate to a string',
      }),
    }),
  }
}

interface Wanted {
  readonly kinds: readonly ValueType['kind'][]
  readonly failed: string
  readonly mistyped: string
}

function compiled(
  source: string,
  environment: Environment,
  { kinds, failed, mistyped }: Wanted,
): Program | string {
  const result = compile(source, environment)
  if (!result.ok) return `${failed}: ${result.problems}`
  return [...kinds, 'dyn'].includes(result.program.type.kind) ? result.program : mistyped
}

function mentions(expr: Expr, name: string): boolean {
  if (expr.kind === 'ident' && expr.name === name) return true
  return childrenOf(expr).some((child) => mentions(child, name))
}
