import assert from 'node:assert/strict'
import test from 'node:test'
import { resources } from '#resources/all.ts'
import { ProtobufReader } from '#apiserver/protobuf/reader.ts'
import { openApiV2, openApiV3 } from './document.ts'
import { encodeOpenApiV2 } from './v2-protobuf.ts'

interface Operation {
  readonly parameters: readonly { readonly name: string }[]
  readonly 'x-kubernetes-action': string
  readonly 'x-kubernetes-group-version-kind': object
}

type Schemas = Record<string, Record<string, unknown>>

const apps = openApiV3(resources.filter(({ group }) => group === 'apps')) as {
  paths: Record<string, Record<string, Operation>>
  components: { schemas: Schemas }
}

test('what kubectl looks for before it validates: fieldValidation of a patch', () => {
  const path = '/apis/apps/v1/namespaces/{namespace}/deployments/{name}'
  const patch = apps.paths[path]?.['patch']
  assert.ok(patch)
  assert.ok(patch.parameters.some(({ name }) => name === 'fieldValidation'))
  assert.equal(patch['x-kubernetes-action'], 'patch')
  assert.deepEqual(patch['x-kubernetes-group-version-kind'], {
    group: 'apps',
    version: 'v1',
    kind: 'Deployment',
  })
})

test('a kind is found by its group, version and kind', () => {
  const deployment = apps.components.schemas['io.k8s.api.apps.v1.Deployment']
  assert.deepEqual(deployment?.['x-kubernetes-group-version-kind'], [
    { group: 'apps', version: 'v1', kind: 'Deployment' },
  ])
})

test('lists tell how they merge', () => {
  const { properties } = apps.components.schemas['io.k8s.api.core.v1.PodSpec'] ?? {}
  assert.deepEqual((properties as Schemas)['containers'], {
    type: 'array',
    items: { $ref: '#/components/schemas/io.k8s.api.core.v1.Container' },
    'x-kubernetes-list-type': 'map',
    'x-kubernetes-list-map-keys': ['name'],
    'x-kubernetes-patch-merge-key': 'name',
    'x-kubernetes-patch-strategy': 'merge',
  })
})

test('no reference leads nowhere', () => {
  const document = openApiV3(resources)
  const { schemas } = (document as typeof apps).components
  const prefix = '#/components/schemas/'
  const missing = [...JSON.stringify(document).matchAll(/"\$ref":"([^"]+)"/g)]
    .map(([, ref = '']) => ref.slice(prefix.length))
    .filter((name) => schemas[name] === undefined)
  assert.deepEqual([...new Set(missing)], [])
})

test('the protobuf form has the same paths and definitions', () => {
  const rows = resources.filter(({ group }) => group === 'policy')
  const document = openApiV2(rows) as { paths: object; definitions: object }
  const names: Record<number, string[]> = { 8: [], 9: [] }
  const reader = new ProtobufReader(encodeOpenApiV2(document))
  while (!reader.done) {
    const tag = reader.tag()
    const [field, wire] = [tag >>> 3, tag % 8]
    if (field !== 8 && field !== 9) reader.skip(wire)
    else names[field]?.push(...namesIn(reader.bytes()))
  }
  assert.deepEqual(names[8], Object.keys(document.paths))
  assert.deepEqual(names[9], Object.keys(document.definitions))
})

/** Of named values: field 1 of each nested message. */
function namesIn(bytes: Buffer): string[] {
  const names: string[] = []
  const reader = new ProtobufReader(bytes)
  while (!reader.done) {
    reader.tag()
    const item = new ProtobufReader(reader.bytes())
    item.tag()
    names.push(item.text())
  }
  return names
}
