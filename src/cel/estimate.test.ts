import assert from 'node:assert/strict'
import { test } from 'node:test'
import { compile } from './compile.ts'
import { estimateCost } from './estimate.ts'
import { int, objectOf, type ValueType } from './value-type.ts'

const name: ValueType = { kind: 'string', sizeMax: 63 }
const self = objectOf('Widget', {
  replicas: int,
  name,
  text: { kind: 'string' },
  names: { kind: 'list', element: name, sizeMax: 10 },
  all: { kind: 'list', element: name },
})

const cases = [
  ['self.replicas > 1', 3],
  ['has(self.name) && self.replicas > 1', 4],
  ["self.name == 'web'", 3],
  ["self.name.matches('^[a-z]+$')", 2 + 7 * 2],
  ["self.text.matches('a')", Infinity],
  ["self.text.startsWith('abc')", 3],
  ['self.names.all(n, n.size() > 2)', 2 + (3 + 3) * 10 + 1],
  ['self.names.exists(n, self.names.exists(m, m == n))', 2 + (4 + 2 + (4 + 9) * 10 + 1) * 10 + 1],
  ['self.all.all(n, n.size() > 2)', Infinity],
  ["self.names.join(',').size() > 3", 2 + 64 + 2],
  ["'a' in self.names", 12],
  ['self.replicas > 1 ? self.names.size() > 1 : true', 3 + 4],
] as const

for (const [expression, expected] of cases) {
  test(`${expression} costs at most ${expected}`, () => {
    const compiled = compile(expression, { variables: { self } })
    assert.ok(compiled.ok, compiled.ok ? '' : compiled.problems)
    assert.equal(estimateCost(compiled.program), expected)
  })
}
