import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Container, Pod, PodSpec } from '#api/core/v1.gen.ts'
import { unsupported } from './unsupported.ts'

function podOf(spec: Partial<PodSpec>, container: Partial<Container> = {}): Pod {
  return {
    metadata: { name: 'web', uid: 'u', resourceVersion: '1', creationTimestamp: '' },
    spec: { containers: [{ name: 'c', ...container }], ...spec },
  }
}

const strict = { securityContext: { supplementalGroupsPolicy: 'Strict' } }
const rule = { action: 'RestartAllContainers', exitCodes: { operator: 'In', values: [1] } }

const cases = [
  [podOf({}), undefined],
  [podOf({ hostUsers: true }), undefined],
  [podOf({ hostUsers: false }), 'hostUsers: false (user namespaces)'],
  [podOf({ resourceClaims: [{ name: 'gpu' }] }), 'resourceClaims'],
  [podOf(strict), 'supplementalGroupsPolicy: Strict (the container runtime)'],
  [
    podOf({}, { restartPolicyRules: [rule] }),
    'restartPolicyRules other than Restart (container c)',
  ],
  [podOf({}, { restartPolicyRules: [{ ...rule, action: 'Restart' }] }), undefined],
] as const

for (const [pod, expected] of cases) {
  test(`${JSON.stringify(pod.spec)}: ${expected ?? 'fine'}`, () => {
    assert.equal(unsupported(pod, { supplementalGroupsPolicy: false }), expected)
  })
}

test('what the runtime can do is allowed', () => {
  assert.equal(unsupported(podOf(strict), { supplementalGroupsPolicy: true }), undefined)
})
