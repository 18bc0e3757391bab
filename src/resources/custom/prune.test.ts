import assert from 'node:assert/strict'
import test from 'node:test'
import { compileDefaults } from './defaults.ts'
import { compilePruner } from './prune.ts'
import type { JsonObject, Schema } from './schema.ts'

const text: Schema = { type: 'string' }
const open = { 'x-kubernetes-preserve-unknown-fields': true } as const

/** Properties of the object, what comes, what stays, what was unknown. */
const cases: readonly (readonly [
  string,
  Record<string, Schema>,
  JsonObject,
  JsonObject,
  string[],
])[] = [
  ['known fields stay', { a: text }, { a: 'x' }, { a: 'x' }, []],
  ['unknown fields go', { a: text }, { b: 1, a: 'x' }, { a: 'x' }, ['b']],
  [
    'what every object has stays',
    {},
    { kind: 'K', metadata: { x: 1 } },
    { kind: 'K', metadata: { x: 1 } },
    [],
  ],
  [
    'deep in objects, lists and maps',
    {
      o: { type: 'object', properties: { a: text } },
      l: { type: 'array', items: { type: 'object', properties: { a: text } } },
      m: { type: 'object', additionalProperties: { type: 'object', properties: { a: text } } },
    },
    { o: { a: 'x', b: 1 }, l: [{ a: 'x' }, { b: 1 }], m: { k: { b: 1 } } },
    { o: { a: 'x' }, l: [{ a: 'x' }, {}], m: { k: {} } },
    ['l[1].b', 'm.k.b', 'o.b'],
  ],
  [
    'what is preserved stays, but not inside what is known',
    {
      o: {
        type: 'object',
        ...open,
        properties: { a: { type: 'object', properties: { b: text } } },
      },
    },
    { o: { x: { y: 1 }, a: { b: 'z', c: 1 } } },
    { o: { x: { y: 1 }, a: { b: 'z' } } },
    ['o.a.c'],
  ],
  [
    'maps of anything keep no fields of objects in them',
    { m: { type: 'object', additionalProperties: true } },
    { m: { a: 1, b: { c: 1 } } },
    { m: { a: 1, b: {} } },
    ['m.b.c'],
  ],
  [
    'nulls go where they are not allowed',
    { a: text, b: { ...text, nullable: true } },
    { a: null, b: null },
    { b: null },
    [],
  ],
  [
    'an object in an object keeps its kind and metadata',
    {
      t: {
        type: 'object',
        'x-kubernetes-embedded-resource': true,
        properties: { spec: { type: 'object' } },
      },
    },
    { t: { kind: 'Pod', apiVersion: 'v1', metadata: { name: 'a' }, spec: { x: 1 }, y: 1 } },
    { t: { kind: 'Pod', apiVersion: 'v1', metadata: { name: 'a' }, spec: {} } },
    ['t.spec.x', 't.y'],
  ],
]

for (const [what, properties, object, expected, unknown] of cases) {
  test(what, () => {
    const given = structuredClone(object)
    assert.deepEqual(compilePruner({ type: 'object', properties })(given), unknown)
    assert.deepEqual(given, expected)
  })
}

const defaults: readonly (readonly [string, Record<string, Schema>, JsonObject, JsonObject])[] = [
  ['a default fills in', { a: { ...text, default: 'd' } }, {}, { a: 'd' }],
  ['what is given stays', { a: { ...text, default: 'd' } }, { a: '' }, { a: '' }],
  [
    'a null that is not allowed is replaced',
    { a: { ...text, default: 'd' } },
    { a: null },
    { a: 'd' },
  ],
  [
    'a null that is allowed stays',
    { a: { ...text, nullable: true, default: 'd' } },
    { a: null },
    { a: null },
  ],
  [
    'a default is defaulted itself',
    { o: { type: 'object', default: {}, properties: { a: { ...text, default: 'd' } } } },
    {},
    { o: { a: 'd' } },
  ],
  [
    'nothing comes where nothing is',
    { o: { type: 'object', properties: { a: { ...text, default: 'd' } } } },
    {},
    {},
  ],
  [
    'in lists and maps',
    {
      l: { type: 'array', items: { type: 'object', properties: { a: { ...text, default: 'd' } } } },
      m: {
        type: 'object',
        additionalProperties: { type: 'object', properties: { a: { ...text, default: 'd' } } },
      },
    },
    { l: [{}], m: { k: {} } },
    { l: [{ a: 'd' }], m: { k: { a: 'd' } } },
  ],
]

for (const [what, properties, object, expected] of defaults) {
  test(what, () => {
    const given = structuredClone(object)
    compileDefaults({ type: 'object', properties })?.(given)
    assert.deepEqual(given, expected)
  })
}

test('objects do not share their defaults', () => {
  const fill = compileDefaults({
    type: 'object',
    properties: { l: { type: 'array', default: [] } },
  })
  const [a, b] = [{}, {}] as { l?: unknown[] }[]
  fill?.(a)
  fill?.(b)
  a?.l?.push(1)
  assert.deepEqual(b, { l: [] })
})

test('a schema without defaults costs nothing', () => {
  assert.equal(compileDefaults({ type: 'object', properties: { a: text } }), undefined)
})
