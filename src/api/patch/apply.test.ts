import assert from 'node:assert/strict'
import { test } from 'node:test'
import { must } from '#base/assert.ts'
import type { ManagedFieldsEntry } from '#api/meta/v1.gen.ts'
import type { StatusError } from '#api/meta/status.ts'
import { typeSchema } from '#api/schema.ts'
import { applyConfiguration } from './apply.ts'
import { updateManagedFields } from './managed-fields.ts'
import type { Json } from './patch-error.ts'

const configMapType = must(typeSchema('core/v1.ConfigMap'), 'config maps are built in')
const podType = must(typeSchema('core/v1.Pod'), 'pods are built in')
const t0 = Date.UTC(2030, 0, 1)

interface Write {
  readonly by: string
  readonly data: Record<string, string> | undefined
  /** Default: an apply. */
  readonly how?: 'update' | 'force'
}

function configMap(data: Record<string, string> | undefined): Json {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'c' }, ...(data && { data }) }
}

/** Writes one after the other, a second each; the object after the last of them. */
function write(writes: readonly Write[]): Json {
  let live: Json | undefined
  writes.forEach(({ by, data, how }, second) => {
    const nowMs = t0 + second * 1000
    const manager = { name: by, apiVersion: 'v1', subresource: '' }
    if (how === 'update') {
      const next = configMap(data)
      const updater = { ...manager, operation: 'Update' as const }
      const managedFields = updateManagedFields({
        type: configMapType,
        prior: live,
        next,
        manager: updater,
        nowMs,
      })
      live = { ...next, metadata: { name: 'c', managedFields } }
    } else {
      const config = configMap(data)
      const applier = { ...manager, operation: 'Apply' as const }
      live = applyConfiguration({
        type: configMapType,
        live,
        config,
        manager: applier,
        force: how === 'force',
        nowMs,
      })
    }
  })
  return live ?? {}
}

function managersIn(object: Json): readonly string[] {
  const { managedFields = [] } = object['metadata'] as { managedFields?: ManagedFieldsEntry[] }
  return managedFields.map((entry) => {
    const fields = Object.keys((entry.fieldsV1?.['f:data'] as object | undefined) ?? {})
    return `${entry.manager} ${entry.operation}@${entry.time?.slice(17, 19)} ${fields.join()}`
  })
}

const cases: readonly (readonly [
  string,
  readonly Write[],
  object | undefined,
  readonly string[],
])[] = [
  ['an apply creates', [{ by: 'a', data: { x: '1' } }], { x: '1' }, ['a Apply@00 f:x']],
  [
    'what is applied no more goes',
    [
      { by: 'a', data: { x: '1', y: '1' } },
      { by: 'a', data: { x: '1' } },
    ],
    { x: '1' },
    ['a Apply@01 f:x'],
  ],
  [
    'the last field leaves nothing',
    [
      { by: 'a', data: { x: '1' } },
      { by: 'a', data: undefined },
    ],
    undefined,
    [],
  ],
  [
    'an apply of the same changes nothing',
    [
      { by: 'a', data: { x: '1' } },
      { by: 'a', data: { x: '1' } },
    ],
    { x: '1' },
    ['a Apply@00 f:x'],
  ],
  [
    'managers share what they agree on',
    [
      { by: 'a', data: { x: '1' } },
      { by: 'b', data: { x: '1' } },
    ],
    { x: '1' },
    ['a Apply@00 f:x', 'b Apply@01 f:x'],
  ],
  [
    'a shared field stays until the last lets go',
    [
      { by: 'a', data: { x: '1' } },
      { by: 'b', data: { x: '1' } },
      { by: 'a', data: undefined },
    ],
    { x: '1' },
    ['b Apply@01 f:x'],
  ],
  [
    'fields of others stay',
    [
      { by: 'a', data: { x: '1' } },
      { by: 'b', data: { y: '1' } },
    ],
    { x: '1', y: '1' },
    ['a Apply@00 f:x', 'b Apply@01 f:y'],
  ],
  [
    'force takes over',
    [
      { by: 'a', data: { x: '1', y: '1' } },
      { by: 'b', data: { x: '2' }, how: 'force' },
    ],
    { x: '2', y: '1' },
    ['a Apply@00 f:y', 'b Apply@01 f:x'],
  ],
  [
    'an update takes over',
    [
      { by: 'a', data: { x: '1', y: '1' } },
      { by: 'b', data: { x: '2', y: '1' }, how: 'update' },
    ],
    { x: '2', y: '1' },
    ['a Apply@00 f:y', 'b Update@01 f:x'],
  ],
  [
    'what an update took is not removed',
    [
      { by: 'a', data: { x: '1', y: '1' } },
      { by: 'b', data: { x: '2', y: '1' }, how: 'update' },
      { by: 'a', data: { y: '1' } },
    ],
    { x: '2', y: '1' },
    ['a Apply@00 f:y', 'b Update@01 f:x'],
  ],
]

