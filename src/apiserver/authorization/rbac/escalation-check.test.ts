import assert from 'node:assert/strict'
import { test } from 'node:test'
import { clusterrolebindings, clusterroles } from '#api/resources.gen.ts'
import type { ApiObject } from '#api/resource-type.ts'
import { FakeObjects } from '#testing/objects.ts'
import { admissionRequest } from '#testing/admission.ts'
import { escalationCheck } from './escalation-check.ts'
import { parseRule } from './parse-rule.ts'
import { rbacAuthorizer } from './rbac-authorizer.ts'
import { RuleIndex } from './rule-index.ts'

const apiGroup = 'rbac.authorization.k8s.io'

async function check(
  user: string,
  plural: string,
  object: object,
  prior?: object,
): Promise<string> {
  const objects = new FakeObjects()
  const grants: Record<string, string[]> = {
    jane: ['get core pods'],
    escalator: ['escalate rbac.authorization.k8s.io clusterroles x'],
    binder: ['bind rbac.authorization.k8s.io clusterroles strong'],
    root: ['* * *', '* *'],
  }
  for (const [name, rules] of Object.entries(grants)) {
    objects.put(clusterroles, { metadata: { name }, rules: rules.map(parseRule) })
    objects.put(clusterrolebindings, {
      metadata: { name },
      roleRef: { apiGroup, kind: 'ClusterRole', name },
      subjects: [{ kind: 'User', name }],
    })
  }
  objects.put(clusterroles, {
    metadata: { name: 'strong' },
    rules: [parseRule('get core secrets')],
  })
  const index = new RuleIndex(objects)
  const plugin = escalationCheck(index, rbacAuthorizer(index))
  const request = admissionRequest({
    type: plural === 'clusterroles' ? clusterroles : clusterrolebindings,
    object: object as ApiObject,
    ...(prior !== undefined && { prior: prior as ApiObject }),
    user: { name: user, groups: user === 'master' ? ['system:masters'] : [] },
  })
  if (!plugin.handles(request)) return 'not asked'
  try {
    await plugin.validate?.(request)
    return 'fine'
  } catch (error) {
    return (error as Error).message.replaceAll('\n', ' ')
  }
}

const role = (rule: string, more: object = {}) => ({
  metadata: { name: 'x', ...more },
  rules: [parseRule(rule)],
})
const binding = (name: string) => ({
  metadata: { name: 'b' },
  roleRef: { apiGroup, kind: 'ClusterRole', name },
  subjects: [],
})
const aggregating = { metadata: { name: 'x' }, aggregationRule: { clusterRoleSelectors: [] } }
const lacks = (what: string, name: string, rule: string, user = 'jane') =>
  `${what}.rbac.authorization.k8s.io "${name}" is forbidden: user "${user}" (groups=[]) is attempting to grant RBAC permissions not currently held: ${rule}`

for (const [what, user, plural, object, prior, expected] of [
  ['a role with what one holds', 'jane', 'clusterroles', role('get core pods'), undefined, 'fine'],
  [
    'a role with more',
    'jane',
    'clusterroles',
    role('get core secrets'),
    undefined,
    lacks('clusterroles', 'x', '{APIGroups:[""], Resources:["secrets"], Verbs:["get"]}'),
  ],
  ['more, as a master', 'master', 'clusterroles', role('* * *'), undefined, 'fine'],
  [
    'more, with the right to escalate',
    'escalator',
    'clusterroles',
    role('* * *'),
    undefined,
    'fine',
  ],
  [
    'a change of finalizers only',
    'jane',
    'clusterroles',
    role('* * *', { finalizers: ['a'] }),
    role('* * *'),
    'fine',
  ],
  [
    'a change of a strong role’s labels',
    'jane',
    'clusterroles',
    role('get core nodes', { labels: {} }),
    role('get core nodes'),
    lacks('clusterroles', 'x', '{APIGroups:[""], Resources:["nodes"], Verbs:["get"]}'),
  ],
  [
    'an aggregating role',
    'jane',
    'clusterroles',
    aggregating,
    undefined,
    'clusterroles.rbac.authorization.k8s.io "x" is forbidden: must have cluster-admin privileges to use the aggregationRule',
  ],
  [
    'an aggregating role, as an administrator',
    'root',
    'clusterroles',
    aggregating,
    undefined,
    'fine',
  ],
  [
    'a binding to a role one holds',
    'jane',
    'clusterrolebindings',
    binding('jane'),
    undefined,
    'fine',
  ],
  [
    'a binding to more',
    'jane',
    'clusterrolebindings',
    binding('strong'),
    undefined,
    lacks('clusterrolebindings', 'b', '{APIGroups:[""], Resources:["secrets"], Verbs:["get"]}'),
  ],
  [
    'a binding to more, with the right to bind',
    'binder',
    'clusterrolebindings',
    binding('strong'),
    undefined,
    'fine',
  ],
  [
    'a binding to nothing',
    'jane',
    'clusterrolebindings',
    binding('none'),
    undefined,
    'clusterroles.rbac.authorization.k8s.io "none" not found',
  ],
] as const) {
  test(`${user} writes ${what}`, async () => {
    assert.equal(await check(user, plural, object, prior), expected)
  })
}
