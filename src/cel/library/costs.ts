/** Prices that several functions share. Upstream: apiserver pkg/cel/library/cost.go (CallCost). */
import { prices } from '#cel/budget.ts'
import type { CallCost } from '#cel/functions.ts'
import { sizeOf } from '#cel/size.ts'
import { isMap, ListValue, type Value } from '#cel/value.ts'

export const traverse = (size: number): number => Math.ceil(size * prices.perCharacter)

/** Reading one argument from end to end. */
export const perCharacterOf =
  (at: number, times = 1): CallCost =>
  (args) =>
    traverse(sizeOf(args[at] ?? null) * times)

/** Reading a text with a regular expression. */
export const regexCost: CallCost = ([text, pattern]) =>
  traverse(1 + sizeOf(text ?? null)) * Math.ceil(sizeOf(pattern ?? null) * prices.perRegexCharacter)

/** A walk through all that a value contains. */
export function deepTraversal(value: Value): number {
  if (typeof value === 'string' || value instanceof Uint8Array) return traverse(value.length)
  if (value instanceof ListValue) {
    let sum = 0
    for (const item of value) sum += deepTraversal(item)
    return sum
  }
  if (typeof value === 'object' && value !== null && isMap(value)) {
    let sum = 0
    for (const key of value.keys())
      sum += deepTraversal(key) + deepTraversal(value.get(key) ?? null)
    return sum
  }
  return 1
}