for (const [title, writes, data, managers] of cases) {
  test(title, () => {
    const object = write(writes)
    assert.deepEqual(object['data'], data)
    assert.deepEqual(managersIn(object), managers)
  })
}

function refusal(writes: readonly Write[]): StatusError {
  try {
    write(writes)
  } catch (error) {
    return error as StatusError
  }
  return assert.fail('it was not refused')
}

test('one conflict', () => {
  const { status } = refusal([
    { by: 'a', data: { x: '1' }, how: 'update' },
    { by: 'b', data: { x: '2' } },
  ])
  assert.deepEqual(
    [status.message, status.reason, status.code, status.details],
    [
      'Apply failed with 1 conflict: conflict with "a" using v1: .data.x',
      'Conflict',
      409,
      {
        causes: [
          {
            reason: 'FieldManagerConflict',
            message: 'conflict with "a" using v1',
            field: '.data.x',
          },
        ],
      },
    ],
  )
})

test('several conflicts', () => {
  const { status } = refusal([
    { by: 'z', data: { x: '1' } },
    { by: 'a', data: { x: '1', y: '1', w: '1' }, how: 'update' },
    { by: 'b', data: { x: '2', y: '2', w: '2' } },
  ])
  assert.equal(
    status.message,
    'Apply failed with 3 conflicts: conflicts with "a" using v1:\n- .data.w\n- .data.y\nconflicts with "z":\n- .data.x',
  )
})

const applier = { name: 'a', operation: 'Apply', apiVersion: 'v1', subresource: '' } as const

function applyPod(live: Json | undefined, config: Json, name = 'a'): Json {
  const manager = { ...applier, name }
  return applyConfiguration({ type: podType, live, config, manager, force: false, nowMs: t0 })
}

function pod(spec: Json, metadata: Json = {}): Json {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'p', namespace: 'n', ...metadata },
    spec,
  }
}

function containers(...names: readonly string[]): Json {
  return { containers: names.map((name) => ({ name, image: 'i' })) }
}

for (const [title, live, mine, next, result] of [
  [
    'new items come where they are applied',
    ['a', 'b'],
    ['a', 'b'],
    ['a', 'n', 'b'],
    ['a', 'n', 'b'],
  ],
  ['the applied order wins', ['a', 'b', 'c'], ['a', 'b', 'c'], ['c', 'a', 'b'], ['c', 'a', 'b']],
  ['items of others keep their place', ['x', 'a', 'y'], ['a'], ['a', 'b'], ['x', 'a', 'y', 'b']],
  ['items that are applied no more go', ['x', 'a', 'b'], ['a', 'b'], ['b'], ['x', 'b']],
] as const) {
  test(`lists: ${title}`, () => {
    const others = live.filter((name) => !(mine as readonly string[]).includes(name))
    const first = applyPod(undefined, pod(containers(...others)), 'other')
    const created = applyPod(first, pod(containers(...mine)))
    const ordered = pod({ ...containers(...live) }, created['metadata'] as Json)
    const { spec } = applyPod(ordered, pod(containers(...next))) as {
      spec: { containers: { name: string }[] }
    }
    assert.deepEqual(
      spec.containers.map(({ name }) => name),
      result,
    )
  })
}

