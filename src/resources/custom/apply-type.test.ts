import assert from 'node:assert/strict'
import test from 'node:test'
import { fieldsOf } from '#api/patch/typed-fields.ts'
import { typeProblems } from '#api/patch/typed-validation.ts'
import { applyTypeOf } from './apply-type.ts'
import type { Schema } from './schema.ts'

const text: Schema = { type: 'string' }
const ports: Schema = {
  type: 'array',
  'x-kubernetes-list-type': 'map',
  'x-kubernetes-list-map-keys': ['port', 'protocol'],
  items: {
    type: 'object',
    properties: { port: { type: 'integer' }, protocol: { ...text, default: 'TCP' } },
  },
}
const set: Schema = { type: 'array', 'x-kubernetes-list-type': 'set', items: text }
const type = applyTypeOf(
  {
    type: 'object',
    properties: {
      ports,
      set,
      plain: { type: 'array', items: text },
      sets: { type: 'object', additionalProperties: set },
      whole: { type: 'object', 'x-kubernetes-map-type': 'atomic', properties: { a: text } },
      wholeMap: {
        type: 'object',
        'x-kubernetes-map-type': 'atomic',
        additionalProperties: text,
      },
      open: {
        type: 'object',
        'x-kubernetes-preserve-unknown-fields': true,
        properties: { known: text },
      },
      any: { 'x-kubernetes-preserve-unknown-fields': true },
      either: { 'x-kubernetes-int-or-string': true },
    },
  },
  'Thing',
)

const member = {}
const cases: readonly (readonly [string, Record<string, unknown>, object])[] = [
  [
    'items by their keys, with defaults',
    { ports: [{ port: 1 }, { port: 1, protocol: 'UDP' }] },
    {
      'f:ports': {
        'k:{"port":1,"protocol":"TCP"}': { '.': member, 'f:port': member },
        'k:{"port":1,"protocol":"UDP"}': { '.': member, 'f:port': member, 'f:protocol': member },
      },
    },
  ],
  ['items of a set', { set: ['a'] }, { 'f:set': { 'v:"a"': member } }],
  ['a plain list as one', { plain: ['a'] }, { 'f:plain': member }],
  [
    'sets in a map',
    { sets: { k: ['a'] } },
    { 'f:sets': { 'f:k': { '.': member, 'v:"a"': member } } },
  ],
  [
    'atomic objects and maps as one',
    { whole: { a: 'x' }, wholeMap: { k: 'v' } },
    { 'f:whole': member, 'f:wholeMap': member },
  ],
  [
    'what is open by what is there',
    { open: { known: 'x', other: { a: 1 } }, any: { b: [1] } },
    {
      'f:any': { 'f:b': member },
      'f:open': { 'f:known': member, 'f:other': { '.': member, 'f:a': member } },
    },
  ],
]

for (const [what, value, fields] of cases) {
  test(what, () => assert.deepEqual(fieldsOf(type, value), fields))
}

test('what fits is fine, what is unknown or of another type is told', () => {
  const fine = { any: 1, open: { x: 1 }, either: 'a', metadata: { labels: { a: 'b' } } }
  assert.deepEqual(typeProblems(type, fine), [])
  assert.deepEqual(typeProblems(type, { other: 1, whole: { a: 1 }, set: ['a', 'a'] }), [
    '.other: field not declared in schema',
    '.whole.a: expected string, got &value.valueUnstructured{Value:1}',
    '.set: duplicate entries for key [="a"]',
  ])
})
