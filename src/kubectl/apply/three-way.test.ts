import assert from 'node:assert/strict'
import { test } from 'node:test'
import { typeSchema } from '#api/schema.ts'
import { threeWayPatch } from './three-way.ts'

const deployment = typeSchema('apps/v1.Deployment')
const podSpec = typeSchema('core/v1.PodSpec')

for (const [what, { type, original, modified, current }, patch] of [
  [
    'nothing to do',
    { type: deployment, original: { a: 1 }, modified: { a: 1 }, current: { a: 1, b: 2 } },
    {},
  ],
  [
    'a change, an addition, a deletion; what others set stays',
    {
      type: undefined,
      original: { gone: 1, kept: 1 },
      modified: { kept: 2, fresh: 3 },
      current: { gone: 1, kept: 1, foreign: 4 },
    },
    { kept: 2, fresh: 3, gone: null },
  ],
  [
    'what is gone already is not deleted again',
    { type: undefined, original: { gone: 1 }, modified: {}, current: {} },
    {},
  ],
  [
    'containers merge by name, and one is taken out',
    {
      type: podSpec,
      original: { containers: [{ name: 'a' }, { name: 'b' }] },
      modified: { containers: [{ name: 'a', image: 'x:2' }] },
      current: { containers: [{ name: 'a', image: 'x:1' }, { name: 'b' }, { name: 'injected' }] },
    },
    {
      '$setElementOrder/containers': [{ name: 'a' }],
      containers: [
        { image: 'x:2', name: 'a' },
        { $patch: 'delete', name: 'b' },
      ],
    },
  ],
  [
    'a list without a key is replaced',
    {
      type: podSpec,
      original: {},
      modified: { containers: [{ name: 'a', args: ['2'] }] },
      current: { containers: [{ name: 'a', args: ['1'] }] },
    },
    {
      '$setElementOrder/containers': [{ name: 'a' }],
      containers: [{ args: ['2'], name: 'a' }],
    },
  ],
  [
    'a volume of another kind keeps only its own keys',
    {
      type: podSpec,
      original: { volumes: [{ name: 'v', emptyDir: {} }] },
      modified: { volumes: [{ name: 'v', configMap: { name: 'x' } }] },
      current: { volumes: [{ name: 'v', emptyDir: {} }] },
    },
    {
      '$setElementOrder/volumes': [{ name: 'v' }],
      volumes: [
        { $retainKeys: ['configMap', 'name'], configMap: { name: 'x' }, emptyDir: null, name: 'v' },
      ],
    },
  ],
] as const) {
  test(what, () => {
    assert.deepEqual(threeWayPatch({ type, original, modified, current }), patch)
  })
}
