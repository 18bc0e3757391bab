import assert from 'node:assert/strict'
import { test } from 'node:test'
import { applyStrategicMergePatch } from '#api/patch/strategic-merge.ts'
import { applyMergePatch } from '#api/patch/merge-patch.ts'
import { typeSchema, schemaTypeOf } from '#api/schema.ts'
import type { StructType } from '#api/schema.ts'
import { mergePatchBetween, twoWayPatch } from './two-way.ts'

function podType(): StructType {
  const type = typeSchema(schemaTypeOf('', 'v1', 'Pod') ?? '')
  assert.ok(type)
  return type
}

const a = { name: 'a', image: 'x' }
const b = { name: 'b', image: 'y' }

const cases: readonly (readonly [what: string, before: object, after: object, patch: object])[] = [
  ['nothing', { metadata: { name: 'p' } }, { metadata: { name: 'p' } }, {}],
  [
    'a label more, one less',
    { metadata: { labels: { x: '1' } } },
    { metadata: { labels: { y: '2' } } },
    { metadata: { labels: { x: null, y: '2' } } },
  ],
  [
    'an element changed',
    { spec: { containers: [a, b] } },
    { spec: { containers: [a, { ...b, image: 'z' }] } },
    {
      spec: {
        $$order: [{ name: 'a' }, { name: 'b' }],
        containers: [{ name: 'b', image: 'z' }],
      },
    },
  ],
  [
    'an element more, one less',
    { spec: { containers: [a] } },
    { spec: { containers: [b] } },
    { spec: { $$order: [{ name: 'b' }], containers: [b, { $patch: 'delete', name: 'a' }] } },
  ],
  [
    'another order',
    { spec: { containers: [a, b] } },
    { spec: { containers: [b, a] } },
    { spec: { $$order: [{ name: 'b' }, { name: 'a' }] } },
  ],
]

test('the patch says what changed, and applying it gives the object', () => {
  for (const [what, before, after, expected] of cases) {
    const patch = twoWayPatch({ ...before }, { ...after }, podType())
    const text = JSON.stringify(expected).replace('$$order', '$setElementOrder/containers')
    assert.deepEqual(patch, JSON.parse(text), what)
    assert.deepEqual(applyStrategicMergePatch(podType(), { ...before }, patch), after, what)
  }
})

test('finalizers are a merged list of words', () => {
  const before = { metadata: { finalizers: ['c', 'a', 'b'] } }
  const after = { metadata: { finalizers: ['b', 'd'] } }
  assert.deepEqual(twoWayPatch(before, after, podType()), {
    metadata: {
      '$deleteFromPrimitiveList/finalizers': ['a', 'c'],
      '$setElementOrder/finalizers': ['b', 'd'],
      finalizers: ['d'],
    },
  })
})

test('the keys of a volume that stay are named', () => {
  const before = { spec: { volumes: [{ name: 'v', emptyDir: {} }] } }
  const after = { spec: { volumes: [{ name: 'v', configMap: { name: 'c' } }] } }
  assert.deepEqual(twoWayPatch(before, after, podType()), {
    spec: {
      '$setElementOrder/volumes': [{ name: 'v' }],
      volumes: [
        { $retainKeys: ['configMap', 'name'], name: 'v', configMap: { name: 'c' }, emptyDir: null },
      ],
    },
  })
})

test('a JSON merge patch replaces lists', () => {
  const before = { a: [1], b: { c: 1, d: 2 }, e: 1 }
  const after = { a: [1, 2], b: { c: 1 }, f: 1 }
  const patch = mergePatchBetween(before, after)
  assert.deepEqual(patch, { a: [1, 2], b: { d: null }, e: null, f: 1 })
  assert.deepEqual(applyMergePatch(before, patch), after)
})
