import assert from 'node:assert/strict'
import { test } from 'node:test'
import { uncoveredRules } from '#api/rbac/covers.ts'
import type { Subject } from '#api/rbac/v1.gen.ts'
import { clusterrolebindings, clusterroles, rolebindings, roles } from '#api/resources.gen.ts'
import { FakeObjects } from '#testing/objects.ts'
import type { Attributes } from '#apiserver/authorization/authorizer.ts'
import { escalation } from './escalation.ts'
import { parseRule } from './parse-rule.ts'
import { rbacAuthorizer } from './rbac-authorizer.ts'
import { RuleIndex } from './rule-index.ts'

const apiGroup = 'rbac.authorization.k8s.io'
const jane = { name: 'jane', groups: ['dev', 'system:authenticated'] }
const robot = { name: 'system:serviceaccount:shop:robot', groups: ['system:serviceaccounts'] }

function world() {
  const objects = new FakeObjects()
  const role = (name: string, ...rules: string[]) =>
    objects.put(clusterroles, { metadata: { name }, rules: rules.map(parseRule) })
  const bind = (name: string, roleName: string, ...subjects: Subject[]) =>
    objects.put(clusterrolebindings, {
      metadata: { name },
      roleRef: { apiGroup, kind: 'ClusterRole', name: roleName },
      subjects,
    })
  const bindIn = (namespace: string, name: string, kind: string, subjects: Subject[]) =>
    objects.put(rolebindings, {
      metadata: { name, namespace },
      roleRef: { apiGroup, kind, name: 'reader' },
      subjects,
    })
  role('reader', 'read core pods,pods/log', 'get core secrets one')
  role('scaler', 'get,update * */scale')
  role('paths', 'get /healthz,/metrics/*')
  objects.put(roles, {
    metadata: { name: 'reader', namespace: 'shop' },
    rules: [parseRule('get core configmaps')],
  })
  bind('scale', 'scaler', { kind: 'Group', name: 'dev' })
  bind('paths', 'paths', { kind: 'User', name: 'jane' })
  bind('broken', 'absent', { kind: 'User', name: 'ghost' })
  bindIn('shop', 'read', 'ClusterRole', [{ kind: 'User', name: 'jane' }])
  bindIn('shop', 'own', 'Role', [{ kind: 'ServiceAccount', name: 'robot' }])
  const index = new RuleIndex(objects)
  return { objects, index, authorizer: rbacAuthorizer(index) }
}

/** `get pods/log/name shop` or `get /path` */
function ask(text: string, user: Attributes['user'] = jane): Attributes {
  const [verb = '', what = '', namespace = ''] = text.split(' ')
  if (what.startsWith('/')) return { user, verb, path: what }
  const [groupAndResource = '', subresource = '', name = ''] = what.split('/')
  const [resource = '', ...group] = groupAndResource.split('.')
  return {
    user,
    verb,
    resource: { group: group.join('.'), version: 'v1', resource, subresource, namespace, name },
  }
}

for (const [question, reason] of [
  [
    'get pods shop',
    'RBAC: allowed by RoleBinding "read/shop" of ClusterRole "reader" to User "jane"',
  ],
  [
    'get pods/log shop',
    'RBAC: allowed by RoleBinding "read/shop" of ClusterRole "reader" to User "jane"',
  ],
  ['get pods other', undefined],
  ['get pods', undefined],
  ['delete pods shop', undefined],
  ['get pods/exec shop', undefined],
  ['get pods.apps shop', undefined],
  [
    'get secrets//one shop',
    'RBAC: allowed by RoleBinding "read/shop" of ClusterRole "reader" to User "jane"',
  ],
  ['get secrets//two shop', undefined],
  ['get secrets shop', undefined],
  [
    'update deployments.apps/scale shop',
    'RBAC: allowed by ClusterRoleBinding "scale" of ClusterRole "scaler" to Group "dev"',
  ],
  [
    'update deployments.apps/scale',
    'RBAC: allowed by ClusterRoleBinding "scale" of ClusterRole "scaler" to Group "dev"',
  ],
  ['update deployments.apps shop', undefined],
  [
    'get /healthz',
    'RBAC: allowed by ClusterRoleBinding "paths" of ClusterRole "paths" to User "jane"',
  ],
  [
    'get /metrics/cadvisor',
    'RBAC: allowed by ClusterRoleBinding "paths" of ClusterRole "paths" to User "jane"',
  ],
  ['get /metrics', undefined],
  ['post /healthz', undefined],
] as const) {
  test(`jane, ${question} → ${reason === undefined ? 'no' : 'yes'}`, () => {
    const decision = world().authorizer.authorize(ask(question))
    assert.deepEqual(decision, { allowed: reason !== undefined, reason: reason ?? '' })
  })
}

