/**
 * CEL, the language of policies and of rules in custom resources, with Kubernetes' functions and
 * upstream's messages and prices. This file is the way in; import it only when there is an expression.
 * Upstream: staging/src/k8s.io/apiserver/pkg/cel, github.com/google/cel-go.
 */
import { CostLimitExceeded, limits } from './budget.ts'
import { check, type Checked, type Declarations } from './check.ts'
import type { FunctionTable } from './functions.ts'
import { functions } from './library/all.ts'
import { validateLiterals } from './literals.ts'
import { parse } from './parse.ts'
import { ProblemList, SyntaxProblem } from './problems.ts'
import { Frame, planStep, type Step } from './program.ts'
import type { Expr } from './syntax.ts'
import { EvaluationError, type Value } from './value.ts'
import {
  bool,
  bytes,
  double,
  duration,
  dyn,
  int,
  listOf,
  mapOf,
  nullType,
  opaque,
  string,
  timestamp,
  uint,
  type ObjectType,
  type ValueType,
} from './value-type.ts'

/** What an expression may refer to. */
export interface Environment {
  readonly variables: Readonly<Record<string, ValueType>>
  /** Types that may be written as `Name{…}`, by name. */
  readonly structs?: ReadonlyMap<string, ObjectType>
  /** Default: those of policies and rules. */
  readonly functions?: FunctionTable
}

export type Compilation =
  | { readonly ok: true; readonly program: Program }
  /** As upstream prints issues: `ERROR: <input>:1:6: …`, with the line and a caret. */
  | { readonly ok: false; readonly problems: string }

export type Outcome =
  | { readonly ok: true; readonly value: Value; readonly cost: number }
  | {
      readonly ok: false
      readonly message: string
      readonly cost: number
      /** The expression cost more than it may. */
      readonly exceeded: boolean
    }

export function compile(source: string, environment: Environment): Compilation {
  const problems = new ProblemList(source)
  try {
    const expr = parse(source)
    const declarations = declare(environment)
    const checked = check(expr, declarations, problems)
    if (problems.isEmpty) validateLiterals(expr, checked, problems)
    if (problems.isEmpty) {
      return { ok: true, program: new Program({ expr, checked, declarations }) }
    }
  } catch (error) {
    if (!(error instanceof SyntaxProblem)) throw error
    problems.report(error.at, error.message)
  }
  return { ok: false, problems: problems.toString() }
}

const namedTypes: Readonly<Record<string, ValueType>> = {
  bool,
  bytes,
  double,
  int,
  string,
  uint,
  list: listOf(dyn),
  map: mapOf(dyn, dyn),
  null_type: nullType,
  type: { kind: 'type', of: dyn },
  optional_type: { kind: 'optional', of: dyn },
  'google.protobuf.Timestamp': timestamp,
  'google.protobuf.Duration': duration,
  'net.IP': opaque('net.IP'),
  'net.CIDR': opaque('net.CIDR'),
  'kubernetes.URL': opaque('kubernetes.URL'),
  'kubernetes.Quantity': opaque('kubernetes.Quantity'),
  'kubernetes.Semver': opaque('kubernetes.Semver'),
}

function declare({ variables, structs, functions: own = functions }: Environment): Declarations {
  return {
    variable: (name) => (Object.hasOwn(variables, name) ? variables[name] : undefined),
    typeNamed: (name) => (Object.hasOwn(namedTypes, name) ? namedTypes[name] : undefined),
    struct: (name) => structs?.get(name),
    functions: own,
  }
}

/** An expression that was understood; may be evaluated any number of times. */
export class Program {
  readonly expr: Expr
  readonly checked: Checked
  readonly #declarations: Declarations
  #step: Step | undefined

  constructor({
    expr,
    checked,
    declarations,
  }: {
    expr: Expr
    checked: Checked
    declarations: Declarations
  }) {
    this.expr = expr
    this.checked = checked
    this.#declarations = declarations
  }

  /** The type of the result. */
  get type(): ValueType {
    return this.checked.types.get(this.expr) ?? dyn
  }

  /**
   * Variables are plain data, read by the types of the environment, or values of CEL. A getter is
   * only called when the expression uses the variable.
   */
  evaluate(
    variables: Readonly<Record<string, unknown>>,
    costMax: number = limits.perCallCostMax,
  ): Outcome {
    const frame = new Frame(variables, costMax)
    try {
      const value = this.#run(frame)
      return { ok: true, value, cost: frame.cost }
    } catch (error) {
      const exceeded = error instanceof CostLimitExceeded
      if (!exceeded && !(error instanceof EvaluationError)) throw error
      return { ok: false, message: error.message, cost: frame.cost, exceeded }
    }
  }

  #run(frame: Frame): Value {
    this.#step ??= planStep(this.expr, {
      checked: this.checked,
      variable: this.#declarations.variable,
      typeNamed: this.#declarations.typeNamed,
      scope: new Map(),
      globals: [],
    })
    return this.#step(frame)
  }
}
