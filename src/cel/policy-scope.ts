/**
 * The expressions of one policy: what they may refer to, variables that see those before them.
 * Upstream: admission/plugin/cel/{compile,composition}.go.
 */
import type { ParamKind, Variable } from '#api/admissionregistration/v1.gen.ts'
import { variablesOf } from './admission-environment.ts'
import { compile, type Environment, type Program } from './compile.ts'
import { mutationFunctions } from './library/all.ts'
import { structs } from './object-structs.ts'
import { dyn, type ValueType } from './value-type.ts'

export type Compiled = Program | { readonly problem: string }

export function compileExpression(expression: string, environment: Environment): Compiled {
  const compiled = compile(expression, environment)
  return compiled.ok ? compiled.program : { problem: `compilation failed: ${compiled.problems}` }
}

export interface NamedVariable {
  readonly name: string
  readonly compiled: Compiled
}

export interface ScopeOptions {
  readonly paramKind: ParamKind | undefined
  readonly variables: readonly Variable[]
  /** True: expressions make objects and patches. */
  readonly mutates?: boolean
  /** What `object` is; default: anything. */
  readonly object?: ValueType
  readonly params?: ValueType
}

export interface PolicyScope {
  readonly variables: readonly NamedVariable[]
  readonly environment: Environment
  /** Without the authorizer: messages and audit annotations may not ask it. */
  readonly quiet: Environment
}

/** Each variable sees those before it. */
export function policyScope({
  paramKind,
  variables,
  mutates = false,
  ...types
}: ScopeOptions): PolicyScope {
  const params = paramKind === undefined ? undefined : (types.params ?? dyn)
  const known = new Map<string, ValueType>()
  const environment = (authorizer: boolean): Environment => ({
    variables: variablesOf({
      params,
      variables: known,
      ...(types.object !== undefined && { object: types.object }),
      ...(!authorizer && { authorizer }),
    }),
    ...(mutates && { structs, functions: mutationFunctions }),
  })
  const named = variables.map(({ name, expression }) => {
    const compiled = compileExpression(expression, environment(true))
    known.set(name, 'problem' in compiled ? dyn : compiled.type)
    return { name, compiled }
  })
  return { variables: named, environment: environment(true), quiet: environment(false) }
}
