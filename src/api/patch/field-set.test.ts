import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as sets from './field-set.ts'

const leaf = sets.emptyFieldSet
const a: sets.FieldSet = { 'f:a': leaf, 'f:m': { '.': leaf, 'f:x': leaf, 'f:y': leaf } }
const b: sets.FieldSet = { 'f:b': leaf, 'f:m': { 'f:y': leaf, 'f:z': { 'f:q': leaf } } }

for (const [title, found, expected] of [
  [
    'union',
    sets.unionFieldSets(a, b),
    {
      'f:a': leaf,
      'f:b': leaf,
      'f:m': { '.': leaf, 'f:x': leaf, 'f:y': leaf, 'f:z': { 'f:q': leaf } },
    },
  ],
  [
    'union with a member that leads on',
    sets.unionFieldSets({ 'f:m': leaf }, b),
    { 'f:b': leaf, 'f:m': { '.': leaf, ...b['f:m'] } },
  ],
  ['union with nothing', sets.unionFieldSets(a, leaf), a],
  [
    'difference',
    sets.differenceOfFieldSets(a, b),
    { 'f:a': leaf, 'f:m': { '.': leaf, 'f:x': leaf } },
  ],
  ['difference of itself', sets.differenceOfFieldSets(a, a), {}],
  [
    'difference from a member above',
    sets.differenceOfFieldSets(a, { 'f:m': leaf }),
    { 'f:a': leaf, 'f:m': { 'f:x': leaf, 'f:y': leaf } },
  ],
  ['recursive difference', sets.recursiveDifference(a, { 'f:m': leaf }), { 'f:a': leaf }],
  [
    'recursive difference below',
    sets.recursiveDifference(a, { 'f:m': { 'f:x': leaf } }),
    { 'f:a': leaf, 'f:m': { '.': leaf, 'f:y': leaf } },
  ],
  ['intersection', sets.intersectFieldSets(a, b), { 'f:m': { 'f:y': leaf } }],
  ['intersection with itself', sets.intersectFieldSets(a, a), a],
  [
    'named fields',
    sets.withNamedFields({ 'f:s': { 'f:c': { 'k:{"n":1}': { 'f:x': leaf } } } }),
    { 'f:s': { '.': leaf, 'f:c': { '.': leaf, 'k:{"n":1}': { 'f:x': leaf } } } },
  ],
] as const) {
  test(title, () => assert.deepEqual(found, expected))
}

test('equality looks at members', () => {
  assert.equal(
    sets.equalFieldSets(a, { 'f:m': { 'f:y': leaf, '.': leaf, 'f:x': leaf }, 'f:a': leaf }),
    true,
  )
  assert.equal(sets.equalFieldSets(a, b), false)
})

test('members have paths that messages name', () => {
  const set = sets.unionFieldSets(
    sets.fieldSetOf(
      'f:spec',
      'f:ports',
      sets.keyElement(
        { port: 80 },
        { listMapKeys: ['protocol', 'port'], keyDefaults: { protocol: 'TCP' } },
      ),
      'f:name',
    ),
    sets.unionFieldSets(sets.fieldSetOf('f:finalizers', sets.valueElement('x/y')), {
      'f:m': { '.': leaf, 'i:0': leaf },
    }),
  )
  assert.deepEqual(sets.membersOf(set).map(sets.formatFieldPath), [
    '.finalizers[="x/y"]',
    '.m',
    '.m[0]',
    '.spec.ports[port=80,protocol="TCP"].name',
  ])
})
