import assert from 'node:assert/strict'
import test from 'node:test'
import { typeSchema } from '#api/schema.ts'
import { updateManagedFields } from './managed-fields.ts'
import type { Json } from './patch-error.ts'
import { sameFields } from './same-fields.ts'

const pod = typeSchema('core/v1.Pod')
const withSpec = (spec: object): Json => ({ metadata: { name: 'a' }, spec })
const containers = (...names: string[]): Json =>
  withSpec({ containers: names.map((name) => ({ name, image: 'x' })) })

const same: Record<string, readonly [Json, Json]> = {
  'other values': [
    containers('c'),
    { metadata: { name: 'b' }, spec: { containers: [{ image: 'y', name: 'c' }] } },
  ],
  'an undefined field is none': [
    withSpec({ hostname: 'a' }),
    withSpec({ hostname: 'b', nodeName: undefined }),
  ],
  'lists that are one value': [
    withSpec({ containers: [{ name: 'c', command: ['a'] }] }),
    withSpec({ containers: [{ name: 'c', command: ['a', 'b'] }] }),
  ],
  'a port with and without the default of its key': [
    withSpec({ containers: [{ name: 'c', ports: [{ containerPort: 1, protocol: 'TCP' }] }] }),
    withSpec({ containers: [{ name: 'c', ports: [{ containerPort: 1, protocol: 'TCP' }] }] }),
  ],
}

const different: Record<string, readonly [Json, Json]> = {
  'a field more': [withSpec({ hostname: 'a' }), withSpec({ hostname: 'a', nodeName: 'n' })],
  'another field': [withSpec({ hostname: 'a' }), withSpec({ nodeName: 'n' })],
  'another item': [containers('c'), containers('d')],
  'an item more': [containers('c'), containers('c', 'd')],
  'another order of items': [containers('c', 'd'), containers('d', 'c')],
  'nothing in place of something': [
    withSpec({ nodeSelector: {} }),
    withSpec({ nodeSelector: { a: 'b' } }),
  ],
  'an empty list that is one value': [
    withSpec({ containers: [{ name: 'c', command: [] }] }),
    withSpec({ containers: [{ name: 'c', command: ['a'] }] }),
  ],
  'a value of another kind': [withSpec({ hostname: 'a' }), withSpec({ hostname: {} })],
  'null in place of a map': [{ metadata: { labels: { a: 'b' } } }, { metadata: { labels: null } }],
}

for (const [name, [a, b]] of Object.entries(same)) {
  test(`the same: ${name}`, () => assert.ok(sameFields(pod, a, b) && sameFields(pod, b, a)))
}

for (const [name, [a, b]] of Object.entries(different)) {
  test(`different: ${name}`, () => assert.ok(!sameFields(pod, a, b) && !sameFields(pod, b, a)))
}

test('objects that are created alike share their list of fields, others do not', () => {
  const create = (next: Json) =>
    updateManagedFields({
      type: pod,
      prior: undefined,
      next,
      manager: { name: 'm', operation: 'Update', apiVersion: 'v1', subresource: '' },
      nowMs: 0,
    })?.[0]?.fieldsV1
  const first = create(containers('c'))
  assert.equal(create(containers('c')), first)
  assert.notDeepEqual(create(containers('d')), first)
  assert.deepEqual(create(containers('c')), first)
})
