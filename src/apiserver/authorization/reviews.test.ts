import assert from 'node:assert/strict'
import { test } from 'node:test'
import { clusterrolebindings, clusterroles } from '#api/resources.gen.ts'
import { UserError } from '#base/user-error.ts'
import { silentLogger } from '#base/logger.ts'
import { FakeClock } from '#testing/clock.ts'
import { FakeObjects } from '#testing/objects.ts'
import { createAuthorization } from './create-authorization.ts'
import { parseRule } from './rbac/parse-rule.ts'
import { parseModes } from './union.ts'

function world(modes = ['Node', 'RBAC']) {
  const objects = new FakeObjects()
  const rules = ['get core pods', 'get /healthz'].map(parseRule)
  objects.put(clusterroles, { metadata: { name: 'reader' }, rules })
  const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'reader' }
  const subjects = [{ kind: 'User', name: 'jane' }]
  objects.put(clusterrolebindings, { metadata: { name: 'b' }, roleRef, subjects })
  return createAuthorization({
    objects,
    clock: new FakeClock(),
    log: silentLogger,
    modes: parseModes(modes),
  })
}

async function post(kind: string, spec: object, more: object = {}): Promise<unknown> {
  const endpoint = world().endpoints.get(`POST ${kind}`)
  const user = { name: 'jane', groups: [] }
  try {
    const answer = await endpoint?.({ user, namespace: '', object: { spec }, ...more } as never)
    assert.ok(answer?.type === 'object')
    assert.equal(answer.status, 201)
    return (answer.object as { status: unknown }).status
  } catch (error) {
    return (error as Error).message
  }
}

const pods = { verb: 'get', resource: 'pods' }
const reason = 'RBAC: allowed by ClusterRoleBinding "b" of ClusterRole "reader" to User "jane"'
for (const [kind, spec, expected] of [
  ['subjectaccessreviews', { user: 'jane', resourceAttributes: pods }, { allowed: true, reason }],
  ['subjectaccessreviews', { user: 'john', resourceAttributes: pods }, { allowed: false }],
  [
    'subjectaccessreviews',
    { user: 'x', groups: ['system:masters'], resourceAttributes: pods },
    { allowed: true },
  ],
  [
    'subjectaccessreviews',
    { user: 'jane', nonResourceAttributes: { verb: 'get', path: '/healthz' } },
    { allowed: true, reason },
  ],
  [
    'subjectaccessreviews',
    { resourceAttributes: pods },
    'SubjectAccessReview.authorization.k8s.io "" is invalid: spec.user: Invalid value: "": at least one of user or group must be specified',
  ],
  [
    'subjectaccessreviews',
    { user: 'jane' },
    'SubjectAccessReview.authorization.k8s.io "" is invalid: spec.resourceAttributes: Invalid value: null: exactly one of nonResourceAttributes or resourceAttributes must be specified',
  ],
  ['selfsubjectaccessreviews', { resourceAttributes: pods }, { allowed: true, reason }],
  [
    'selfsubjectaccessreviews',
    { resourceAttributes: { ...pods, verb: 'delete' } },
    { allowed: false },
  ],
  ['selfsubjectrulesreviews', {}, 'no namespace on request'],
  [
    'selfsubjectrulesreviews',
    { namespace: 'shop' },
    {
      resourceRules: [{ verbs: ['get'], apiGroups: [''], resources: ['pods'] }],
      nonResourceRules: [{ verbs: ['get'], nonResourceURLs: ['/healthz'] }],
      incomplete: false,
    },
  ],
] as const) {
  test(`${kind} ${JSON.stringify(spec)}`, async () => {
    assert.deepEqual(await post(kind, spec), expected)
  })
}

test('a local review is about its own namespace', async () => {
  const kind = 'localsubjectaccessreviews'
  const ask = (namespace: string, spec: object = {}) =>
    post(
      kind,
      { user: 'jane', resourceAttributes: { ...pods, namespace }, ...spec },
      { namespace: 'shop' },
    )
  assert.deepEqual(await ask('shop'), { allowed: true, reason })
  assert.match(
    String(await ask('other')),
    /spec.resourceAttributes.namespace: Invalid value: "other": must match metadata.namespace/,
  )
})

test('a node is told that its rules cannot be listed', async () => {
  const user = { name: 'system:node:n', groups: ['system:nodes'] }
  assert.deepEqual(await post('selfsubjectrulesreviews', { namespace: 'x' }, { user }), {
    resourceRules: [],
    nonResourceRules: [],
    incomplete: true,
    evaluationError: 'node authorizer does not support user rule resolution',
  })
})

const asJohn = { user: { name: 'john', groups: [] }, verb: 'get', path: '/x' }
for (const [modes, allowed] of [
  [['AlwaysAllow'], true],
  [['AlwaysDeny'], false],
  [['RBAC'], false],
  [['RBAC', 'AlwaysAllow'], true],
] as const) {
  test(`modes ${modes.join()} → ${allowed}`, async () => {
    const decision = await world([...modes]).authorizer.authorize(asJohn)
    assert.equal(decision.allowed, allowed)
  })
}

for (const [modes, message] of [
  [[], /at least one authorization-mode must be passed/],
  [['Odd'], /authorization-mode "Odd" is not a valid mode/],
  [['RBAC', 'RBAC'], /has mode specified more than once/],
] as const) {
  test(`modes [${modes.join()}] are refused`, () => {
    assert.throws(
      () => parseModes(modes),
      (error) => error instanceof UserError && message.test(error.message),
    )
  })
}
