/** Gives every part of an expression its type. Upstream: cel-go checker/checker.go and errors.go. */
import type { FunctionTable, Overload } from './functions.ts'
import type { ProblemList } from './problems.ts'
import type { Bind, Call, Expr, Fold, ListExpr, MapExpr, Select, StructExpr } from './syntax.ts'
import { Unifier } from './unify.ts'
import { runtimeType } from './runtime-type.ts'
import {
  bool,
  dyn,
  errorType,
  formatType,
  int,
  listOf,
  mapOf,
  optionalOf,
  type ObjectType,
  type ValueType,
} from './value-type.ts'

export interface Declarations {
  /** Undefined: no such variable. */
  variable(this: void, name: string): ValueType | undefined
  /** Types as values: `int`, `google.protobuf.Timestamp`. */
  typeNamed(this: void, name: string): ValueType | undefined
  /** Types that may be written as `Name{…}`. */
  struct(name: string): ObjectType | undefined
  readonly functions: FunctionTable
}

/** What the checker found out. */
export interface Checked {
  readonly types: ReadonlyMap<Expr, ValueType>
  /** The overloads that may serve a call, and whether its target is part of its name. */
  readonly calls: ReadonlyMap<Expr, ResolvedCall>
  /** Names with dots that are one variable or type. */
  readonly qualified: ReadonlyMap<Expr, string>
}

export interface ResolvedCall {
  readonly name: string
  readonly overloads: readonly Overload[]
  readonly args: readonly Expr[]
}

export function check(expr: Expr, declarations: Declarations, problems: ProblemList): Checked {
  const checker = new Checker(declarations, problems)
  checker.typeOf(expr)
  return checker.finish()
}

type Scope = ReadonlyMap<string, ValueType>

class Checker {
  readonly #declarations: Declarations
  readonly #problems: ProblemList
  readonly #unifier = new Unifier()
  readonly #types = new Map<Expr, ValueType>()
  readonly #calls = new Map<Expr, ResolvedCall>()
  readonly #qualified = new Map<Expr, string>()
  readonly #scopes: Scope[] = []

  constructor(declarations: Declarations, problems: ProblemList) {
    this.#declarations = declarations
    this.#problems = problems
  }

  finish(): Checked {
    const types = new Map<Expr, ValueType>()
    for (const [expr, type] of this.#types) types.set(expr, this.#unifier.final(type))
    return { types, calls: this.#calls, qualified: this.#qualified }
  }

  typeOf(expr: Expr): ValueType {
    const type = this.#unifier.resolve(this.#infer(expr))
    this.#types.set(expr, type)
    return type
  }

  #infer(expr: Expr): ValueType {
    switch (expr.kind) {
      case 'literal':
        return runtimeType(expr.value)
      case 'ident':
        return this.#named(expr.name) ?? this.#undeclared(expr.at, expr.name)
      case 'select':
        return this.#select(expr)
      case 'call':
        return this.#call(expr)
      case 'list':
        return this.#list(expr)
      case 'map':
        return this.#map(expr)
      case 'struct':
        return this.#struct(expr)
      case 'fold':
        return this.#fold(expr)
      case 'bind':
        return this.#bind(expr)
    }
  }

  #fail(at: number, message: string): ValueType {
    this.#problems.report(at, message)
    return errorType
  }

