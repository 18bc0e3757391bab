import assert from 'node:assert/strict'
import test from 'node:test'
import { decodeValue } from '#api/decode.ts'
import { resources } from '#resources/all.ts'
import { ResourceTable } from '#apiserver/http/resource-table.ts'
import { decodeMessage } from '#apiserver/protobuf/decode.ts'
import { openEnvelope } from '#apiserver/protobuf/envelope.ts'
import { groupDiscoveryList } from './aggregated.ts'
import { encodeGroupDiscoveryList, groupDiscoveryListType } from './aggregated-protobuf.ts'
import { compareVersions, servedGroups } from './groups.ts'
import { apiGroup, apiResourceList } from './legacy.ts'

const groups = servedGroups(new ResourceTable(resources))

function list(group: string, version: string) {
  const served = groups
    .find(({ name }) => name === group)
    ?.versions.find((v) => v.version === version)
  assert.ok(served)
  return apiResourceList(group, served).resources
}

test('the core group is first, the others in upstream’s order', () => {
  const names = groups.map(({ name }) => name)
  assert.deepEqual(names.slice(0, 6), [
    '',
    'apiregistration.k8s.io',
    'apps',
    'events.k8s.io',
    'authentication.k8s.io',
    'authorization.k8s.io',
  ])
})

const versions = ['v1alpha1', 'foo', 'v1', 'v1beta2', 'v10', 'v2', 'v1beta1', 'bar']

test('versions by stability, then by age', () => {
  assert.deepEqual(versions.toSorted(compareVersions), [
    'v10',
    'v2',
    'v1',
    'v1beta2',
    'v1beta1',
    'v1alpha1',
    'bar',
    'foo',
  ])
})

test('a resource with its subresources, as the genuine server lists them', () => {
  const pods = list('', 'v1').filter(({ name }) => name === 'pods' || name.startsWith('pods/'))
  assert.deepEqual(pods[0], {
    name: 'pods',
    singularName: 'pod',
    namespaced: true,
    kind: 'Pod',
    verbs: ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'],
    shortNames: ['po'],
    categories: ['all'],
    storageVersionHash: 'xPOwRZ+Yhw8=',
  })
  const kinds = pods.map(({ name, kind, verbs }) => `${name} ${kind} ${verbs.join(',')}`)
  assert.deepEqual(kinds.slice(1), [
    'pods/attach PodAttachOptions create,get',
    'pods/binding Binding create',
    'pods/ephemeralcontainers Pod get,patch,update',
    'pods/eviction Eviction create',
    'pods/exec PodExecOptions create,get',
    'pods/log Pod get',
    'pods/portforward PodPortForwardOptions create,get',
    'pods/proxy PodProxyOptions create,delete,get,patch,update',
    'pods/resize Pod get,patch,update',
    'pods/status Pod get,patch,update',
  ])
})

test('a subresource of another group names it', () => {
  const scale = list('apps', 'v1').find(({ name }) => name === 'deployments/scale')
  assert.deepEqual(scale, {
    name: 'deployments/scale',
    singularName: '',
    namespaced: true,
    group: 'autoscaling',
    version: 'v1',
    kind: 'Scale',
    verbs: ['get', 'patch', 'update'],
  })
})

test('a group prefers its first version', () => {
  const apps = groups.find(({ name }) => name === 'apps')
  assert.ok(apps)
  assert.deepEqual(apiGroup(apps), {
    name: 'apps',
    versions: [{ groupVersion: 'apps/v1', version: 'v1' }],
    preferredVersion: { groupVersion: 'apps/v1', version: 'v1' },
  })
})

test('the aggregated form nests subresources', () => {
  const document = groupDiscoveryList(groups, 'v2') as {
    items: { metadata: { name?: string }; versions: { resources: { resource: string }[] }[] }[]
  }
  const apps = document.items.find(({ metadata }) => metadata.name === 'apps')
  const scaled = apps?.versions[0]?.resources.find(({ resource }) => resource === 'replicasets')
  assert.deepEqual(scaled, {
    resource: 'replicasets',
    responseKind: { group: 'apps', version: 'v1', kind: 'ReplicaSet' },
    scope: 'Namespaced',
    singularResource: 'replicaset',
    verbs: ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'],
    shortNames: ['rs'],
    categories: ['all'],
    subresources: [
      {
        subresource: 'scale',
        responseKind: { group: 'autoscaling', version: 'v1', kind: 'Scale' },
        verbs: ['get', 'patch', 'update'],
      },
      {
        subresource: 'status',
        responseKind: { group: 'apps', version: 'v1', kind: 'ReplicaSet' },
        verbs: ['get', 'patch', 'update'],
      },
    ],
  })
})

test('the aggregated form in protobuf says the same', () => {
  const document = groupDiscoveryList(groups, 'v2') as Record<string, unknown>
  const { kind, apiVersion, raw } = openEnvelope(encodeGroupDiscoveryList(document))
  assert.deepEqual(
    { kind, apiVersion },
    { kind: 'APIGroupDiscoveryList', apiVersion: document['apiVersion'] },
  )
  const read = (value: unknown): unknown =>
    decodeValue(groupDiscoveryListType(), structuredClone(value)).object
  assert.deepEqual(
    read(decodeMessage(groupDiscoveryListType(), raw)),
    read({ metadata: {}, items: document['items'] }),
  )
})

test('a row that comes is listed, one that goes is not', () => {
  const table = new ResourceTable(resources)
  const before = table.generation
  const [row] = resources
  assert.ok(row)
  const custom = { ...row, group: 'example.com', version: 'v1', plural: 'things' }
  table.add(custom)
  assert.ok(table.generation > before)
  assert.equal(servedGroups(table).at(-1)?.name, 'example.com')
  table.remove(custom)
  assert.ok(!table.hasGroupVersion('example.com', 'v1'))
})
