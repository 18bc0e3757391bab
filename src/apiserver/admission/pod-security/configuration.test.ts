import assert from 'node:assert/strict'
import { test } from 'node:test'
import { deployments, namespaces, pods } from '#api/resources.gen.ts'
import { admissionDeps, admissionRequest, admit } from '#testing/admission.ts'
import type { AdmissionCase } from '#testing/admission.ts'
import { FakeObjects } from '#testing/objects.ts'
import { decodePodSecurity } from './configuration.ts'
import { podSecurity } from './pod-security.ts'

const head = {
  apiVersion: 'pod-security.admission.config.k8s.io/v1',
  kind: 'PodSecurityConfiguration',
}
const label = (mode: string) => `pod-security.kubernetes.io/${mode}`

function world(config: object, labels: Record<string, string> = {}) {
  const objects = new FakeObjects()
  for (const name of ['shop', 'exempt']) objects.put(namespaces, { metadata: { name, labels } })
  const configurations = { podSecurity: decodePodSecurity({ ...head, ...config }) }
  const plugin = podSecurity(admissionDeps(objects, { configurations }))
  const annotations: Record<string, string> = {}
  const run = async (asked: Partial<AdmissionCase> & Pick<AdmissionCase, 'type'>) => {
    const warnings: string[] = []
    const annotate = (key: string, value: string) => void (annotations[key] = value)
    try {
      await admit([plugin], admissionRequest({ ...asked, warnings, annotate }))
      return warnings.join('\n') || 'fine'
    } catch (error) {
      return (error as Error).message.replace(/: allow.*/, '')
    }
  }
  const bad = (namespace: string, spec: object = {}) =>
    ({
      metadata: { name: 'p', namespace },
      spec: { containers: [{ name: 'c' }], ...spec },
    }) as never
  return { run, annotations, bad, objects }
}

const strict = { defaults: { enforce: 'restricted', 'enforce-version': 'v1.30' } }

test('what holds where namespaces say nothing', async () => {
  const { run, bad } = world(strict)
  const refused = 'pods "p" is forbidden: violates PodSecurity "restricted:v1.30"'
  assert.equal(await run({ type: pods, object: bad('shop') }), refused)
  const lax = world(strict, { [label('enforce')]: 'privileged' })
  assert.equal(await lax.run({ type: pods, object: lax.bad('shop') }), 'fine')
  const half = world(strict, { [label('enforce-version')]: 'latest' })
  assert.match(await half.run({ type: pods, object: half.bad('shop') }), /"restricted:latest"$/)
})

test('who is exempt is not judged, and the audit log says why', async () => {
  const exemptions = { namespaces: ['exempt'], usernames: ['root'], runtimeClasses: ['vm'] }
  const { run, bad, annotations } = world({ ...strict, exemptions })
  const why = () => annotations['pod-security.kubernetes.io/exempt']
  assert.equal(await run({ type: pods, object: bad('exempt') }), 'fine')
  assert.equal(why(), 'namespace')
  const user = { name: 'root', groups: [] }
  assert.equal(await run({ type: pods, object: bad('shop'), user }), 'fine')
  assert.equal(why(), 'user')
  const object = bad('shop', { runtimeClassName: 'vm' })
  assert.equal(await run({ type: pods, object }), 'fine')
  assert.equal(why(), 'runtimeClass')
  assert.notEqual(await run({ type: pods, object: bad('shop') }), 'fine')
})

test('workloads of exempt namespaces are not warned of', async () => {
  const config = { defaults: { warn: 'restricted' }, exemptions: { namespaces: ['exempt'] } }
  const { run } = world(config)
  const workload = (namespace: string) =>
    ({
      metadata: { name: 'd', namespace },
      spec: { template: { spec: { containers: [{ name: 'c' }] } } },
    }) as never
  assert.match(await run({ type: deployments, object: workload('shop') }), /^would violate/)
  assert.equal(await run({ type: deployments, object: workload('exempt') }), 'fine')
})

test('labels of an exempt namespace do not count, which is told', async () => {
  const { run } = world({ exemptions: { namespaces: ['exempt'] } })
  const namespace = (labels: object) => ({ metadata: { name: 'exempt', labels } }) as never
  const prior = namespace({})
  const object = namespace({ [label('enforce')]: 'baseline', [label('audit')]: 'privileged' })
  const told =
    'namespace "exempt" is exempt from Pod Security, and the policy (enforce=baseline:latest) will be ignored'
  assert.equal(await run({ type: namespaces, object }), told)
  assert.equal(await run({ type: namespaces, object, prior }), told)
  assert.equal(await run({ type: namespaces, object, prior: object }), 'fine')
  assert.equal(await run({ type: namespaces, object: prior }), 'fine')
})

for (const [config, message] of [
  [
    { defaults: { enforce: 'odd', 'warn-version': '1.2' } },
    '[defaults.enforce: Invalid value: "odd": must be one of privileged, baseline, restricted, defaults.warn-version: Invalid value: "1.2": must be "latest" or "v1.x"]',
  ],
  [
    { exemptions: { usernames: ['a', 'a', ''] } },
    '[exemptions.usernames[1]: Duplicate value: "a", exemptions.usernames[2]: Required value]',
  ],
] as const) {
  test(`refused: ${message}`, () => {
    const expected = { message: `couldn't init admission plugin "PodSecurity": ${message}` }
    assert.throws(() => decodePodSecurity({ ...head, ...structuredClone(config) }), expected)
  })
}

test('a field that nobody knows is refused', () => {
  assert.throws(() => decodePodSecurity({ ...head, exemptions: { users: ['a'] } }), {
    message: 'strict decoding error: unknown field "exemptions.users"',
  })
})
