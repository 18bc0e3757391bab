/**
 * What differs between two values, for messages about immutable fields: one line per leaf, `-` for what
 * was, `+` for what is asked for. Upstream prints a diff of Go values here, whose form it does not promise.
 */
import { semanticEqual } from './equality.ts'

const linesMax = 50

export function difference(prior: unknown, next: unknown): string {
  const lines: string[] = []
  collect('', prior, next, lines)
  const shown = lines.slice(0, linesMax)
  if (lines.length > linesMax) shown.push(`  … ${lines.length - linesMax} more`)
  return `${shown.join('\n')}\n`
}

function collect(path: string, prior: unknown, next: unknown, lines: string[]): void {
  if (semanticEqual(prior, next) || lines.length > linesMax * 2) return
  if (isBranch(prior) && isBranch(next) && Array.isArray(prior) === Array.isArray(next)) {
    for (const key of new Set([...Object.keys(prior), ...Object.keys(next)])) {
      const step = Array.isArray(prior) ? `[${key}]` : path === '' ? key : `.${key}`
      collect(path + step, prior[key], next[key], lines)
    }
    return
  }
  if (prior !== undefined) lines.push(`- \t${path}: ${JSON.stringify(prior)}`)
  if (next !== undefined) lines.push(`+ \t${path}: ${JSON.stringify(next)}`)
}

function isBranch(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}
