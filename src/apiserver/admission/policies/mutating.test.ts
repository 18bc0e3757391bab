/** Mutating policies, asked by a whole server. */
import assert from 'node:assert/strict'
import test, { after } from 'node:test'
import type { MutatingAdmissionPolicySpec } from '#api/admissionregistration/v1.gen.ts'
import type { Deployment } from '#api/apps/v1.gen.ts'
import { StatusError } from '#api/meta/status.ts'
import {
  configmaps,
  deployments,
  mutatingadmissionpolicies,
  mutatingadmissionpolicybindings,
} from '#api/resources.gen.ts'
import { createClient } from '#client/create-client.ts'
import { master, startTestApiServer } from '#testing/api-server.ts'

const limit = { timeout: 30_000 }
const { server, ...running } = await startTestApiServer({ port: false })
after(() => running[Symbol.asyncDispose]())

const client = createClient(server.transport(master))
const policies = client.for(mutatingadmissionpolicies)
const bindings = client.for(mutatingadmissionpolicybindings)

const matchConstraints = {
  resourceRules: [
    {
      apiGroups: ['', 'apps'],
      apiVersions: ['v1'],
      resources: ['configmaps', 'deployments'],
      operations: ['CREATE', 'UPDATE'],
    },
  ],
}

type Spec = Partial<MutatingAdmissionPolicySpec>

async function withPolicies<T>(specs: readonly Spec[], act: () => Promise<T>): Promise<T> {
  for (const [at, spec] of specs.entries()) {
    await policies.create({
      metadata: { name: `p${at}` },
      spec: { matchConstraints, reinvocationPolicy: 'Never', ...spec },
    })
    await bindings.create({ metadata: { name: `b${at}` }, spec: { policyName: `p${at}` } })
  }
  try {
    return await act()
  } finally {
    for (const at of specs.keys()) {
      await bindings.delete(`b${at}`)
      await policies.delete(`p${at}`)
    }
  }
}

const apply = (expression: string, rest: Spec = {}): Spec => ({
  mutations: [{ patchType: 'ApplyConfiguration', applyConfiguration: { expression } }],
  ...rest,
})
const patch = (expression: string, rest: Spec = {}): Spec => ({
  mutations: [{ patchType: 'JSONPatch', jsonPatch: { expression } }],
  ...rest,
})

const deployment = {
  metadata: { name: 'web' },
  spec: {
    selector: { matchLabels: { app: 'web' } },
    template: {
      metadata: { labels: { app: 'web' } },
      spec: { containers: [{ name: 'main', image: 'i' }] },
    },
  },
}

const create = (specs: readonly Spec[]): Promise<Deployment> =>
  withPolicies(specs, () =>
    client.in(deployments, 'default').create(deployment as never, { dryRun: true }),
  )

async function failure(act: () => Promise<unknown>): Promise<StatusError['status']> {
  try {
    await act()
  } catch (error) {
    assert.ok(error instanceof StatusError, String(error))
    return error.status
  }
  return assert.fail('was not refused')
}

test(
  'a configuration is merged: containers by their name, labels by their key',
  limit,
  async () => {
    const expression = `Object{
    metadata: Object.metadata{labels: {'made-by': request.userInfo.username}},
    spec: Object.spec{template: Object.spec.template{spec: Object.spec.template.spec{
      containers: [
        Object.spec.template.spec.containers{name: 'main', image: 'registry/' + object.spec.template.spec.containers[0].image},
        Object.spec.template.spec.containers{name: 'side', image: 's', ?tty: optional.none()}
      ]
    }}}
  }`
    const { metadata, spec } = await create([apply(expression)])
    assert.deepEqual(metadata.labels, { 'made-by': 'test' })
    const containers = spec.template.spec?.containers ?? []
    assert.deepEqual(
      containers.map(({ name, image }) => [name, image]),
      [
        ['main', 'registry/i'],
        ['side', 's'],
      ],
    )
    assert.equal(containers[1]?.imagePullPolicy, 'Always')
  },
)

