import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as field from './field-error.ts'

const cases: readonly (readonly [field.FieldError, string])[] = [
  [field.required('spec.containers', ''), 'spec.containers: Required value'],
  [field.required('a', 'must be set'), 'a: Required value: must be set'],
  [field.invalidValue('a', 'x "y"', 'no'), String.raw`a: Invalid value: "x \"y\"": no`],
  [field.invalidValue('a', -1, 'too small'), 'a: Invalid value: -1: too small'],
  [field.invalidValue('a', true, ''), 'a: Invalid value: true'],
  [field.invalidValue('a', undefined, 'x'), 'a: Invalid value: null: x'],
  [field.invalidValue('a', { b: 'c' }, 'x'), 'a: Invalid value: {"b":"c"}: x'],
  [
    field.typeInvalid('a', 'x', 'must be of type integer'),
    'a: Invalid value: "x": must be of type integer',
  ],
  [
    field.notSupported('a', 'x', ['B', 'A']),
    'a: Unsupported value: "x": supported values: "B", "A"',
  ],
  [field.notSupported('a', 'x', []), 'a: Unsupported value: "x"'],
  [field.duplicate('a', 'x'), 'a: Duplicate value: "x"'],
  [field.forbiddenField('a', 'may not'), 'a: Forbidden: may not'],
  [field.tooLong('a', 'x', 253), 'a: Too long: may not be more than 253 bytes'],
  [field.tooLong('a', 'x', -1), 'a: Too long: value is too long'],
  [field.tooMany('a', 5, 3), 'a: Too many: 5: must have at most 3 items'],
  [field.tooMany('a', 2, 1), 'a: Too many: 2: must have at most 1 item'],
  [field.tooMany('a', -1, -1), 'a: Too many: has too many items'],
  [field.notFoundValue('a', 'x'), 'a: Not found: "x"'],
  [field.internalFieldError('a', 'x'), 'a: Internal error: x'],
]

for (const [error, text] of cases) {
  test(text, () => assert.equal(field.message(error), text))
}

test('one error stands bare, several distinct ones in brackets', () => {
  const [a, b] = [field.required('a', ''), field.required('b', '')]
  assert.equal(field.aggregate([a]), 'a: Required value')
  assert.equal(field.aggregate([a, b, a]), '[a: Required value, b: Required value]')
})

test('causes carry reasons of the API', () => {
  assert.equal(field.causeReason(field.required('a', '')), 'FieldValueRequired')
  assert.equal(field.causeReason(field.tooMany('a', 1, 0)), 'FieldValueTooMany')
  assert.equal(field.body(field.notFoundValue('a', 'x')), 'Not found: "x"')
})
