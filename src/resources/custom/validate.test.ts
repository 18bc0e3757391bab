import assert from 'node:assert/strict'
import test from 'node:test'
import { message } from '#api/meta/field-error.ts'
import type { Schema } from './schema.ts'
import { compileValidator } from './validate.ts'

/** The schema of `spec`, a value, and what upstream says of it. */
const cases: readonly (readonly [string, Schema, unknown, readonly string[]])[] = [
  ['a fitting type', { type: 'string' }, 'x', []],
  [
    'another type',
    { type: 'integer' },
    'x',
    ['spec: Invalid value: "string": spec in body must be of type integer: "string"'],
  ],
  [
    'a fraction where an integer is wanted',
    { type: 'integer' },
    1.5,
    ['spec: Invalid value: "number": spec in body must be of type integer: "number"'],
  ],
  ['an integer is a number', { type: 'number' }, 1, []],
  [
    'null',
    { type: 'object' },
    null,
    ['spec: Invalid value: "null": spec in body must be of type object: "null"'],
  ],
  ['an allowed null', { type: 'object', nullable: true }, null, []],
  ['an integer or a text', { 'x-kubernetes-int-or-string': true }, '80%', []],
  [
    'neither an integer nor a text',
    { 'x-kubernetes-int-or-string': true },
    true,
    ['spec: Invalid value: "boolean": spec in body must be of type integer,string: "boolean"'],
  ],
  [
    'too long',
    { type: 'string', maxLength: 1 },
    'ab',
    ['spec: Too long: may not be more than 1 bytes'],
  ],
  ['characters count, not units', { type: 'string', maxLength: 1 }, '😀', []],
  [
    'too short',
    { type: 'string', minLength: 2 },
    'a',
    ['spec: Invalid value: "a": spec in body should be at least 2 chars long'],
  ],
  [
    'another pattern',
    { type: 'string', pattern: '^a+$' },
    'b',
    ['spec: Invalid value: "b": spec in body should match \'^a+$\''],
  ],
  ['a pattern matches anywhere', { type: 'string', pattern: 'b' }, 'abc', []],
  [
    'a format',
    { type: 'string', format: 'date' },
    '2020-02-30',
    ['spec: Invalid value: "2020-02-30": spec in body must be of type date: "2020-02-30"'],
  ],
  ['a format that is not checked', { type: 'string', format: 'made-up' }, 'x', []],
  [
    'too small',
    { type: 'integer', minimum: 1 },
    0,
    ['spec: Invalid value: 0: spec in body should be greater than or equal to 1'],
  ],
  [
    'not more than an exclusive bound',
    { type: 'number', minimum: 1, exclusiveMinimum: true },
    1,
    ['spec: Invalid value: 1: spec in body should be greater than 1'],
  ],
  [
    'too large',
    { type: 'number', maximum: 0.5 },
    0.75,
    ['spec: Invalid value: 0.75: spec in body should be less than or equal to 0.5'],
  ],
  [
    'no multiple',
    { type: 'integer', multipleOf: 3 },
    4,
    ['spec: Invalid value: 4: spec in body should be a multiple of 3'],
  ],
  [
    'not one of the values',
    { type: 'string', enum: ['a', 'b'] },
    'c',
    ['spec: Unsupported value: "c": supported values: "a", "b"'],
  ],
  [
    'too few items',
    { type: 'array', minItems: 1, items: { type: 'string' } },
    [],
    ['spec: Invalid value: 0: spec in body should have at least 1 items'],
  ],
  [
    'too many items, after what is wrong with them',
    { type: 'array', maxItems: 1, items: { type: 'string' } },
    ['a', 1],
    [
      'spec[1]: Invalid value: "integer": spec[1] in body must be of type string: "integer"',
      'spec: Too many: 2: must have at most 1 item',
    ],
  ],
  [
    'what is required',
    { type: 'object', required: ['a'], properties: { a: { type: 'string' } } },
    {},
    ['spec.a: Required value'],
  ],
  [
    'values of a map',
    { type: 'object', additionalProperties: { type: 'string' } },
    { a: 1 },
    ['spec.a: Invalid value: "integer": spec.a in body must be of type string: "integer"'],
  ],
  [
    'too many properties, and nothing else',
    { type: 'object', maxProperties: 1, additionalProperties: { type: 'string' } },
    { a: 1, b: 2 },
    ['spec: Too many: 2: must have at most 1 item'],
  ],
  [
    'too few properties',
    { type: 'object', minProperties: 1 },
    {},
    ['spec: Invalid value: 0: spec in body should have at least 1 properties'],
  ],
  [
    'none of several: the nearest is told',
    { type: 'object', anyOf: [{ required: ['a', 'b'] }, { required: ['a'] }] },
    {},
    [
      '<nil>: Invalid value: "": "spec" must validate at least one schema (anyOf)',
      'spec.a: Required value',
      'spec.b: Required value',
    ],
  ],
  [
    'more than one of several',
    { type: 'object', oneOf: [{ required: ['a'] }, { required: ['b'] }] },
    { a: 1, b: 1 },
    [
      '<nil>: Invalid value: "": "spec" must validate one and only one schema (oneOf). Found 2 valid alternatives',
    ],
  ],
  [
    'not all of several',
    { type: 'integer', allOf: [{ minimum: 1 }, { maximum: 3 }] },
    4,
    [
      'spec: Invalid value: 4: spec in body should be less than or equal to 3',
      '<nil>: Invalid value: "": "spec" must validate all the schemas (allOf)',
    ],
  ],
  [
    'what must not be',
    { type: 'string', not: { pattern: '^x' } },
    'xy',
    ['<nil>: Invalid value: "": "spec" must not validate the schema (not)'],
  ],
]

for (const [what, schema, spec, expected] of cases) {
  test(what, () => {
    const validate = compileValidator({ type: 'object', properties: { spec: schema } })
    assert.deepEqual(validate({ spec }).map(message), expected)
  })
}

const list: Schema = {
  type: 'array',
  'x-kubernetes-list-type': 'map',
  'x-kubernetes-list-map-keys': ['name'],
  items: {
    type: 'object',
    required: ['name'],
    properties: { name: { type: 'string' }, size: { type: 'integer', maximum: 3 } },
  },
}
const validate = compileValidator({
  type: 'object',
  properties: { list, plain: list.items as Schema },
})

test('items with keys are compared with what they were before', () => {
  const prior = { list: [{ name: 'a', size: 9 }] }
  const moved = { list: [{ name: 'b' }, { name: 'a', size: 9 }] }
  assert.deepEqual(validate(moved, prior), [])
  assert.equal(validate({ list: [{ name: 'a', size: 8 }] }, prior).length, 1)
})

test('without an object before it everything counts', () => {
  assert.equal(validate({ plain: { name: 'a', size: 9 } }).length, 1)
})