test('a patch is applied', limit, async () => {
  const expression = `[
    JSONPatch{op: 'test', path: '/spec/replicas', value: 1},
    JSONPatch{op: 'replace', path: '/spec/replicas', value: object.spec.replicas + 2},
    JSONPatch{op: 'add', path: '/metadata/annotations', value: {}},
    JSONPatch{op: 'add', path: '/metadata/annotations/' + jsonpatch.escapeKey('a.com/b'), value: 'c'}
  ]`
  const { metadata, spec } = await create([patch(expression)])
  assert.equal(spec.replicas, 3)
  assert.deepEqual(metadata.annotations, { 'a.com/b': 'c' })
})

test('a policy that wishes so is asked again after others', limit, async () => {
  const counting = apply(
    `Object{metadata: Object.metadata{labels: {'seen': string(object.spec.replicas)}}}`,
    { reinvocationPolicy: 'IfNeeded' },
  )
  const scaling = apply('Object{spec: Object.spec{replicas: 5}}')
  const { metadata } = await create([counting, scaling])
  assert.deepEqual(metadata.labels, { seen: '5' })
})

test('conditions and variables', limit, async () => {
  const spec = apply('Object{spec: Object.spec{replicas: variables.wanted}}', {
    variables: [{ name: 'wanted', expression: "object.metadata.name == 'web' ? 2 : 3" }],
    matchConditions: [{ name: 'few', expression: 'object.spec.replicas < 2' }],
  })
  assert.equal((await create([spec])).spec.replicas, 2)
})

for (const [what, spec, message] of [
  [
    'cannot be evaluated',
    apply('Object{spec: Object.spec{replicas: object.spec.nothing}}'),
    "expression 'Object{spec: Object.spec{replicas: object.spec.nothing}}' resulted in error: no such key: nothing",
  ],
  [
    'changes a list that is one value',
    apply(
      "Object{spec: Object.spec{template: Object.spec.template{spec: Object.spec.template.spec{containers: [Object.spec.template.spec.containers{name: 'main', command: ['x']}]}}}}",
    ),
    'invalid ApplyConfiguration: may not mutate atomic arrays, maps or structs: .spec.template.spec.containers.command',
  ],
] as const) {
  test(
    `a policy that ${what} refuses the request, unless failures are ignored`,
    limit,
    async () => {
      const status = await failure(() => create([spec]))
      assert.equal(status.message, `policy 'p0' with binding 'b0' denied request: ${message}`)
      assert.deepEqual([status.code, status.reason], [403, 'Forbidden'])
      await create([{ ...spec, failurePolicy: 'Ignore' }])
    },
  )
}

for (const [what, spec, message] of [
  ['no mutations', {}, /spec\.mutations: Required value: mutations must contain at least one item/],
  [
    'an unknown type',
    apply('Other{a: 1}'),
    /applyConfiguration\.expression: Invalid value: "Other\{a: 1\}": compilation failed: ERROR: <input>:1:6: undeclared reference to 'Other'/,
  ],
  [
    'no object',
    apply('1'),
    /applyConfiguration\.expression: Invalid value: "1": must evaluate to Object/,
  ],
  [
    'no list',
    patch('1'),
    /jsonPatch\.expression: Invalid value: "1": must evaluate to list\(JSONPatch\)/,
  ],
] as const) {
  test(`a policy with ${what} is refused`, limit, async () => {
    const status = await failure(() =>
      policies.create({
        metadata: { name: 'refused' },
        spec: { matchConstraints, reinvocationPolicy: 'Never', ...(spec as Spec) },
      }),
    )
    assert.equal(status.code, 422)
    assert.match(status.message ?? '', message)
  })
}

test('objects of other kinds are left alone', limit, async () => {
  const expression = "Object{data: {'a': 'b'}}"
  const made = await withPolicies([apply(expression)], () =>
    client.in(configmaps, 'default').create({ metadata: { name: 'x' } }, { dryRun: true }),
  )
  assert.deepEqual(made.data, { a: 'b' })
})
