import assert from 'node:assert/strict'
import test from 'node:test'
import type { Container, Pod, PodSpec } from '#kubectl/pods/pod.ts'
import { applyProfile, checkProfile } from './profiles.ts'
import type { Style } from './profiles.ts'

const kept = {
  labels: false,
  annotations: false,
  liveness: false,
  readiness: true,
  startup: false,
  initContainers: true,
}

/** What the profile makes of a pod with a container `app` and a debugging one. */
function applied(profile: string, style: Style) {
  const debug: Container = { name: 'debug', securityContext: { runAsUser: 0 } }
  const app: Container = { name: 'app', livenessProbe: {}, readinessProbe: {} }
  const pod: Pod & { spec: PodSpec } = {
    metadata: { name: 'web', labels: { a: 'b' }, annotations: { c: 'd' } },
    spec: { containers: [app, debug], initContainers: [{ name: 'init' }] },
  }
  applyProfile(pod, debug, { profile, style, kept })
  return { pod, debug, app }
}

const restricted = {
  runAsNonRoot: true,
  capabilities: { drop: ['ALL'] },
  allowPrivilegeEscalation: false,
  seccompProfile: { type: 'RuntimeDefault' },
}

for (const [profile, style, security] of [
  ['general', 'ephemeral', { runAsUser: 0, capabilities: { add: ['SYS_PTRACE'] } }],
  ['general', 'node', undefined],
  ['baseline', 'copy', undefined],
  ['restricted', 'ephemeral', restricted],
  ['restricted', 'node', restricted],
  ['netadmin', 'copy', { runAsUser: 0, capabilities: { add: ['NET_ADMIN', 'NET_RAW'] } }],
  ['sysadmin', 'node', { runAsUser: 0, privileged: true }],
  ['legacy', 'ephemeral', { runAsUser: 0 }],
] as const) {
  test(`${profile}, ${style}: ${JSON.stringify(security)}`, () => {
    assert.deepEqual(applied(profile, style).debug['securityContext'], security)
  })
}

for (const [profile, sees] of [
  ['general', true],
  ['sysadmin', true],
  ['legacy', true],
  ['netadmin', false],
  ['baseline', false],
] as const) {
  test(`${profile} ${sees ? 'mounts' : 'does not mount'} the node's files`, () => {
    const { pod, debug } = applied(profile, 'node')
    assert.equal(pod.spec['volumes'] !== undefined, sees)
    assert.equal(debug['volumeMounts'] !== undefined, sees)
  })
}

test('a copy keeps what it is told to keep', () => {
  const { pod, app } = applied('general', 'copy')
  assert.deepEqual(pod.metadata, { name: 'web' })
  assert.deepEqual(app, { name: 'app', readinessProbe: {} })
  assert.equal(pod.spec['shareProcessNamespace'], true)
  assert.equal(pod.spec.initContainers?.length, 1)
})

test('an unknown profile is refused by name', () => {
  assert.throws(() => checkProfile('nope'), { message: 'unknown profile: nope' })
})
