/** `quantity('1.5Gi')`. Upstream: apiserver pkg/cel/library/quantity.go. */
import { add, parseQuantity, scaledValue, type Quantity } from '#api/meta/quantity.ts'
import { fn, method, type FunctionRow } from '#cel/functions.ts'
import { EvaluationError, OpaqueValue } from '#cel/value.ts'
import { perCharacterOf } from './costs.ts'

const typeName = 'kubernetes.Quantity'

class QuantityValue extends OpaqueValue {
  readonly typeName = typeName
  readonly quantity: Quantity

  constructor(quantity: Quantity) {
    super()
    this.quantity = quantity
  }

  equals(other: OpaqueValue): boolean {
    return other instanceof QuantityValue && compare(this, other) === 0n
  }
}

function parse(text: string): QuantityValue {
  try {
    return new QuantityValue(parseQuantity(text))
  } catch (error) {
    throw new EvaluationError(error instanceof Error ? error.message : String(error))
  }
}

function isQuantity(text: string): boolean {
  try {
    parseQuantity(text)
    return true
  } catch {
    return false
  }
}

const negative = (quantity: Quantity): Quantity => ({ ...quantity, unscaled: -quantity.unscaled })

function compare(a: QuantityValue, b: QuantityValue): bigint {
  return sign(new QuantityValue(add(a.quantity, negative(b.quantity))))
}

function sign({ quantity: { unscaled } }: QuantityValue): bigint {
  return unscaled === 0n ? 0n : unscaled < 0n ? -1n : 1n
}

/** Undefined when it has a fraction or is too large. */
function integer({ quantity }: QuantityValue): bigint | undefined {
  const value = scaledValue(quantity, 0)
  const exact = add(quantity, { unscaled: -value, exponent: 0, format: 'DecimalSI' })
  return exact.unscaled === 0n && BigInt.asIntN(64, value) === value ? value : undefined
}

function asInteger(value: QuantityValue): bigint {
  const whole = integer(value)
  if (whole === undefined) throw new EvaluationError('cannot convert value to integer')
  return whole
}

const ofInt = (value: bigint): Quantity => ({
  unscaled: value,
  exponent: 0,
  format: 'DecimalExponent',
})

const two = `(${typeName}, ${typeName})`
const withInt = `(${typeName}, int)`

export const quantities: readonly FunctionRow[] = [
  fn('quantity', `(string) -> ${typeName}`, { run: parse, cost: perCharacterOf(0) }),
  fn('isQuantity', '(string) -> bool', { run: isQuantity, cost: perCharacterOf(0) }),
  method('sign', `(${typeName}) -> int`, { run: sign }),
  fn('sign', `(${typeName}) -> int`, { run: sign }),
  method('isInteger', `(${typeName}) -> bool`, {
    run: (value: QuantityValue) => integer(value) !== undefined,
  }),
  method('asInteger', `(${typeName}) -> int`, { run: asInteger }),
  method('asApproximateFloat', `(${typeName}) -> double`, {
    run: ({ quantity: { unscaled, exponent } }: QuantityValue) => Number(`${unscaled}e${exponent}`),
  }),
  method('isGreaterThan', `${two} -> bool`, {
    run: (a: QuantityValue, b: QuantityValue) => compare(a, b) > 0n,
  }),
  method('isLessThan', `${two} -> bool`, {
    run: (a: QuantityValue, b: QuantityValue) => compare(a, b) < 0n,
  }),
  method('compareTo', `${two} -> int`, { run: compare }),
  method('add', `${two} -> ${typeName}`, {
    run: (a: QuantityValue, b: QuantityValue) => new QuantityValue(add(a.quantity, b.quantity)),
  }),
  method('add', `${withInt} -> ${typeName}`, {
    run: (a: QuantityValue, b: bigint) => new QuantityValue(add(a.quantity, ofInt(b))),
  }),
  method('sub', `${two} -> ${typeName}`, {
    run: (a: QuantityValue, b: QuantityValue) =>
      new QuantityValue(add(a.quantity, negative(b.quantity))),
  }),
  method('sub', `${withInt} -> ${typeName}`, {
    run: (a: QuantityValue, b: bigint) => new QuantityValue(add(a.quantity, ofInt(-b))),
  }),
]
