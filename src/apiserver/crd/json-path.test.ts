import assert from 'node:assert/strict'
import test from 'node:test'
import { columnsOf } from './columns.ts'
import { compileJsonPath, JsonPathError } from './json-path.ts'

const object = {
  metadata: { name: 'a', creationTimestamp: '2020-01-01T00:00:00Z', labels: { 'app.io/x': 'l' } },
  spec: { replicas: 3, list: [1, 2, 3], map: { a: 1, b: 2 }, on: true, ratio: 1.5 },
  status: {
    conditions: [
      { type: 'Ready', status: 'True', age: 5 },
      { type: 'Done', status: 'False', age: 1 },
    ],
  },
}

const cases: readonly (readonly [string, readonly unknown[]])[] = [
  ['.spec.replicas', [3]],
  ['.spec.missing', []],
  ['.spec.replicas.below', []],
  ['.metadata.labels.app\\.io/x', ['l']],
  [".metadata.labels['app.io/x']", ['l']],
  ['.spec.list[0]', [1]],
  ['.spec.list[-1]', [3]],
  ['.spec.list[0:2]', [1, 2]],
  ['.spec.list[::2]', [1, 3]],
  ['.spec.list[0,2]', [1, 3]],
  ['.spec.list[*]', [1, 2, 3]],
  ['.spec.map.*', [1, 2]],
  ['.status.conditions[?(@.type=="Ready")].status', ['True']],
  [".status.conditions[?(@.type=='Done')].status", ['False']],
  ['.status.conditions[?(@.age>2)].type', ['Ready']],
  ['.status.conditions[?(@.type!="Ready")].type', ['Done']],
  ['.status.conditions[?(@.age)].type', ['Ready', 'Done']],
  ['..status', ['True', 'False'].toSpliced(0, 0, object.status as never)],
]

for (const [path, expected] of cases) {
  test(path, () => assert.deepEqual(compileJsonPath(path)(object), expected))
}

test('a path that is none', () => {
  for (const path of ['spec', '.spec[', '.a[b]']) {
    assert.throws(() => compileJsonPath(path), JsonPathError)
  }
})

/** Type and path of a column, and its cell five minutes after the object came. */
const cells: readonly (readonly [string, string, unknown])[] = [
  ['string', '.metadata.name', 'a'],
  ['string', '.spec.replicas', '3'],
  ['string', '.spec.map', '{"a":1,"b":2}'],
  ['integer', '.spec.ratio', 1],
  ['integer', '.metadata.name', undefined],
  ['number', '.spec.ratio', 1.5],
  ['boolean', '.spec.on', true],
  ['date', '.metadata.creationTimestamp', '5m'],
  ['date', '.metadata.name', '<invalid>'],
  ['string', '.spec.missing', undefined],
  ['string', '.spec[', undefined],
]

for (const [type, jsonPath, expected] of cells) {
  test(`a ${type} column of ${jsonPath}`, () => {
    const [, column] = columnsOf([{ name: 'C', type, jsonPath }])
    const nowMs = Date.parse('2020-01-01T00:05:00Z')
    assert.equal(column?.cell(object as never, nowMs), expected)
  })
}

test('without columns of its own a kind shows its age', () => {
  assert.deepEqual(
    columnsOf(undefined).map(({ name }) => name),
    ['Name', 'Age'],
  )
  const [, column] = columnsOf([{ name: 'C', type: 'string', jsonPath: '.a' }])
  assert.equal(column?.description, 'Custom resource definition column (in JSONPath format): .a')
})
