import assert from 'node:assert/strict'
import { test } from 'node:test'
import { clusterrolebindings, clusterroles, rolebindings, roles } from '#api/resources.gen.ts'
import { silentLogger } from '#base/logger.ts'
import { FakeClock } from '#testing/clock.ts'
import { FakeObjects } from '#testing/objects.ts'
import { RoleAggregation } from './aggregate-roles.ts'
import { bootstrapRbac } from './bootstrap.ts'
import { bootstrapBindings, bootstrapRoles } from './bootstrap-policy.ts'
import { parseRule } from './parse-rule.ts'
import { rbacAuthorizer } from './rbac-authorizer.ts'
import { RuleIndex } from './rule-index.ts'

async function settled(): Promise<void> {
  for (let turn = 0; turn < 5; turn += 1) await new Promise((resolve) => setImmediate(resolve))
}

test('an empty cluster gets every role and binding; a second start writes nothing', async () => {
  const objects = new FakeObjects()
  await bootstrapRbac(objects)
  const stored = [clusterroles, roles, clusterrolebindings, rolebindings].flatMap((type) => [
    ...objects.list<unknown>(type),
  ])
  assert.equal(stored.length, bootstrapRoles().length + bootstrapBindings().length)
  assert.equal(objects.writes.length, stored.length)
  assert.deepEqual(objects.get(clusterroles, '', 'edit')?.metadata.labels, {
    'kubernetes.io/bootstrapping': 'rbac-defaults',
    'rbac.authorization.k8s.io/aggregate-to-admin': 'true',
  })
  objects.writes.length = 0
  await bootstrapRbac(objects)
  assert.deepEqual(objects.writes, [])
})

test('admin holds what edit holds, which holds what view holds, without another write', async () => {
  const objects = new FakeObjects()
  await bootstrapRbac(objects)
  const rules = (name: string) => objects.get(clusterroles, '', name)?.rules ?? []
  assert.ok(rules('view').length > 5)
  assert.ok(rules('edit').length > rules('view').length)
  assert.ok(rules('admin').length > rules('edit').length)
  objects.writes.length = 0
  await using _aggregation = new RoleAggregation({
    objects,
    clock: new FakeClock(),
    log: silentLogger,
  })
  await settled()
  assert.deepEqual(objects.writes, [])
})

test('what is lacking is added, what was added by others stays', async () => {
  const objects = new FakeObjects()
  await bootstrapRbac(objects)
  const own = parseRule('get example.com things')
  await objects.modify(clusterroles, { namespace: '', name: 'system:kube-dns' }, (role) => {
    role.rules = [own]
    delete role.metadata.annotations
  })
  await objects.modify(clusterrolebindings, { namespace: '', name: 'cluster-admin' }, (binding) => {
    binding.subjects = [{ kind: 'User', name: 'boss' }]
  })
  objects.put(clusterrolebindings, {
    metadata: { name: 'system:monitoring' },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'other' },
  })
  objects.writes.length = 0
  await bootstrapRbac(objects)
  assert.deepEqual(objects.writes.toSorted(), [
    'create clusterrolebindings.rbac.authorization.k8s.io system:monitoring',
    'delete clusterrolebindings.rbac.authorization.k8s.io system:monitoring',
    'modify clusterrolebindings.rbac.authorization.k8s.io cluster-admin',
    'modify clusterroles.rbac.authorization.k8s.io system:kube-dns',
  ])
  const dns = objects.get(clusterroles, '', 'system:kube-dns')
  assert.deepEqual(dns?.rules?.[0], own)
  assert.equal(dns?.metadata.annotations?.['rbac.authorization.kubernetes.io/autoupdate'], 'true')
  const subjects = objects.get(clusterrolebindings, '', 'cluster-admin')?.subjects
  assert.deepEqual(
    subjects?.map(({ name }) => name),
    ['boss', 'system:masters'],
  )
})

test('autoupdate=false protects a role and a binding', async () => {
  const objects = new FakeObjects()
  await bootstrapRbac(objects)
  const protect = (object: { metadata: { annotations?: Record<string, string> } }) => {
    object.metadata.annotations = { 'rbac.authorization.kubernetes.io/autoupdate': 'false' }
  }
  await objects.modify(clusterroles, { namespace: '', name: 'view' }, (role) => {
    protect(role)
    delete role.aggregationRule
  })
  await objects.modify(clusterrolebindings, { namespace: '', name: 'system:discovery' }, (one) => {
    protect(one)
    one.subjects = []
  })
  objects.writes.length = 0
  await bootstrapRbac(objects)
  assert.deepEqual(objects.writes, [])
})

test('a role that is labelled for aggregation reaches admin through edit', async () => {
  const objects = new FakeObjects()
  await bootstrapRbac(objects)
  await using _aggregation = new RoleAggregation({
    objects,
    clock: new FakeClock(),
    log: silentLogger,
  })
  objects.put(clusterroles, {
    metadata: { name: 'crd', labels: { 'rbac.authorization.k8s.io/aggregate-to-view': 'true' } },
    rules: [parseRule('get example.com things')],
  })
  await settled()
  const index = new RuleIndex(objects)
  objects.put(rolebindings, {
    metadata: { name: 'a', namespace: 'shop' },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'admin' },
    subjects: [{ kind: 'User', name: 'jane' }],
  })
  const resource = {
    group: 'example.com',
    version: 'v1',
    resource: 'things',
    subresource: '',
    namespace: 'shop',
    name: '',
  }
  const user = { name: 'jane', groups: [] }
  assert.equal(rbacAuthorizer(index).authorize({ user, verb: 'get', resource }).allowed, true)
  objects.drop(clusterroles, '', 'crd')
  await settled()
  assert.equal(rbacAuthorizer(index).authorize({ user, verb: 'get', resource }).allowed, false)
})

test('a write that fails is tried again', async () => {
  const objects = new FakeObjects()
  await bootstrapRbac(objects)
  const clock = new FakeClock()
  const modify = objects.modify.bind(objects)
  let failures = 1
  objects.modify = (type, at, change) => {
    if (failures > 0) {
      failures -= 1
      return Promise.reject(new Error('the disk is full'))
    }
    return modify(type, at, change)
  }
  await using _aggregation = new RoleAggregation({ objects, clock, log: silentLogger })
  objects.put(clusterroles, {
    metadata: { name: 'crd', labels: { 'rbac.authorization.k8s.io/aggregate-to-view': 'true' } },
    rules: [parseRule('get example.com things')],
  })
  await settled()
  const hasThings = () =>
    JSON.stringify(objects.get(clusterroles, '', 'view')).includes('example.com')
  assert.equal(hasThings(), false)
  await clock.advance(1_000)
  await settled()
  assert.equal(hasThings(), true)
})

/** What upstream's features that are on since 1.36 add, and what nodes are judged on by other means. */
for (const [role, line, isThere] of [
  ['system:monitoring', 'get /statusz', true],
  ['system:monitoring', 'get /flagz', true],
  ['system:kube-scheduler', 'patch,update resource.k8s.io resourceclaims/binding', true],
  [
    'system:controller:resource-claim-controller',
    'patch,update resource.k8s.io resourceclaims/binding',
    true,
  ],
  ['system:node', 'create,delete,patch,read,update resource.k8s.io resourceslices', false],
] as const) {
  test(`${role}: ${isThere ? '' : 'not '}${line}`, () => {
    const rules = bootstrapRoles().find(({ name }) => name === role)?.rules ?? []
    const wanted = JSON.stringify(parseRule(line))
    assert.equal(
      rules.some((rule) => JSON.stringify(rule) === wanted),
      isThere,
    )
  })
}
