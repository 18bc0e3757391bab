import assert from 'node:assert/strict'
import { test } from 'node:test'
import { UserError } from '#base/user-error.ts'
import { abacAuthorizer, abacRulesFor, parseAbacPolicies } from './abac.ts'
import type { Attributes } from './authorizer.ts'

/** Lines as upstream's documentation has them. */
const file = `
# Alice may do anything to all resources; the kubelet reads pods and writes events
{"apiVersion": "abac.authorization.kubernetes.io/v1beta1", "kind": "Policy", "spec": {"user": "alice", "namespace": "*", "resource": "*", "apiGroup": "*"}}
{"apiVersion": "abac.authorization.kubernetes.io/v1beta1", "kind": "Policy", "spec": {"user": "kubelet", "namespace": "*", "resource": "pods", "readonly": true}}
{"apiVersion": "abac.authorization.kubernetes.io/v1beta1", "kind": "Policy", "spec": {"user": "kubelet", "namespace": "*", "resource": "events"}}
{"apiVersion": "abac.authorization.kubernetes.io/v1beta1", "kind": "Policy", "spec": {"user": "bob", "namespace": "projectCaribou", "resource": "pods", "readonly": true}}
{"apiVersion": "abac.authorization.kubernetes.io/v1beta1", "kind": "Policy", "spec": {"group": "system:authenticated", "readonly": true, "nonResourcePath": "/version/*"}}
{"apiVersion": "abac.authorization.kubernetes.io/v1beta1", "kind": "Policy", "spec": {"user": "*", "group": "devs", "readonly": true, "nonResourcePath": "/healthz"}}
{"apiVersion": "abac.authorization.kubernetes.io/v1beta1", "kind": "Policy", "spec": {"user": "carol", "group": "ops", "namespace": "*", "resource": "nodes"}}

  {"user": "old", "resource": "pods", "extra": "is not looked at"}
{"user": "older", "readonly": true}
{"apiVersion": "abac.authorization.kubernetes.io/v1beta1", "kind": "Policy", "spec": {"namespace": "*", "resource": "*", "apiGroup": "*"}}
`
const policies = parseAbacPolicies(file, 'policy.jsonl')
const authorizer = abacAuthorizer(policies)

/** `USER[,GROUP…] VERB [GROUP/]RESOURCE NAMESPACE` or `USER VERB /path` */
function ask(line: string): boolean {
  const [who = '', verb = '', what = '', namespace = ''] = line.split(' ')
  const [name = '', ...groups] = who.split(',')
  const user = { name, groups: [...groups, 'system:authenticated'] }
  const [resource = '', group = ''] = what.split('/').toReversed()
  const attributes: Attributes = what.startsWith('/')
    ? { user, verb, path: what }
    : {
        user,
        verb,
        resource: { group, version: 'v1', resource, subresource: '', namespace, name: '' },
      }
  return authorizer.authorize(attributes).allowed
}

for (const [line, allowed] of [
  ['alice delete apps/deployments shop', true],
  ['alice get /version/', true],
  ['alice get /metrics', false],
  ['kubelet list pods shop', true],
  ['kubelet create pods shop', false],
  ['kubelet create events shop', true],
  ['kubelet create events.k8s.io/events shop', false],
  ['bob watch pods projectCaribou', true],
  ['bob watch pods other', false],
  ['bob get /version/x', true],
  ['bob post /version/x', false],
  ['bob get /healthz', true],
  ['carol,ops delete nodes', true],
  ['carol delete nodes', false],
  ['dave,ops delete nodes', false],
  ['old delete metrics.k8s.io/pods anywhere', true],
  ['old get /api', false],
  ['older list secrets anywhere', true],
  ['older get /api', true],
  ['older create secrets anywhere', false],
  ['nobody get secrets x', false],
] as const) {
  test(`${line}: ${allowed ? 'yes' : 'no'}`, () => assert.equal(ask(line), allowed))
}

test('a no says so', () => {
  const user = { name: 'x', groups: [] }
  assert.equal(authorizer.authorize({ user, verb: 'get', path: '/x' }).reason, 'No policy matched.')
})

test('what somebody may do', () => {
  const user = { name: 'kubelet', groups: ['system:authenticated'] }
  assert.deepEqual(abacRulesFor(policies, user, 'shop'), {
    resourceRules: [
      { verbs: ['get', 'list', 'watch'], apiGroups: [''], resources: ['pods'] },
      { verbs: ['*'], apiGroups: [''], resources: ['events'] },
    ],
    nonResourceRules: [],
  })
})

for (const [line, message] of [
  [
    '{"user": 1}',
    'error reading policy file p, line 2: {"user": 1}: json: cannot unmarshal number into Go struct field Policy.user of type string',
  ],
  [
    '{"apiVersion":"v1","kind":"Policy"}',
    'error reading policy file p, line 2: {"apiVersion":"v1","kind":"Policy"}: no kind "Policy" is registered for version "v1" in scheme "k8s.io/kubernetes/pkg/apis/abac"',
  ],
] as const) {
  test(`refused: ${line}`, () => {
    assert.throws(() => parseAbacPolicies(`# first\n${line}\n`, 'p'), new UserError(message))
  })
}
