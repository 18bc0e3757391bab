/** What the parser makes of an expression. `at` is where upstream points when something is wrong. */
import type { Value } from './value.ts'

export type Expr = Literal | Ident | Select | Call | ListExpr | MapExpr | StructExpr | Fold | Bind

export interface Literal {
  readonly kind: 'literal'
  readonly at: number
  readonly value: Value
}

export interface Ident {
  readonly kind: 'ident'
  readonly at: number
  readonly name: string
}

export interface Select {
  readonly kind: 'select'
  readonly at: number
  readonly operand: Expr
  readonly field: string
  /** `has(a.b)` asks whether the field is there; `a.?b` gives an optional. */
  readonly mode: 'value' | 'test' | 'optional'
}

/** Operators are calls, too, by cel-go's names: `_+_`, `_[_]`, `!_`. */
export interface Call {
  readonly kind: 'call'
  readonly at: number
  readonly name: string
  readonly target: Expr | undefined
  readonly args: readonly Expr[]
}

export interface ListExpr {
  readonly kind: 'list'
  readonly at: number
  readonly elements: readonly { readonly value: Expr; readonly optional: boolean }[]
}

export interface MapExpr {
  readonly kind: 'map'
  readonly at: number
  readonly entries: readonly MapEntry[]
}

export interface MapEntry {
  readonly at: number
  readonly key: Expr
  readonly value: Expr
  readonly optional: boolean
}

/** `Object.spec{replicas: 1}` */
export interface StructExpr {
  readonly kind: 'struct'
  readonly at: number
  readonly name: string
  readonly fields: readonly {
    readonly at: number
    readonly name: string
    readonly value: Expr
    readonly optional: boolean
  }[]
}

export type FoldMacro =
  | 'all'
  | 'exists'
  | 'exists_one'
  | 'map'
  | 'filter'
  | 'transformList'
  | 'transformMap'
  | 'transformMapEntry'

/** A macro that walks a list or a map. With `key`, it is one with two variables. */
export interface Fold {
  readonly kind: 'fold'
  readonly at: number
  readonly macro: FoldMacro
  readonly range: Expr
  readonly key: string | undefined
  readonly item: string
  readonly filter: Expr | undefined
  readonly body: Expr
}

/** `optional.optMap(x, …)` and `optFlatMap`: the body with the optional's value as a variable. */
export interface Bind {
  readonly kind: 'bind'
  readonly at: number
  readonly flat: boolean
  readonly operand: Expr
  readonly variable: string
  readonly body: Expr
}
