import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ValidatingAdmissionPolicySpec } from '#api/admissionregistration/v1.gen.ts'
import { typeWarnings } from './type-check.ts'

const rule = (apiGroups: string[], resources: string[]) => ({
  apiGroups,
  apiVersions: ['v1'],
  resources,
  operations: ['CREATE'],
})

function warnings(
  expression: string,
  rules = [rule(['apps'], ['deployments'])],
  more: Partial<ValidatingAdmissionPolicySpec> = {},
): readonly string[] {
  const spec = {
    matchConstraints: { resourceRules: rules },
    validations: [{ expression }],
    ...more,
  }
  const found = typeWarnings({ metadata: { name: 'p' }, spec } as never)
  return found.map(({ fieldRef, warning }) => `${fieldRef} ${warning.split('\n')[0]}`)
}

const at = 'spec.validations[0].expression apps/v1, Kind=Deployment: ERROR: <input>:'

const cases = [
  ['object.spec.replicas > 1', []],
  ["object.metadata.namespace == 'x' && object.metadata.__namespace__ == 'x'", []],
  ["object.spec.template.spec.containers.all(c, c.image.startsWith('x'))", []],
  ["object.metadata.labels['app'] == 'x' && has(object.spec.selector.matchLabels)", []],
  ["object.spec.template.spec.containers[0].resources.limits['cpu'] == '1'", []],
  [
    'oldObject.spec.replicas == null',
    [`${at}1:25: found no matching overload for '_==_' applied to '(int, null)'`],
  ],
  ['object.replicas > 1', [`${at}1:7: undefined field 'replicas'`]],
  [
    "object.spec.replicas == '1'",
    [`${at}1:22: found no matching overload for '_==_' applied to '(int, string)'`],
  ],
] as const

for (const [expression, expected] of cases) {
  test(expression, () => assert.deepEqual(warnings(expression), expected))
}

test('every kind of the rules is looked at', () => {
  const rules = [rule(['apps'], ['deployments', 'daemonsets']), rule(['*'], ['pods'])]
  const found = warnings('object.spec.replicas > 1', rules)
  assert.deepEqual(found, [
    "spec.validations[0].expression apps/v1, Kind=DaemonSet: ERROR: <input>:1:12: undefined field 'replicas'",
  ])
})

test('variables and parameters have types, too', () => {
  const more = {
    variables: [{ name: 'few', expression: 'object.spec.replicas < 3' }],
    paramKind: { apiVersion: 'v1', kind: 'ConfigMap' },
  }
  assert.deepEqual(warnings("variables.few && params.data['a'] == 'b'", undefined, more), [])
  assert.equal(warnings('variables.few > 1', undefined, more).length, 1)
  assert.equal(warnings('params.nothing', undefined, more).length, 1)
})
