import assert from 'node:assert/strict'
import { test } from 'node:test'
import { must } from '#base/assert.ts'
import * as resources from './resources.gen.ts'
import { schemaTypeNames, schemaTypeOf, typeSchema } from './schema.ts'

for (const [group, version, kind, name] of [
  ['', 'v1', 'Pod', 'core/v1.Pod'],
  ['apps', 'v1', 'Deployment', 'apps/v1.Deployment'],
  ['rbac.authorization.k8s.io', 'v1', 'Role', 'rbac/v1.Role'],
  ['flowcontrol.apiserver.k8s.io', 'v1', 'FlowSchema', 'flowcontrol/v1.FlowSchema'],
  [
    'internal.apiserver.k8s.io',
    'v1alpha1',
    'StorageVersion',
    'apiserverinternal/v1alpha1.StorageVersion',
  ],
  ['', 'v1', 'Status', 'meta/v1.Status'],
  ['apps', 'v1', 'DeleteOptions', 'meta/v1.DeleteOptions'],
  ['', 'v1', 'Nothing', undefined],
  ['example.com', 'v1', 'Foo', undefined],
] as const) {
  test(`${kind} in ${group}/${version} is ${name}`, () => {
    assert.equal(schemaTypeOf(group, version, kind), name)
  })
}

test('every built-in resource has a schema with metadata and a kind', () => {
  for (const { group, version, kind } of Object.values(resources)) {
    const name = must(schemaTypeOf(group, version, kind), `${group}/${version} ${kind}`)
    const { fields } = must(typeSchema(name), name)
    assert.ok(fields.has('kind') && fields.has('metadata'), name)
  }
})

test('every type resolves', () => {
  for (const name of schemaTypeNames()) assert.ok(typeSchema(name), name)
})

test('fields say how they merge', () => {
  const { fields } = must(typeSchema('core/v1.PodSpec'), 'PodSpec')
  const volumes = must(fields.get('volumes'), 'volumes')
  assert.deepEqual(
    [volumes.patchStrategy, volumes.patchMergeKey, volumes.listType, volumes.listMapKeys],
    [['merge', 'retainKeys'], 'name', 'map', ['name']],
  )
  assert.equal(volumes.type.kind === 'list' && volumes.type.item, typeSchema('core/v1.Volume'))
  assert.equal(fields.get('nodeSelector')?.atomic, true)
})

test('fields say what becomes of their zero value', () => {
  const { fields } = must(typeSchema('core/v1.PodSpec'), 'PodSpec')
  const zeros = ['hostname', 'priority', 'containers', 'securityContext', 'tolerations'] as const
  assert.deepEqual(
    zeros.map((name) => fields.get(name)?.zero),
    ['omitted', 'kept', 'written', 'kept', 'omitted'],
  )
})

test('types may contain themselves', () => {
  const type = must(typeSchema('apiextensions/v1.JSONSchemaProps'), 'JSONSchemaProps')
  assert.equal(type.fields.get('not')?.type, type)
})
