/** Amounts by resource name, as a quota counts them. */
import { add, formatQuantity, parseQuantity } from '#api/meta/quantity.ts'
import type { Quantity } from '#api/meta/quantity.ts'

export type Usage = ReadonlyMap<string, Quantity>

export const one: Quantity = parseQuantity('1')
export const zero: Quantity = parseQuantity('0')

export function count(number: number): Quantity {
  return parseQuantity(String(number))
}

export function usageOf(amounts: Readonly<Record<string, string>>): Usage {
  return new Map(Object.entries(amounts).map(([name, text]) => [name, parseQuantity(text)]))
}

export function plus(a: Usage, b: Usage): Usage {
  const total = new Map(a)
  for (const [name, amount] of b) total.set(name, add(total.get(name) ?? zero, amount))
  return total
}

export function minus(a: Usage, b: Usage): Usage {
  const total = new Map(a)
  for (const [name, amount] of b) {
    total.set(name, add(total.get(name) ?? zero, { ...amount, unscaled: -amount.unscaled }))
  }
  return total
}

/** Only what is named. */
export function mask(usage: Usage, names: ReadonlyMap<string, unknown>): Usage {
  return new Map([...usage].filter(([name]) => names.has(name)))
}

/** Only what is more than nothing. */
export function positive(usage: Usage): Usage {
  return new Map([...usage].filter(([, amount]) => amount.unscaled > 0n))
}

/** The names of which there is more than allowed. */
export function exceeding(usage: Usage, hard: Usage): readonly string[] {
  return [...usage.keys()].filter((name) => {
    const limit = hard.get(name)
    const amount = usage.get(name)
    if (limit === undefined || amount === undefined) return false
    return add(amount, { ...limit, unscaled: -limit.unscaled }).unscaled > 0n
  })
}

/** `limits.cpu=1,pods=2`, sorted by name. */
export function printed(usage: Usage, names: readonly string[]): string {
  return names
    .toSorted((a, b) => (a < b ? -1 : 1))
    .map((name) => `${name}=${formatQuantity(usage.get(name) ?? zero)}`)
    .join(',')
}

export function formatUsage(usage: Usage): Record<string, string> {
  return Object.fromEntries([...usage].map(([name, amount]) => [name, formatQuantity(amount)]))
}