test('a set is united with what others put in it', () => {
  const first = applyPod(undefined, pod({}, { finalizers: ['x/a'] }), 'other')
  const second = applyPod(first, pod({}, { finalizers: ['x/b'] }))
  const third = applyPod(second, pod({}, { finalizers: ['x/c'] }))
  assert.deepEqual((third['metadata'] as Json)['finalizers'], ['x/a', 'x/c'])
})

test('an item without its defaulted key is the item with the default', () => {
  const port = { containerPort: 80, protocol: 'TCP' }
  const live = pod({ containers: [{ name: 'c', ports: [port] }] })
  const { spec } = applyPod(
    live,
    pod({ containers: [{ name: 'c', ports: [{ containerPort: 80, name: 'h' }] }] }),
  )
  assert.deepEqual(spec, { containers: [{ name: 'c', ports: [{ ...port, name: 'h' }] }] })
})

test('an object that nobody managed gets a manager for what it has', () => {
  const applied = applyConfiguration({
    type: configMapType,
    live: configMap({ x: '1', y: '1' }),
    config: configMap({ x: '1' }),
    manager: applier,
    force: false,
    nowMs: t0,
  })
  assert.deepEqual(managersIn(applied), [
    'a Apply@00 f:x',
    'before-first-apply Update@00 .,f:x,f:y',
  ])
})

for (const [config, problem] of [
  [pod({ foo: 1 }), '.spec.foo: field not declared in schema'],
  [pod({ hostNetwork: 'x' }), '.spec.hostNetwork: expected boolean, got "x"'],
  [pod({ priority: 'x' }), '.spec.priority: expected numeric (int or float), got string'],
  [pod({ containers: {} }), '.spec.containers: expected list, got {}'],
  [pod({ nodeSelector: [] }), '.spec.nodeSelector: expected map, got []'],
  [pod(containers('a', 'a')), '.spec.containers: duplicate entries for key [name="a"]'],
  [
    pod({ containers: [{ image: 'i' }] }),
    '.spec.containers: element 0: associative list with keys has an element that omits key field "name" (and doesn\'t have default value)',
  ],
  [
    pod({ a: 1, b: 2 }),
    'errors:\n  .spec.a: field not declared in schema\n  .spec.b: field not declared in schema',
  ],
] as const) {
  test(`refused: ${problem}`, () => {
    assert.throws(() => applyPod(undefined, config), {
      code: 500,
      message: `failed to create typed patch object (n/p; v1, Kind=Pod): ${problem}`,
    })
  })
}

test('the configuration may not say who manages what', () => {
  assert.throws(() => applyPod(undefined, pod({}, { managedFields: [{}] })), {
    code: 400,
    message: 'metadata.managedFields must be nil',
  })
})

const annotation = 'kubectl.kubernetes.io/last-applied-configuration'

test('kubectl may take what it applied from the client, and keeps the annotation true', () => {
  const lastApplied = JSON.stringify(configMap({ x: '1' }))
  const live: Json = {
    ...configMap({ x: '1', y: '1' }),
    metadata: {
      name: 'c',
      annotations: { [annotation]: lastApplied },
      managedFields: [
        {
          manager: 'kubectl-client-side-apply',
          operation: 'Update',
          apiVersion: 'v1',
          time: '2029-01-01T00:00:00Z',
          fieldsV1: { 'f:data': { '.': {}, 'f:x': {}, 'f:y': {} } },
        },
      ],
    },
  }
  const apply = {
    type: configMapType,
    live,
    manager: { ...applier, name: 'kubectl' },
    force: false,
    nowMs: t0,
  }
  const config = configMap({ x: '2' })
  const applied = applyConfiguration({ ...apply, config })
  assert.deepEqual(applied['data'], { x: '2', y: '1' })
  const annotations = (applied['metadata'] as { annotations: Json }).annotations
  assert.deepEqual(JSON.parse(annotations[annotation] as string), {
    ...config,
    metadata: { name: 'c', annotations: {} },
  })
  assert.throws(() => applyConfiguration({ ...apply, config: configMap({ y: '2' }) }), {
    message:
      'Apply failed with 1 conflict: conflict with "kubectl-client-side-apply" using v1: .data.y',
  })
})
