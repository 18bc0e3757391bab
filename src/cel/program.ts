/**
 * A checked expression as closures: each part becomes a function of a frame, chosen once. Every step
 * adds its price to the frame. Upstream: cel-go interpreter/planner.go and runtimecost.go.
 */
import { adapterOf } from './adapt.ts'
import { CostLimitExceeded, prices } from './budget.ts'
import type { Checked, ResolvedCall } from './check.ts'
import { equal } from './equality.ts'
import { planFold } from './fold.ts'
import type { Overload } from './functions.ts'
import { nameOfRuntimeType } from './runtime-type.ts'
import { sizeOf } from './size.ts'
import type { Bind, Call, Expr, ListExpr, MapExpr, Select, StructExpr } from './syntax.ts'
import {
  EvaluationError,
  isMap,
  ListValue,
  LiteralMap,
  none,
  OptionalValue,
  TypeValue,
  type Value,
} from './value.ts'
import { dyn, type ValueType } from './value-type.ts'

/** One evaluation. */
export class Frame {
  /** Variables of macros. */
  readonly locals: Value[] = []
  /** Variables of the environment, once they are values. */
  readonly globals: (Value | undefined)[] = []
  readonly variables: Readonly<Record<string, unknown>>
  readonly #costMax: number
  cost = 0

  constructor(variables: Readonly<Record<string, unknown>>, costMax: number) {
    this.variables = variables
    this.#costMax = costMax
  }