  #undeclared(at: number, name: string): ValueType {
    return this.#fail(at, `undeclared reference to '${name}' (in container '')`)
  }

  #named(name: string): ValueType | undefined {
    for (let at = this.#scopes.length - 1; at >= 0; at -= 1) {
      const type = this.#scopes[at]?.get(name)
      if (type !== undefined) return type
    }
    const variable = this.#declarations.variable(name)
    if (variable !== undefined) return variable
    const type = this.#declarations.typeNamed(name)
    return type === undefined ? undefined : { kind: 'type', of: type }
  }

  #select(expr: Select): ValueType {
    const name = expr.mode === 'value' ? this.#qualifiedName(expr) : undefined
    const whole = name === undefined ? undefined : this.#named(name)
    if (name !== undefined && whole !== undefined) {
      this.#qualified.set(expr, name)
      return whole
    }
    const operand = this.typeOf(expr.operand)
    const inside = operand.kind === 'optional' ? operand.of : operand
    const field = this.#fieldType(expr, inside)
    if (expr.mode === 'test') return bool
    if (field.kind === 'error') return field
    const wrapped = expr.mode === 'optional' || operand.kind === 'optional'
    return wrapped && field.kind !== 'optional' ? optionalOf(field) : field
  }

  #fieldType({ at, field }: Select, operand: ValueType): ValueType {
    switch (operand.kind) {
      case 'dyn':
      case 'error':
      case 'parameter':
        return dyn
      case 'map':
        return operand.value
      case 'object':
        return operand.fields.get(field)?.type ?? this.#fail(at, `undefined field '${field}'`)
      default:
        return this.#fail(at, `type '${formatType(operand)}' does not support field selection`)
    }
  }

  /** `a.b.c`, unless `a` is a variable of a macro. */
  #qualifiedName(expr: Expr): string | undefined {
    if (expr.kind === 'ident') {
      return this.#scopes.some((scope) => scope.has(expr.name)) ? undefined : expr.name
    }
    if (expr.kind !== 'select' || expr.mode !== 'value') return undefined
    const operand = this.#qualifiedName(expr.operand)
    return operand === undefined ? undefined : `${operand}.${expr.field}`
  }

  #call(expr: Call): ValueType {
    const { target, name } = expr
    if (target !== undefined) {
      const prefix = this.#qualifiedName(target)
      const whole = prefix === undefined ? undefined : `${prefix}.${name}`
      const overloads = whole === undefined ? undefined : this.#declarations.functions.get(whole)
      if (whole !== undefined && overloads !== undefined) {
        return this.#resolve(expr, { name: whole, overloads, args: expr.args })
      }
    }
    const args = target === undefined ? expr.args : [target, ...expr.args]
    const overloads = this.#declarations.functions.get(name)
    if (overloads === undefined) {
      for (const arg of args) this.typeOf(arg)
      return this.#undeclared(expr.at, name)
    }
    return this.#resolve(expr, { name, overloads, args })
  }

  #resolve(expr: Call, { name, overloads, args }: ResolvedCall): ValueType {
    const types = args.map((arg) => this.typeOf(arg))
    const isMethod = expr.target !== undefined && args.length > expr.args.length
    const fitting: Overload[] = []
    let result: ValueType | undefined
    for (const overload of overloads) {
      if (overload.isMethod !== isMethod) continue
      const fresh = this.#unifier.instantiate(overload)
      if (!this.#unifier.assignable(fresh.parameters, types)) continue
      fitting.push(overload)
      const own = this.#unifier.resolve(fresh.result)
      result = result === undefined || same(result, own) ? own : dyn
    }
    if (result === undefined) {
      const shown = types.map((type) => formatType(this.#unifier.final(type)))
      const applied = isMethod
        ? `'${shown[0]}.(${shown.slice(1).join(', ')})'`
        : `'(${shown.join(', ')})'`
      return this.#fail(expr.at, `found no matching overload for '${name}' applied to ${applied}`)
    }
    this.#calls.set(expr, { name, overloads: fitting, args })
    return result
  }

  #list({ elements }: ListExpr): ValueType {
    let joined: ValueType | undefined
    for (const { value, optional } of elements) {
      joined = this.#join(value.at, joined, this.#unwrapped(value, optional))
    }
    return listOf(joined ?? this.#unifier.free())
  }

  #map({ entries }: MapExpr): ValueType {
    let keys: ValueType | undefined
    let values: ValueType | undefined
    for (const { key, value, optional } of entries) {
      keys = this.#join(key.at, keys, this.typeOf(key))
      values = this.#join(value.at, values, this.#unwrapped(value, optional))
    }
    return mapOf(keys ?? this.#unifier.free(), values ?? this.#unifier.free())
  }

  /** The type inside of `?x`. */
  #unwrapped(value: Expr, optional: boolean): ValueType {
    const type = this.typeOf(value)
    if (!optional) return type
    if (type.kind === 'optional') return type.of
    if (type.kind === 'dyn' || type.kind === 'error') return dyn
    const expected = formatType(optionalOf(type))
    return this.#fail(value.at, `expected type '${expected}' but found '${formatType(type)}'`)
  }

  /** All elements have one type: upstream's homogeneous literals. */
  #join(at: number, previous: ValueType | undefined, current: ValueType): ValueType {
    if (previous === undefined) return current
    if (this.#unifier.assignable([previous], [current])) {
      const known = this.#unifier.resolve(previous)
      return known.kind === 'null' || current.kind === 'dyn' ? current : known
    }
    const shown = [previous, current].map((type) => formatType(this.#unifier.final(type)))
    return this.#fail(at, `expected type '${shown[0]}' but found '${shown[1]}'`)
  }

  #struct({ at, name, fields }: StructExpr): ValueType {
    const type = this.#declarations.struct(name)
    if (type === undefined) {
      for (const { value } of fields) this.typeOf(value)
      return this.#undeclared(at, name)
    }
    for (const { at: place, name: field, value, optional } of fields) {
      const own = this.#unwrapped(value, optional)
      const declared = type.fields.get(field)?.type
      if (declared === undefined) this.#fail(place, `undefined field '${field}'`)
      else if (!this.#unifier.assignable([declared], [own])) {
        const found = formatType(this.#unifier.final(own))
        const message = `expected type of field '${field}' is '${formatType(declared)}' but provided type is '${found}'`
        this.#fail(place, message)
      }
    }
    return type
  }

  #fold(expr: Fold): ValueType {
    const range = this.typeOf(expr.range)
    const [first, second] = this.#rangeTypes(expr.range.at, range)
    const scope = new Map<string, ValueType>()
    if (expr.key === undefined) scope.set(expr.item, range.kind === 'list' ? second : first)
    else scope.set(expr.key, first).set(expr.item, second)
    this.#scopes.push(scope)
    const filter = expr.filter === undefined ? undefined : this.typeOf(expr.filter)
    const body = this.typeOf(expr.body)
    this.#scopes.pop()
    if (filter !== undefined) this.#condition(expr, filter, '_?_:_')
    return this.#folded(expr, { body, key: first, item: scope.get(expr.item) ?? dyn })
  }

  /** Types of index or key, and of element or value. */
  #rangeTypes(at: number, range: ValueType): [ValueType, ValueType] {
    switch (range.kind) {
      case 'list':
        return [int, range.element]
      case 'map':
        return [range.key, range.value]
      case 'dyn':
      case 'error':
      case 'parameter':
        return [dyn, dyn]
      default: {
        const shown = formatType(range)
        const message = `expression of type '${shown}' cannot be range of a comprehension (must be list, map, or dynamic)`
        return [this.#fail(at, message), errorType]
      }
    }
  }

  #folded(expr: Fold, types: Record<'body' | 'key' | 'item', ValueType>): ValueType {
    const { body } = types
    switch (expr.macro) {
      case 'all':
        return this.#condition(expr, body, '_&&_')
      case 'exists':
        return this.#condition(expr, body, '_||_')
      case 'exists_one':
        return this.#condition(expr, body, '_?_:_')
      case 'filter':
        this.#condition(expr, body, '_?_:_')
        return listOf(types.item)
      case 'map':
      case 'transformList':
        return listOf(body)
      case 'transformMap':
        return mapOf(types.key, body)
      case 'transformMapEntry':
        if (body.kind === 'map' || body.kind === 'dyn' || body.kind === 'error') return body
        return this.#fail(expr.at, `expected type 'map(dyn, dyn)' but found '${formatType(body)}'`)
    }
  }

  #condition(expr: Fold, type: ValueType, operator: string): ValueType {
    if (this.#unifier.assignable([bool], [type])) return bool
    const shown = formatType(this.#unifier.final(type))
    const applied = operator === '_?_:_' ? `(${shown}, dyn, dyn)` : `(bool, ${shown})`
    return this.#fail(
      expr.at,
      `found no matching overload for '${operator}' applied to '${applied}'`,
    )
  }

  #bind(expr: Bind): ValueType {
    const operand = this.typeOf(expr.operand)
    const inside = operand.kind === 'optional' ? operand.of : dyn
    if (operand.kind !== 'optional' && operand.kind !== 'dyn' && operand.kind !== 'error') {
      const name = expr.flat ? 'optFlatMap' : 'optMap'
      const applied = `'${formatType(operand)}.()'`
      return this.#fail(expr.at, `found no matching overload for '${name}' applied to ${applied}`)
    }
    this.#scopes.push(new Map([[expr.variable, inside]]))
    const body = this.typeOf(expr.body)
    this.#scopes.pop()
    return expr.flat ? body : optionalOf(body)
  }
}

function same(a: ValueType, b: ValueType): boolean {
  return formatType(a) === formatType(b)
}
