import assert from 'node:assert/strict'
import test from 'node:test'
import type { ValidationRule } from '#api/apiextensions/v1.gen.ts'
import { message } from '#api/meta/field-error.ts'
import type { Schema } from '#resources/custom/schema.ts'
import { escapeName } from '#cel/escape.ts'
import { ruleErrors } from './rule-errors.ts'
import { compileRules } from './rules.ts'

/** A spec with one rule and a few fields. */
function specWith(...rules: ValidationRule[]): Schema {
  const spec: Schema = {
    type: 'object',
    'x-kubernetes-validations': rules,
    properties: {
      min: { type: 'integer' },
      max: { type: 'integer' },
      name: { type: 'string', maxLength: 20 },
      'a-b': { type: 'string', maxLength: 5 },
      when: { type: 'string', format: 'date-time' },
      any: { 'x-kubernetes-int-or-string': true },
      list: { type: 'array', maxItems: 10, items: { type: 'integer' } },
      map: {
        type: 'object',
        maxProperties: 5,
        additionalProperties: { type: 'string', maxLength: 5 },
      },
    },
  }
  return { type: 'object', properties: { spec } }
}

function run(schema: Schema, spec: unknown, prior?: unknown) {
  const check = compileRules(schema)
  assert.ok(check)
  const { errors, warnings } = check({ spec }, prior === undefined ? undefined : { spec: prior })
  return { errors: errors.map(message), warnings }
}

/** A rule, a spec, perhaps the one before, and what is said of it. */
const cases: readonly (readonly [string, ValidationRule, object, object | undefined, string[]])[] =
  [
    ['holds', { rule: 'self.min <= self.max' }, { min: 1, max: 2 }, undefined, []],
    [
      'does not hold',
      { rule: 'self.min <= self.max' },
      { min: 3, max: 2 },
      undefined,
      ['spec: Invalid value: failed rule: self.min <= self.max'],
    ],
    [
      'with a message',
      { rule: 'self.min <= self.max', message: ' too small ' },
      { min: 3, max: 2 },
      undefined,
      ['spec: Invalid value: too small'],
    ],
    [
      'with a message that is made',
      { rule: 'self.min <= self.max', messageExpression: '"not over " + string(self.max)' },
      { min: 3, max: 2 },
      undefined,
      ['spec: Invalid value: not over 2'],
    ],
    [
      'with a message that fails',
      { rule: 'has(self.min)', message: 'fixed', messageExpression: 'string(self.min)' },
      {},
      undefined,
      ['spec: Invalid value: fixed'],
    ],
    [
      'with a reason and a field',
      {
        rule: 'has(self.min)',
        reason: 'FieldValueRequired',
        fieldPath: '.min',
        message: 'is needed',
      },
      {},
      undefined,
      ['spec.min: Required value: is needed'],
    ],
    [
      'with a key of a map',
      {
        rule: 'self.min > 1',
        reason: 'FieldValueForbidden',
        fieldPath: ".map['x y']",
        message: 'm',
      },
      { min: 1 },
      undefined,
      ['spec.map[x y]: Forbidden: m'],
    ],
    [
      'fails',
      { rule: 'self.min > 1' },
      {},
      undefined,
      ['spec: Invalid value: "object": no such key: min evaluating rule: self.min > 1'],
    ],
    [
      'of another type than it seemed',
      { rule: 'self.any > 1' },
      { any: 'x' },
      undefined,
      [
        'spec: Invalid value: "object": \'no such overload\': call arguments did not match a supported operator, function or macro signature for rule: self.any > 1',
      ],
    ],
    ['escaped names', { rule: 'self.a__dash__b == "x"' }, { 'a-b': 'x' }, undefined, []],
    [
      'times are times',
      { rule: 'self.when > timestamp("2020-01-01T00:00:00Z")' },
      { when: '2021-01-01T00:00:00Z' },
      undefined,
      [],
    ],
    [
      'transitions do not concern what is new',
      { rule: 'self.min >= oldSelf.min' },
      { min: 1 },
      undefined,
      [],
    ],
    [
      'transitions',
      { rule: 'self.min >= oldSelf.min', message: 'grows only' },
      { min: 1 },
      { min: 2 },
      ['spec: Invalid value: grows only'],
    ],
    [
      'transitions that also concern what is new',
      {
        rule: 'oldSelf.hasValue() || self.min == 1',
        optionalOldSelf: true,
        message: 'starts at one',
      },
      { min: 2 },
      undefined,
      ['spec: Invalid value: starts at one'],
    ],
  ]

for (const [what, rule, spec, prior, expected] of cases) {
  test(`a rule: ${what}`, () => {
    assert.deepEqual(run(specWith(rule), spec, prior), { errors: expected, warnings: [] })
  })
}

test('a rule of a scalar shows the value', () => {
  const rules = [{ rule: 'self.matches("^[a-z]+$")', message: 'lower case' }]
  const name: Schema = { type: 'string', 'x-kubernetes-validations': rules }
  const schema: Schema = {
    type: 'object',
    properties: { spec: { type: 'object', properties: { name } } },
  }
  const error = 'spec.name: Invalid value: "UP": lower case'
  assert.deepEqual(run(schema, { name: 'UP' }).errors, [error])
  assert.deepEqual(run(schema, { name: 'UP', x: 1 }, { name: 'UP' }), {
    errors: [],
    warnings: [error],
  })
})

