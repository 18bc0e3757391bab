/** Small texts that many descriptions share. */
import { canonicalQuantity } from '#api/meta/quantity.ts'

export function orNone(text: string | undefined): string {
  return text === undefined || text === '' ? '<none>' : text
}

export function orUnset(value: string | number | boolean | undefined): string {
  return value === undefined ? '<unset>' : String(value)
}

export function boolText(value: boolean | undefined): string {
  return value === true ? 'True' : 'False'
}

export function boolOrUnset(value: boolean | undefined): string {
  return value === undefined ? '<unset>' : boolText(value)
}

/** A quantity as Go prints it; a missing one is zero. */
export function quantityText(quantity: string | undefined): string {
  return quantity === undefined ? '0' : canonicalQuantity(quantity)
}

export function intOrStringText(value: number | string | undefined): string {
  return value === undefined ? '<nil>' : String(value)
}