  charge(price: number): void {
    this.cost += price
    if (this.cost > this.#costMax) throw new CostLimitExceeded()
  }
}

export type Step = (frame: Frame) => Value

/** What planning knows: types, and where the variables of macros are. */
export interface Plan {
  readonly checked: Checked
  /** Types of the environment's variables by name. */
  variable(name: string): ValueType | undefined
  typeNamed(name: string): ValueType | undefined
  /** Slots of the variables of macros around this place. */
  readonly scope: ReadonlyMap<string, number>
  /** Names of the environment's variables, in the order of their slots. */
  readonly globals: string[]
}

export function planStep(expr: Expr, plan: Plan): Step {
  switch (expr.kind) {
    case 'literal': {
      const { value } = expr
      return () => value
    }
    case 'ident':
      return planName(expr.name, plan)
    case 'select': {
      const name = plan.checked.qualified.get(expr)
      return name === undefined ? planSelect(expr, plan) : planName(name, plan)
    }
    case 'call':
      return planCall(expr, plan)
    case 'list':
      return planList(expr, plan)
    case 'map':
      return planMap(expr, plan)
    case 'struct':
      return planStruct(expr, plan)
    case 'fold':
      return planFold(expr, plan)
    case 'bind':
      return planBind(expr, plan)
  }
}

function planName(name: string, plan: Plan): Step {
  const slot = plan.scope.get(name)
  if (slot !== undefined) {
    return (frame) => {
      frame.charge(prices.selectOrIdent)
      return frame.locals[slot] ?? null
    }
  }
  const type = plan.variable(name)
  if (type === undefined) return planType(plan.typeNamed(name) ?? dyn)
  return planGlobal(name, { type, plan })
}

function planType(type: ValueType): Step {
  const value = new TypeValue(type)
  return () => value
}

function planGlobal(name: string, { type, plan }: { type: ValueType; plan: Plan }): Step {
  let slot = plan.globals.indexOf(name)
  if (slot < 0) slot = plan.globals.push(name) - 1
  const adapt = adapterOf(type)
  return (frame) => {
    frame.charge(prices.selectOrIdent)
    const known = frame.globals[slot]
    if (known !== undefined) return known
    const raw = frame.variables[name]
    if (raw === undefined) throw new EvaluationError(`no such attribute(s): ${name}`)
    const value = adapt(raw)
    frame.globals[slot] = value
    return value
  }
}

function planSelect({ operand, field, mode }: Select, plan: Plan): Step {
  const step = planStep(operand, plan)
  if (mode === 'test') return (frame) => has(step(frame), field)
  if (mode === 'optional') {
    return (frame) => {
      frame.charge(prices.selectOrIdent)
      return optionalField(step(frame), field)
    }
  }
  return (frame) => {
    const value = step(frame)
    frame.charge(prices.selectOrIdent)
    return value instanceof OptionalValue ? optionalField(value, field) : select(value, field)
  }
}

function select(value: Value, field: string): Value {
  if (!isMap(value)) throw new EvaluationError('no such overload')
  const found = value.get(field)
  if (found === undefined) throw new EvaluationError(`no such key: ${field}`)
  return found
}

function has(value: Value, field: string): boolean {
  const inside = value instanceof OptionalValue ? value.value : value
  if (inside === undefined) return false
  if (!isMap(inside)) throw new EvaluationError('no such overload')
  return inside.has(field)
}

function optionalField(value: Value, field: string): Value {
  const inside = value instanceof OptionalValue ? value.value : value
  if (inside === undefined) return none
  if (!isMap(inside)) throw new EvaluationError('no such overload')
  const found = inside.get(field)
  return found === undefined ? none : new OptionalValue(found)
}

type Operator = (args: readonly Step[]) => Step

/** Those that do not evaluate all of their arguments, and equality. */
const lazy: Readonly<Record<string, Operator>> = {
  '_&&_': ([left, right]) => shortcut(left as Step, right as Step, false),
  '_||_': ([left, right]) => shortcut(left as Step, right as Step, true),
  '_?_:_': ([condition, yes, no]) => choice(condition as Step, yes as Step, no as Step),
  '_==_': ([left, right]) => comparison(left as Step, right as Step, true),
  '_!=_': ([left, right]) => comparison(left as Step, right as Step, false),
}

function planCall(expr: Call, plan: Plan): Step {
  const call = plan.checked.calls.get(expr)
  if (call === undefined) throw new Error(`${expr.name} was not checked`)
  const args = call.args.map((arg) => planStep(arg, plan))
  const special = expr.target === undefined ? lazy[call.name] : undefined
  if (special !== undefined) return special(args)
  if (call.name === 'or' || call.name === 'orValue') return planOr(call.name, args)
  return planFunction(call, args)
}

/** `||` and `&&` do not care on which side an error is when the other side decides. */
function shortcut(left: Step, right: Step, deciding: boolean): Step {
  return (frame) => {
    let failure: EvaluationError | undefined
    try {
      const value = left(frame)
      if (value === deciding) return deciding
      if (typeof value !== 'boolean') failure = new EvaluationError('no such overload')
    } catch (error) {
      if (!(error instanceof EvaluationError)) throw error
      failure = error
    }
    const value = right(frame)
    if (value === deciding) return deciding
    if (failure !== undefined) throw failure
    if (typeof value !== 'boolean') throw new EvaluationError('no such overload')
    return !deciding
  }
}

function choice(condition: Step, yes: Step, no: Step): Step {
  return (frame) => {
    const value = condition(frame)
    if (typeof value !== 'boolean') throw new EvaluationError('no such overload')
    return value ? yes(frame) : no(frame)
  }
}

function comparison(left: Step, right: Step, wanted: boolean): Step {
  return (frame) => {
    const a = left(frame)
    const b = right(frame)
    frame.charge(Math.ceil(Math.min(sizeOf(a), sizeOf(b)) * prices.perCharacter))
    return equal(a, b) === wanted
  }
}

/** `a.or(b)`, `a.orValue(b)`: b is only evaluated when a has no value. */
function planOr(name: 'or' | 'orValue', [first, second]: readonly Step[]): Step {
  return (frame) => {
    const value = (first as Step)(frame)
    frame.charge(1)
    if (!(value instanceof OptionalValue)) throw new EvaluationError('no such overload')
    if (value.value === undefined) return (second as Step)(frame)
    return name === 'or' ? value : value.value
  }
}

function planFunction({ name, overloads }: ResolvedCall, steps: readonly Step[]): Step {
  const [only] = overloads
  const isOperator = /^[@_!-]/.test(name)
  return (frame) => {
    const args = steps.map((step) => step(frame))
    const chosen = overloads.length === 1 && only !== undefined ? only : choose(overloads, args)
    if (chosen === undefined || !fits(chosen, args)) {
      const shown = args.map(nameOfRuntimeType).join(', ')
      throw new EvaluationError(`no such overload${isOperator ? '' : `: ${name}(${shown})`}`)
    }
    const result = chosen.run(...(args as never[]))
    frame.charge(chosen.cost(args, result))
    return result
  }
}

function choose(overloads: readonly Overload[], args: readonly Value[]): Overload | undefined {
  return overloads.find((overload) => fits(overload, args))
}

function fits({ accepts }: Overload, args: readonly Value[]): boolean {
  for (let at = 0; at < accepts.length; at += 1) {
    if (accepts[at]?.(args[at] as Value) !== true) return false
  }
  return true
}

function planList({ elements }: ListExpr, plan: Plan): Step {
  const steps = elements.map(({ value }) => planStep(value, plan))
  if (elements.every(({ optional }) => !optional)) {
    return (frame) => {
      frame.charge(prices.list)
      return new ListValue(steps.map((step) => step(frame)))
    }
  }
  return (frame) => {
    frame.charge(prices.list)
    const items: Value[] = []
    for (const [at, step] of steps.entries()) {
      const value = elements[at]?.optional === true ? unwrap(step(frame)) : step(frame)
      if (value !== undefined) items.push(value)
    }
    return new ListValue(items)
  }
}

function unwrap(value: Value): Value | undefined {
  if (value instanceof OptionalValue) return value.value
  throw new EvaluationError('no such overload')
}

function planMap({ entries }: MapExpr, plan: Plan): Step {
  const steps = entries.map(({ key, value, optional }) => ({
    key: planStep(key, plan),
    value: planStep(value, plan),
    optional,
  }))
  return (frame) => {
    frame.charge(prices.map)
    const pairs: [Value, Value][] = []
    for (const { key, value, optional } of steps) {
      const name = key(frame)
      const content = optional ? unwrap(value(frame)) : value(frame)
      if (content !== undefined) pairs.push([name, content])
    }
    return new LiteralMap(pairs)
  }
}

function planStruct({ name, fields }: StructExpr, plan: Plan): Step {
  const steps = fields.map((field) => ({ ...field, step: planStep(field.value, plan) }))
  return (frame) => {
    frame.charge(prices.struct)
    const pairs: [Value, Value][] = []
    for (const { name: field, step, optional } of steps) {
      const value = optional ? unwrap(step(frame)) : step(frame)
      if (value !== undefined) pairs.push([field, value])
    }
    return new LiteralMap(pairs, name)
  }
}

function planBind({ operand, variable, body, flat }: Bind, plan: Plan): Step {
  const step = planStep(operand, plan)
  const slot = plan.scope.size
  const inner = planStep(body, { ...plan, scope: withLocals(plan.scope, [variable]) })
  return (frame) => {
    const value = step(frame)
    if (!(value instanceof OptionalValue)) throw new EvaluationError('no such overload')
    if (value.value === undefined) return none
    frame.locals[slot] = value.value
    const result = inner(frame)
    return flat ? result : new OptionalValue(result)
  }
}

/**
 * New slots for names. A name that hides another one takes a slot of its own, for the outer one lives
 * on: the unnamed entries keep the count of slots right.
 */
export function withLocals(
  scope: ReadonlyMap<string, number>,
  names: readonly string[],
): ReadonlyMap<string, number> {
  const next = new Map(scope)
  for (const name of names) {
    const slot = next.size
    if (next.has(name)) next.set(`\0${slot}`, slot)
    next.set(name, slot)
  }
  return next
}