test('a service account is bound by the namespace of the binding unless told', () => {
  const { authorizer } = world()
  assert.deepEqual(authorizer.authorize(ask('get configmaps shop', robot)), {
    allowed: true,
    reason: 'RBAC: allowed by RoleBinding "own/shop" of Role "reader" to ServiceAccount "robot"',
  })
  assert.equal(authorizer.authorize(ask('get pods shop', robot)).allowed, false)
})

test('a binding to a role that is missing tells so', () => {
  const { authorizer } = world()
  assert.deepEqual(authorizer.authorize(ask('get pods', { name: 'ghost', groups: [] })), {
    allowed: false,
    reason: 'RBAC: clusterrole.rbac.authorization.k8s.io "absent" not found',
  })
})

test('decisions follow every change of roles and bindings', async () => {
  const { objects, authorizer, index } = world()
  const may = (question: string) => authorizer.authorize(ask(question)).allowed
  objects.put(clusterroles, { metadata: { name: 'reader' }, rules: [parseRule('get core nodes')] })
  assert.deepEqual([may('get pods shop'), may('get nodes shop')], [false, true])
  objects.put(rolebindings, {
    metadata: { name: 'read', namespace: 'shop' },
    roleRef: { apiGroup, kind: 'ClusterRole', name: 'reader' },
    subjects: [{ kind: 'User', name: 'john' }],
  })
  assert.equal(may('get nodes shop'), false)
  objects.drop(clusterroles, '', 'scaler')
  assert.equal(may('get pods/scale'), false)
  objects.drop(clusterrolebindings, '', 'paths')
  assert.equal(may('get /healthz'), false)
  index[Symbol.dispose]()
  objects.drop(clusterrolebindings, '', 'broken')
  const ghost = { name: 'ghost', groups: [] }
  assert.match(authorizer.authorize(ask('get pods', ghost)).reason, /not found/)
})

for (const [held, asked, missing] of [
  ['* * *', 'get core pods', []],
  ['read core pods,services', 'get,list core pods', []],
  ['get core pods', 'get,list core pods', ['list core pods']],
  ['get core *', 'get core pods/log', []],
  ['get core */log', 'get core pods/log', []],
  ['get core pods', 'get core pods/log', ['get core pods/log']],
  ['get core pods one', 'get core pods', ['get core pods']],
  ['get core pods', 'get core pods one', []],
  ['get core pods one', 'get core pods one,two', ['get core pods two']],
  ['get core pods', 'get apps pods', ['get apps pods']],
  ['get /a/*', 'get /a/b,/a', ['get /a']],
  ['get core pods', 'get /a', ['get /a']],
  ['* *', 'get core pods', ['get core pods']],
] as const) {
  test(`holding "${held}", granting "${asked}" lacks [${missing.join('; ')}]`, () => {
    const lacking = uncoveredRules([parseRule(held)], [parseRule(asked)])
    assert.deepEqual(lacking, missing.map(parseRule))
  })
}

test('what is lacking is told in upstream’s words', () => {
  const { index } = world()
  const rules = ['create,delete core pods', 'get core secrets two', 'get /x'].map(parseRule)
  assert.equal(
    escalation(index, { user: jane, namespace: 'shop' }, rules),
    [
      'user "jane" (groups=["dev" "system:authenticated"]) is attempting to grant RBAC permissions not currently held:',
      '{APIGroups:[""], Resources:["pods"], Verbs:["create" "delete"]}',
      '{APIGroups:[""], Resources:["secrets"], ResourceNames:["two"], Verbs:["get"]}',
      '{NonResourceURLs:["/x"], Verbs:["get"]}',
    ].join('\n'),
  )
  const held = ['get core pods', 'get core secrets one'].map(parseRule)
  assert.equal(escalation(index, { user: jane, namespace: 'shop' }, held), undefined)
})
