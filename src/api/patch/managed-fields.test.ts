import assert from 'node:assert/strict'
import { test } from 'node:test'
import { must } from '#base/assert.ts'
import type { ManagedFieldsEntry } from '#api/meta/v1.gen.ts'
import { decodeValue } from '#api/decode.ts'
import { typeSchema } from '#api/schema.ts'
import { topFields, updateManagedFields, type Manager } from './managed-fields.ts'
import type { Json } from './patch-error.ts'
import { fieldsOf } from './typed-fields.ts'

const deploymentType = must(typeSchema('apps/v1.Deployment'), 'deployments are built in')
const configMapType = must(typeSchema('core/v1.ConfigMap'), 'config maps are built in')

const kubectl: Manager = {
  name: 'kubectl',
  operation: 'Update',
  apiVersion: 'apps/v1',
  subresource: '',
}
const t0 = Date.UTC(2030, 0, 1)

function deployment(): Json {
  return decodeValue<Json>(deploymentType, {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'd', uid: 'u', labels: { app: 'd' }, finalizers: ['a/b'] },
    spec: {
      replicas: 1,
      selector: { matchLabels: { app: 'd' } },
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1 } },
      template: {
        metadata: { labels: { app: 'd' } },
        spec: {
          containers: [
            {
              name: 'c',
              image: 'i',
              command: ['x'],
              ports: [{ containerPort: 80, protocol: 'TCP' }],
            },
          ],
        },
      },
    },
    status: { replicas: 3 },
  }).object
}

const leaf = {}

test('a create owns all that it sets, in the shape that the API server writes', () => {
  const [entry] =
    updateManagedFields({
      type: deploymentType,
      prior: undefined,
      next: deployment(),
      manager: kubectl,
      nowMs: t0,
      ignored: topFields(['status']),
    }) ?? []
  assert.deepEqual(entry, {
    manager: 'kubectl',
    operation: 'Update',
    apiVersion: 'apps/v1',
    time: '2030-01-01T00:00:00Z',
    fieldsType: 'FieldsV1',
    fieldsV1: {
      'f:metadata': {
        'f:labels': { '.': leaf, 'f:app': leaf },
        'f:finalizers': { '.': leaf, 'v:"a/b"': leaf },
      },
      'f:spec': {
        'f:replicas': leaf,
        'f:selector': leaf,
        'f:strategy': { 'f:type': leaf, 'f:rollingUpdate': { '.': leaf, 'f:maxSurge': leaf } },
        'f:template': {
          'f:metadata': { 'f:labels': { '.': leaf, 'f:app': leaf } },
          'f:spec': {
            'f:containers': {
              'k:{"name":"c"}': {
                '.': leaf,
                'f:name': leaf,
                'f:image': leaf,
                'f:command': leaf,
                'f:resources': leaf,
                'f:ports': {
                  '.': leaf,
                  'k:{"containerPort":80,"protocol":"TCP"}': {
                    '.': leaf,
                    'f:containerPort': leaf,
                    'f:protocol': leaf,
                  },
                },
              },
            },
          },
        },
      },
    },
  })
})

interface Step {
  readonly by: string
  readonly subresource?: string
  readonly data?: Record<string, string>
  readonly managedFields?: unknown
}

/** What the entries are after a series of writes, one a second, to a config map's data. */
function afterwards(steps: readonly Step[]): readonly string[] {
  let prior: Json | undefined
  steps.forEach(({ by, data, subresource = '', managedFields }, second) => {
    const next: Json = {
      metadata: { name: 'c', ...(managedFields !== undefined && { managedFields }) },
      ...(data && { data }),
    }
    const manager: Manager = { name: by, operation: 'Update', apiVersion: 'v1', subresource }
    const entries = updateManagedFields({
      type: configMapType,
      prior,
      next,
      manager,
      nowMs: t0 + second * 1000,
    })
    prior = { ...next, metadata: { name: 'c', ...(entries && { managedFields: entries }) } }
  })
  const metadata = prior?.['metadata'] as { managedFields?: ManagedFieldsEntry[] } | undefined
  return (metadata?.managedFields ?? []).map((entry) => {
    const subresource = entry.subresource === undefined ? '' : `/${entry.subresource}`
    const fields = JSON.stringify(entry.fieldsV1?.['f:data'] ?? {})
    return `${entry.manager}${subresource}@${entry.time?.slice(17, 19)} ${fields}`
  })
}

