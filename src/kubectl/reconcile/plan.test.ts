import assert from 'node:assert/strict'
import { test } from 'node:test'
import { planBinding, planRole } from './plan.ts'
import type { Binding, Role } from './plan.ts'

const rule = (verbs: string[], resources = ['pods']) => ({ apiGroups: [''], resources, verbs })
const role = (rules: Role['rules'], more: object = {}): Role => ({
  metadata: { name: 'r' },
  rules,
  ...more,
})
const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'r' }
const user = (name: string) => ({ kind: 'User', name })
const binding = (names: string[], more: object = {}): Binding => ({
  metadata: { name: 'b' },
  roleRef,
  subjects: names.map(user),
  ...more,
})

for (const [what, existing, wanted, removesExtra, operation, rules] of [
  ['new', undefined, role([rule(['get'])]), false, 'create', [rule(['get'])]],
  ['the same', role([rule(['get'])]), role([rule(['get'])]), true, 'none', [rule(['get'])]],
  ['allowed already', role([rule(['*'])]), role([rule(['get'])]), false, 'none', [rule(['*'])]],
  [
    'allowed in part',
    role([rule(['get'])]),
    role([rule(['get', 'list'])]),
    false,
    'update',
    [rule(['get']), rule(['list'])],
  ],
  [
    'too much, to be taken',
    role([rule(['*'])]),
    role([rule(['get'])]),
    true,
    'update',
    [rule(['get'])],
  ],
] as const) {
  test(`a role: ${what}`, () => {
    const plan = planRole(existing, wanted, removesExtra)
    assert.equal(plan.operation, operation)
    assert.deepEqual(plan.object.rules, rules)
  })
}

test('labels and annotations are added; those that are there stay', () => {
  const existing = role([], { metadata: { name: 'r', labels: { a: '1' } } })
  const wanted = role([], { metadata: { name: 'r', labels: { a: '2', b: '3' } } })
  const { operation, object } = planRole(existing, wanted, false)
  assert.equal(operation, 'update')
  assert.deepEqual(object.metadata?.labels, { a: '1', b: '3' })
})

test('an aggregation that is not wanted goes, one that is wanted comes', () => {
  const aggregationRule = { clusterRoleSelectors: [{ matchLabels: { a: 'b' } }] }
  const gone = planRole(role([], { aggregationRule }), role([]), false)
  assert.equal(gone.operation, 'update')
  assert.equal(gone.object.aggregationRule, undefined)
  const come = planRole(role([]), role([], { aggregationRule }), false)
  assert.deepEqual(come.object.aggregationRule, aggregationRule)
})

for (const [what, existing, wanted, removesExtra, operation, names] of [
  ['new', undefined, binding(['a']), false, 'create', ['a']],
  ['the same', binding(['a']), binding(['a']), true, 'none', ['a']],
  ['one more', binding(['a']), binding(['b']), false, 'update', ['a', 'b']],
  ['another', binding(['a']), binding(['b']), true, 'update', ['b']],
  [
    'to another role',
    binding(['a'], { roleRef: { ...roleRef, name: 'x' } }),
    binding(['b']),
    false,
    'recreate',
    ['b'],
  ],
] as const) {
  test(`a binding: ${what}`, () => {
    const plan = planBinding(existing, wanted, removesExtra)
    assert.equal(plan.operation, operation)
    assert.deepEqual(plan.object.subjects, names.map(user))
  })
}

test('an object can opt out', () => {
  const annotations = { 'rbac.authorization.kubernetes.io/autoupdate': 'false' }
  const existing = binding(['a'], { metadata: { name: 'b', annotations } })
  assert.equal(planBinding(existing, binding(['b']), false).isProtected, true)
})
