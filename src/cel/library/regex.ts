/**
 * Regular expressions by RE2, whose time is linear in the text.
 * Upstream: apiserver pkg/cel/library/regex.go, cel-go `matches`.
 */
import { RE2JS } from 're2js'
import { fn, method, type FunctionRow } from '#cel/functions.ts'
import { EvaluationError, ListValue } from '#cel/value.ts'
import { regexCost } from './costs.ts'

const limits = {
  /** Compiled patterns that are kept; expressions mostly use constant ones. */
  patternsMax: 512,
} as const

const compiled = new Map<string, RE2JS>()

/** Throws an EvaluationError that says what is wrong with the pattern, as Go does. */
export function compilePattern(pattern: string): RE2JS {
  const known = compiled.get(pattern)
  if (known !== undefined) return known
  const fresh = compileFresh(pattern)
  if (compiled.size >= limits.patternsMax) compiled.clear()
  compiled.set(pattern, fresh)
  return fresh
}

function compileFresh(pattern: string): RE2JS {
  try {
    return RE2JS.compile(pattern)
  } catch (error) {
    throw new EvaluationError(error instanceof Error ? error.message : String(error))
  }
}

const matches = {
  run: (text: string, pattern: string) => compilePattern(pattern).test(text),
  cost: regexCost,
  id: 'matches_string',
} as const

function find(text: string, pattern: string): string {
  const matcher = compilePattern(pattern).matcher(text)
  return matcher.find() ? (matcher.group() ?? '') : ''
}

function findAll(text: string, pattern: string, limit = -1n): ListValue {
  const matcher = compilePattern(pattern).matcher(text)
  const found: string[] = []
  while ((limit < 0n || BigInt(found.length) < limit) && matcher.find()) {
    found.push(matcher.group() ?? '')
  }
  return new ListValue(found)
}

export const regex: readonly FunctionRow[] = [
  fn('matches', '(string, string) -> bool', matches),
  method('matches', '(string, string) -> bool', matches),
  method('find', '(string, string) -> string', { run: find, cost: regexCost }),
  method('findAll', '(string, string) -> list<string>', { run: findAll, cost: regexCost }),
  method('findAll', '(string, string, int) -> list<string>', { run: findAll, cost: regexCost }),
]