const cases: readonly (readonly [string, readonly Step[], readonly string[]])[] = [
  ['nothing set, nothing managed', [{ by: 'a' }], []],
  [
    'a manager’s time moves with its changes',
    [
      { by: 'a', data: { x: '1' } },
      { by: 'a', data: { x: '2', y: '1' } },
    ],
    ['a@01 {".":{},"f:x":{},"f:y":{}}'],
  ],
  [
    'a write that changes nothing leaves the entry',
    [
      { by: 'a', data: { x: '1' } },
      { by: 'a', data: { x: '1' } },
    ],
    ['a@00 {".":{},"f:x":{}}'],
  ],
  [
    'a changed field moves',
    [
      { by: 'a', data: { x: '1', y: '1' } },
      { by: 'b', data: { x: '2', y: '1' } },
    ],
    ['a@00 {".":{},"f:y":{}}', 'b@01 {"f:x":{}}'],
  ],
  ['a manager that has lost all is gone', [{ by: 'a', data: { x: '1' } }, { by: 'b' }], []],
  [
    'a removed field is nobody’s',
    [
      { by: 'a', data: { x: '1', y: '1' } },
      { by: 'b', data: { y: '1' } },
    ],
    ['a@00 {".":{},"f:y":{}}'],
  ],
  [
    'a subresource has its own entry',
    [
      { by: 'a', data: { x: '1' } },
      { by: 'a', subresource: 'status', data: { x: '2' } },
    ],
    ['a@00 {}', 'a/status@01 {"f:x":{}}'],
  ],
  [
    'a write may forget all managers',
    [
      { by: 'a', data: { x: '1' } },
      { by: 'b', data: { x: '2' }, managedFields: [{}] },
    ],
    [],
  ],
  [
    'only ten updaters are told apart',
    Array.from({ length: 12 }, (_, n) => ({
      by: `m${n}`,
      data: Object.fromEntries(Array.from({ length: n + 1 }, (__, k) => [`k${k}`, 'v'])),
    })),
    [
      'ancient-changes@02 {".":{},"f:k0":{},"f:k1":{},"f:k2":{}}',
      ...[3, 4, 5, 6, 7, 8, 9, 10, 11].map(
        (n) => `m${n}@${String(n).padStart(2, '0')} {"f:k${n}":{}}`,
      ),
    ],
  ],
]

for (const [title, steps, expected] of cases) {
  test(title, () => assert.deepEqual(afterwards(steps), expected))
}

test('entries that a request brings take the place of those that are stored', () => {
  const brought = [
    {
      manager: 'z',
      operation: 'Update',
      apiVersion: 'v1',
      fieldsV1: { 'f:data': { 'f:x': {} } },
      time: '2029-01-01T00:00:09Z',
    },
  ]
  assert.deepEqual(
    afterwards([
      { by: 'a', data: { x: '1' } },
      { by: 'b', data: { x: '1' }, managedFields: brought },
    ]),
    ['z@09 {"f:x":{}}'],
  )
})

test('without a schema maps are taken apart and lists are not', () => {
  const next = { spec: { list: [{ a: 1 }], map: { b: { c: 1 } } } }
  const [entry] =
    updateManagedFields({ type: undefined, prior: undefined, next, manager: kubectl, nowMs: t0 }) ??
    []
  assert.deepEqual(entry?.fieldsV1, {
    'f:spec': {
      '.': leaf,
      'f:list': leaf,
      'f:map': { '.': leaf, 'f:b': { '.': leaf, 'f:c': leaf } },
    },
  })
})

test('long names of managers are cut', () => {
  const manager = { ...kubectl, name: 'é'.repeat(100) }
  const [entry] =
    updateManagedFields({
      type: undefined,
      prior: undefined,
      next: { a: 1 },
      manager,
      nowMs: t0,
    }) ?? []
  assert.equal(entry?.manager, 'é'.repeat(64))
})

test('the set of an object has leaves, items and empty maps', () => {
  const value = {
    metadata: { labels: { a: 'b' }, annotations: {} },
    spec: { template: { spec: { containers: [{ name: 'c' }] } } },
  }
  assert.deepEqual(fieldsOf(deploymentType, value), {
    'f:metadata': { 'f:labels': { 'f:a': leaf }, 'f:annotations': leaf },
    'f:spec': {
      'f:template': {
        'f:spec': { 'f:containers': { 'k:{"name":"c"}': { '.': leaf, 'f:name': leaf } } },
      },
    },
  })
})
