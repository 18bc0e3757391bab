/**
 * Texts in an expression that can be seen to be wrong before it runs.
 * Upstream: cel-go cel/validator.go (durations, timestamps, regular expressions).
 */
import type { Checked } from './check.ts'
import { compilePattern } from './library/regex.ts'
import { parseDurationNanos } from '#api/duration.ts'
import { parseTimestamp } from './instant.ts'
import type { ProblemList } from './problems.ts'
import type { Call, Expr } from './syntax.ts'

interface Rule {
  /** Which argument, counted with the target. */
  readonly arg: number
  parse(text: string): unknown
  readonly message: string
}

const rules: Readonly<Record<string, Rule>> = {
  duration: { arg: 0, parse: parseDurationNanos, message: 'invalid duration argument' },
  timestamp: { arg: 0, parse: parseTimestamp, message: 'invalid timestamp argument' },
  matches: { arg: 1, parse: compilePattern, message: 'invalid matches argument' },
}

export function validateLiterals(expr: Expr, checked: Checked, problems: ProblemList): void {
  if (expr.kind === 'call') validateCall(expr, checked, problems)
  for (const child of childrenOf(expr)) validateLiterals(child, checked, problems)
}

function validateCall(call: Call, checked: Checked, problems: ProblemList): void {
  const rule = Object.hasOwn(rules, call.name) ? rules[call.name] : undefined
  const arg = rule === undefined ? undefined : checked.calls.get(call)?.args[rule.arg]
  if (rule === undefined || arg?.kind !== 'literal' || typeof arg.value !== 'string') return
  try {
    rule.parse(arg.value)
  } catch {
    problems.report(arg.at, rule.message)
  }
}

/** The expressions directly inside of one. */
export function childrenOf(expr: Expr): readonly Expr[] {
  switch (expr.kind) {
    case 'literal':
    case 'ident':
      return []
    case 'select':
      return [expr.operand]
    case 'call':
      return expr.target === undefined ? expr.args : [expr.target, ...expr.args]
    case 'list':
      return expr.elements.map(({ value }) => value)
    case 'map':
      return expr.entries.flatMap(({ key, value }) => [key, value])
    case 'struct':
      return expr.fields.map(({ value }) => value)
    case 'fold':
      return [expr.range, ...(expr.filter === undefined ? [] : [expr.filter]), expr.body]
    case 'bind':
      return [expr.operand, expr.body]
  }
}
