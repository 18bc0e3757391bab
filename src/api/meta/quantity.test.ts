import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as quantity from './quantity.ts'

/** What kubectl 1.36 answers for a quantity that it has parsed. */
const canonical: Readonly<Record<string, string>> = {
  '+5': '+5',
  '00100': '00100',
  '1.': '1.',
  '1000': '1k',
  '1000000': '1M',
  '99999999999999999999': '99999999999999999999',
  '0.10': '100m',
  '.5': '500m',
  '100.0': '100',
  '1000k': '1M',
  '1e3': '1e3',
  '12e6': '12e6',
  '12000e3': '12e6',
  '1500e3': '1500e3',
  '1e-3': '1e-3',
  '3e-3': '3e-3',
  '0': '0',
  '00': '0',
  '0.0': '0',
  '0m': '0',
  '0Gi': '0',
  '-0': '0',
  '5000': '5k',
  '1Ei': '1Ei',
  '8Ei': '9223372036854775807',
  '1048576': '1048576',
  '1024': '1024',
  '1024Mi': '1Gi',
  '1025Ki': '1025Ki',
  '1000Ki': '1000Ki',
  '1.5Gi': '1536Mi',
  '0.5Gi': '512Mi',
  '0.1Ki': '102400m',
  '1.1Ki': '1126400m',
  '1.5Ki': '1536',
  '0.001Ki': '1024m',
  '-0.3Gi': '-322122547200m',
  '1000m': '1',
  '1500m': '1500m',
  '-1500m': '-1500m',
  '100m': '100m',
  '0100m': '0100m',
  '9223372036854775807': '9223372036854775807',
  '9223372036854775807Ki': '9223372036854775807',
  '1000000000000000000': '1E',
  '1e20': '100e18',
  '1e18': '1e18',
  '1e19': '10e18',
  '1e-10': '1e-9',
  '.0000000001': '1n',
  '-0.0000000001': '-1n',
  '5.5e3': '5500',
  '1E+3': '1E+3',
  '1e1000000': '10e999999',
  '1e99999999999': '10e1215752190',
  '100000n': '100u',
  '1500000000n': '1500m',
  '1u': '1u',
  '123456789012345678': '123456789012345678',
  '0.1234567891': '123456790n',
  '1.5': '1500m',
  '0.9999999999Ki': '1023999999898n',
  ' 1000m ': '1',
}

for (const [text, expected] of Object.entries(canonical)) {
  test(`${text} → ${expected}`, () => assert.equal(quantity.canonicalQuantity(text), expected))
}

const shape =
  "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"
const suffix = "unable to parse quantity's suffix"

for (const [text, message] of [
  ['', shape],
  ['abc', shape],
  ['1x', shape],
  ['1.2.3', shape],
  ['0x1', shape],
  ['1Ki1', suffix],
  ['+-1', suffix],
  ['1e', suffix],
  ['1ki', suffix],
] as const) {
  test(`${JSON.stringify(text)} is no quantity`, () => {
    assert.throws(() => quantity.parseQuantity(text), { name: 'QuantityError', message })
  })
}

for (const [text, millis] of [
  ['1', 1000],
  ['100m', 100],
  ['0.5', 500],
  ['1.0001', 1001],
  ['2k', 2_000_000],
  ['1u', 1],
  ['-1.5', -1500],
] as const) {
  test(`${text} of cpu is ${millis} thousandths`, () => {
    assert.equal(quantity.cpuMillis(text), millis)
  })
}

for (const [text, units] of [
  ['128Mi', 134217728n],
  ['1Gi', 1073741824n],
  ['1.5Gi', 1610612736n],
  ['100', 100n],
  ['1k', 1000n],
  ['100m', 1n],
  ['-100m', 0n],
  ['1e30', 9223372036854775807n],
  ['-1e30', -9223372036854775808n],
  ['999999999999999Gi', 9223372036854775807n],
  ['1e999999999', 9223372036854775807n],
] as const) {
  test(`${text} is ${units} units`, () => assert.equal(quantity.wholeUnits(text), units))
}

for (const [a, b, sum, difference, order] of [
  ['1', '500m', '1500m', '500m', 1],
  ['1Gi', '512Mi', '1536Mi', '512Mi', 1],
  ['0', '1Gi', '1Gi', '-1Gi', -1],
  ['1', '1Gi', '1073741825', '-1073741823', -1],
  ['1000m', '1', '2', '0', 0],
  ['1Mi', '1048576', '2Mi', '0', 0],
  ['-1', '1', '0', '-2', -1],
] as const) {
  test(`${a} and ${b}`, () => {
    assert.equal(quantity.addQuantities(a, b), sum)
    assert.equal(quantity.subtractQuantities(a, b), difference)
    assert.equal(Math.sign(quantity.compareQuantities(a, b)), order)
  })
}

for (const [text, expected] of [
  ['100u', '1m'],
  ['1500m', '1500m'],
  ['1.5', '1.5'],
  ['1Gi', '1Gi'],
  ['1.0001', '1001m'],
  ['-1u', '-1m'],
] as const) {
  test(`${text} in thousandths is ${expected}`, () => {
    assert.equal(quantity.roundUpQuantity(text, -3), expected)
  })
}

test('signs', () => {
  assert.deepEqual(
    ['-1', '0', '0Gi', '1m'].map((text) => quantity.signOfQuantity(text)),
    [-1, 0, 0, 1],
  )
})
