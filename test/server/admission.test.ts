/** Webhooks and policies as somebody with the real kubectl meets them. */
import assert from 'node:assert/strict'
import test, { after } from 'node:test'
import { patchReply, startWebhookServer } from '#testing/webhook-server.ts'
import { startHarness } from './harness.ts'

const limit = { timeout: 60_000 }
const harness = await startHarness()
const hook = await startWebhookServer()
after(async () => {
  await harness[Symbol.asyncDispose]()
  await hook[Symbol.asyncDispose]()
})
hook.on('/deny', () => ({ allowed: false, status: { code: 403, message: 'no such maps here' } }))
hook.on('/label', () =>
  patchReply([{ op: 'add', path: '/metadata/labels', value: { by: 'hook' } }]),
)

const admin = await harness.kubeconfig('admin', harness.pki.admin)

async function apply(manifest: string): Promise<string> {
  const { code, stdout, stderr } = await harness.run(admin, ['apply', '-f', '-'], manifest)
  assert.equal(code, 0, stderr)
  return stdout
}

const configuration = (kind: string, name: string, more = ''): string => `
apiVersion: admissionregistration.k8s.io/v1
kind: ${kind}WebhookConfiguration
metadata: {name: ${name}}
webhooks:
- name: ${name}.example.com
  clientConfig: {url: "https://127.0.0.1:${hook.port}/${name}", caBundle: ${hook.caBundle}}
  admissionReviewVersions: [v1]
  sideEffects: None
  ${more}
  rules:
  - {apiGroups: [""], apiVersions: [v1], resources: [configmaps], operations: [CREATE]}
`

test('a webhook denies', limit, async () => {
  const selector = 'objectSelector: {matchLabels: {guarded: "yes"}}'
  await apply(configuration('Validating', 'deny', selector))
  const guarded = `
apiVersion: v1
kind: ConfigMap
metadata: {name: guarded, labels: {guarded: "yes"}}
`
  const { code, stderr } = await harness.run(admin, ['create', '-f', '-'], guarded)
  assert.equal(code, 1)
  assert.equal(
    stderr,
    'Error from server: error when creating "STDIN": admission webhook "deny.example.com" denied the request: no such maps here\n',
  )
})

test('a webhook changes what is created', limit, async () => {
  await apply(configuration('Mutating', 'label'))
  await harness.kubectl('create', 'configmap', 'made')
  const label = await harness.kubectl('get', 'cm', 'made', '-o', 'jsonpath={.metadata.labels.by}')
  assert.equal(label, 'hook')
  const table = await harness.kubectl('get', 'mutatingwebhookconfigurations')
  assert.match(table, /^NAME +WEBHOOKS +AGE\nlabel +1 +/)
})

const policy = `
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata: {name: replicas}
spec:
  matchConstraints:
    resourceRules:
    - {apiGroups: [apps], apiVersions: [v1], resources: [deployments], operations: [CREATE, UPDATE]}
    - {apiGroups: [apps], apiVersions: [v1], resources: [deployments/scale], operations: [UPDATE]}
  validations:
  - expression: object.spec.replicas <= 5
    messageExpression: "'at most 5 replicas, not ' + string(object.spec.replicas)"
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicyBinding
metadata: {name: everywhere}
spec: {policyName: replicas, validationActions: [Deny]}
`

test('a policy denies a creation and a scale', limit, async () => {
  await apply(policy)
  const denial =
    "ValidatingAdmissionPolicy 'replicas' with binding 'everywhere' denied request: at most 5 replicas, not 6\n"
  const create = ['create', 'deployment', 'web', '--image=i']
  const tooMany = await harness.run(admin, [...create, '--replicas=6'])
  const refused = 'error: failed to create deployment: deployments.apps "web" is forbidden: '
  assert.equal(tooMany.stderr, refused + denial)
  await harness.kubectl(...create, '--replicas=1')
  const scaled = await harness.run(admin, ['scale', 'deployment/web', '--replicas=6'])
  assert.equal(scaled.code, 1)
  assert.equal(scaled.stderr, `The deployments "web" is invalid: : ${denial}`)
  const table = await harness.kubectl('get', 'validatingadmissionpolicies')
  assert.match(table, /^NAME +VALIDATIONS +PARAMKIND +AGE\nreplicas +1 +<unset> +/)
})