test('rules of items follow the items by their keys', () => {
  const rules = [{ rule: 'self.size >= oldSelf.size', message: 'shrinks' }]
  const list: Schema = {
    type: 'array',
    'x-kubernetes-list-type': 'map',
    'x-kubernetes-list-map-keys': ['name'],
    items: {
      type: 'object',
      'x-kubernetes-validations': rules,
      properties: { name: { type: 'string' }, size: { type: 'integer' } },
    },
  }
  const schema: Schema = {
    type: 'object',
    properties: { spec: { type: 'object', properties: { list } } },
  }
  const prior = { list: [{ name: 'a', size: 5 }] }
  const next = {
    list: [
      { name: 'b', size: 1 },
      { name: 'a', size: 4 },
    ],
  }
  assert.deepEqual(run(schema, next, prior).errors, ['spec.list[1]: Invalid value: shrinks'])
})

test('all rules together have one budget', () => {
  const values = Array.from({ length: 350 }, (_, index) => index)
  const rule = { rule: 'self.list.all(x, self.list.all(y, x + y >= 0))' }
  const { errors } = run(specWith(...Array<ValidationRule>(14).fill(rule)), { list: values })
  assert.deepEqual(errors, [
    'spec: Invalid value: "object": validation failed due to running out of cost budget, no further validation rules will be run',
  ])
})

const root = 'openAPIV3Schema.properties[spec].x-kubernetes-validations[0]'

/** What is wrong with a rule itself. */
const wrong: readonly (readonly [string, ValidationRule, readonly (string | RegExp)[]])[] = [
  ['nothing', { rule: 'self.min < self.max' }, []],
  ['no text', { rule: ' ' }, [`${root}.rule: Required value: rule is not specified`]],
  [
    'a field that is not there',
    { rule: 'self.other == 1' },
    [/\.rule: Invalid value: .*: compilation failed: ERROR: <input>:1:5: undefined field 'other'/],
  ],
  [
    'no truth',
    { rule: 'self.min + 1' },
    [/\.rule: Invalid value: .*: cel expression must evaluate to a bool$/],
  ],
  [
    'a message that is no text',
    { rule: 'true', messageExpression: '1' },
    [/\.messageExpression: Invalid value: .*: messageExpression must evaluate to a string$/],
  ],
  [
    'no such reason',
    { rule: 'true', reason: 'Because' },
    [
      `${root}.reason: Unsupported value: "Because": supported values: "FieldValueDuplicate", "FieldValueForbidden", "FieldValueInvalid", "FieldValueRequired"`,
    ],
  ],
  [
    'a path to nowhere',
    { rule: 'true', fieldPath: '.nowhere' },
    [`${root}.fieldPath: Invalid value: ".nowhere": fieldPath must be a valid path`],
  ],
  [
    'an old self that is not used',
    { rule: 'true', optionalOldSelf: true },
    [`${root}.optionalOldSelf: Invalid value: true: may not be set if oldSelf is not used in rule`],
  ],
]

for (const [what, rule, expected] of wrong) {
  test(`a definition's rule: ${what}`, () => {
    const messages = ruleErrors(specWith(rule), 'openAPIV3Schema').map(message)
    assert.equal(messages.length, expected.length, messages.join('\n'))
    for (const [index, want] of expected.entries()) {
      const found = messages[index] ?? ''
      if (typeof want === 'string') assert.equal(found, want)
      else assert.match(found, want)
    }
  })
}

test('a rule without bounds costs too much', () => {
  const rules = [{ rule: 'self.all(x, self.all(y, x == y))' }]
  const list: Schema = {
    type: 'array',
    items: { type: 'string' },
    'x-kubernetes-validations': rules,
  }
  const schema: Schema = { type: 'object', properties: { list } }
  const at = 'schema.properties[list].x-kubernetes-validations[0].rule'
  const text =
    'exceeds budget by factor of more than 100x (try simplifying the rule, or adding maxItems, maxProperties, and maxLength where arrays, maps, and strings are declared)'
  assert.deepEqual(ruleErrors(schema, 'schema').map(message), [
    `${at}: Forbidden: estimated rule cost ${text}`,
    `${at}: Forbidden: contributed to estimated rule cost total exceeding cost limit for entire OpenAPIv3 schema`,
    `schema: Forbidden: x-kubernetes-validations estimated rule cost total for entire OpenAPIv3 schema ${text}`,
  ])
})

test('an item that cannot be found again has no past', () => {
  const rules = [{ rule: 'self == oldSelf' }]
  const items: Schema = { type: 'string', maxLength: 5, 'x-kubernetes-validations': rules }
  const schema: Schema = {
    type: 'object',
    properties: { list: { type: 'array', maxItems: 5, items } },
  }
  assert.deepEqual(ruleErrors(schema, 'schema').map(message), [
    'schema.properties[list].items.x-kubernetes-validations[0].rule: Invalid value: "self == oldSelf": oldSelf cannot be used on the uncorrelatable portion of the schema within schema.properties[list]',
  ])
})

test('names are escaped as upstream does', () => {
  const names = ['plain', 'a-b', 'a.b', 'a/b', 'a__b', 'namespace', '1a', 'a b']
  assert.deepEqual(names.map(escapeName), [
    'plain',
    'a__dash__b',
    'a__dot__b',
    'a__slash__b',
    'a__underscores__b',
    '__namespace__',
    undefined,
    undefined,
  ])
})
