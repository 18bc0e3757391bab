/** Admission plugins as `--admission-control-config-file` configures them. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer as createHttp } from 'node:http'
import { createServer as createHttps } from 'node:https'
import type { AddressInfo, Server } from 'node:net'
import type { TLSSocket } from 'node:tls'
import { test } from 'node:test'
import { createAuthority, issueCertificate } from '#bootstrap/pki/certificate.ts'
import { plainKubeconfig, startByFlags } from './command-line.ts'

const limit = { timeout: 30_000 }
const flag = '--admission-control-config-file=FOLDER/admission.yaml'

function admission(plugins: Readonly<Record<string, object>>): string {
  return JSON.stringify({
    apiVersion: 'apiserver.config.k8s.io/v1',
    kind: 'AdmissionConfiguration',
    plugins: Object.entries(plugins).map(([name, entry]) => ({ name, ...entry })),
  })
}

const config = (apiVersion: string, kind: string, more: object) => ({
  configuration: { apiVersion, kind, ...more },
})

async function listening(server: Server): Promise<AsyncDisposable & { readonly port: number }> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return { port, [Symbol.asyncDispose]: async () => void server.close() }
}

const pod = (name: string, spec: object = {}) => ({
  method: 'POST',
  path: '/api/v1/namespaces/default/pods',
  body: { metadata: { name }, spec: { containers: [{ name: 'c', image: 'nginx' }], ...spec } },
})
const namespace = {
  method: 'POST',
  path: '/api/v1/namespaces',
  body: { metadata: { name: 'default' } },
}

test('what plugins are told, in the file and beside it', limit, async () => {
  const podSecurity = {
    apiVersion: 'pod-security.admission.config.k8s.io/v1',
    kind: 'PodSecurityConfiguration',
    defaults: { enforce: 'baseline' },
  }
  const plugins = {
    PodSecurity: { path: 'pod-security.yaml' },
    EventRateLimit: config('eventratelimit.admission.k8s.io/v1alpha1', 'Configuration', {
      limits: [{ type: 'Namespace', qps: 1, burst: 1 }],
    }),
    ResourceQuota: config('apiserver.config.k8s.io/v1', 'ResourceQuotaConfiguration', {
      limitedResources: [{ resource: 'services', matchContains: ['loadbalancers'] }],
    }),
    PodTolerationRestriction: config(
      'podtolerationrestriction.admission.k8s.io/v1alpha1',
      'Configuration',
      { default: [{ key: 'gpu', operator: 'Exists' }] },
    ),
    PodNodeSelector: {
      configuration: { podNodeSelectorPluginConfig: { clusterDefaultNodeSelector: 'disk=ssd' } },
    },
  }
  await using server = await startByFlags(
    [
      flag,
      '--enable-admission-plugins=EventRateLimit,PodTolerationRestriction,PodNodeSelector',
      '--disable-admission-plugins=ServiceAccount',
    ],
    { 'admission.yaml': admission(plugins), 'pod-security.yaml': JSON.stringify(podSecurity) },
  )
  const { ask } = server
  await ask(namespace)
  const { body: made } = await ask(pod('web'))
  assert.deepEqual(made.spec.nodeSelector, { disk: 'ssd' })
  assert.deepEqual(made.spec.tolerations[0], { key: 'gpu', operator: 'Exists' })
  const refused = await ask(pod('bad', { hostNetwork: true }))
  assert.match(refused.body.message, /violates PodSecurity "baseline:latest": host namespaces/)
  const event = (name: string) => ({
    method: 'POST',
    path: '/api/v1/namespaces/default/events',
    body: { metadata: { name }, involvedObject: { namespace: 'default' } },
  })
  assert.equal((await ask(event('a'))).status, 201)
  const tooMany = await ask(event('b'))
  assert.equal(tooMany.status, 429)
  assert.equal(
    tooMany.body.message,
    'Too many requests: limit reached on type Namespace for key default',
  )
  const balanced = await ask({
    method: 'POST',
    path: '/api/v1/namespaces/default/services',
    body: { metadata: { name: 's' }, spec: { type: 'LoadBalancer', ports: [{ port: 80 }] } },
  })
  assert.match(balanced.body.message, /insufficient quota to consume: services\.loadbalancers$/)
})

test('another server judges images', limit, async () => {
  const reviewer = createHttp(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk)
    const review = JSON.parse(Buffer.concat(chunks).toString())
    const allowed = review.spec.containers.every((one: { image: string }) => one.image === 'nginx')
    response.end(JSON.stringify({ ...review, status: { allowed, reason: 'only nginx' } }))
  })
  await using listener = await listening(reviewer)
  await using server = await startByFlags(
    [
      '--enable-admission-plugins=ImagePolicyWebhook',
      '--disable-admission-plugins=ServiceAccount',
      '--admission-control-config-file=FOLDER/admission.yaml',
    ],
    {
      'admission.yaml': admission({ ImagePolicyWebhook: { path: 'images.yaml' } }),
      'images.yaml': 'imagePolicy: {kubeConfigFile: FOLDER/images.conf, retryBackoff: 100}',
      'images.conf': plainKubeconfig(`http://127.0.0.1:${listener.port}/images`),
    },
  )
  await server.ask(namespace)
  assert.equal((await server.ask(pod('good'))).status, 201)
  const refused = await server.ask(pod('bad', { containers: [{ name: 'c', image: 'odd' }] }))
  assert.equal(
    refused.body.message,
    'pods "bad" is forbidden: image policy webhook backend denied one or more images: only nginx',
  )
})

test('webhooks are told who asks', limit, async () => {
  const lifetime = { days: 1, nowMs: Date.now() }
  const ca = await createAuthority({ commonName: 'ca', ...lifetime })
  const pair = await issueCertificate(ca, {
    commonName: 'hook',
    ipAddresses: ['127.0.0.1'],
    usage: 'server',
    ...lifetime,
  })
  const client = await issueCertificate(ca, {
    commonName: 'admitter',
    usage: 'client',
    ...lifetime,
  })
  const asked: string[] = []
  const tls = { cert: pair.certificate, key: pair.key, ca: ca.certificate, requestCert: true }
  const hook = createHttps({ ...tls, rejectUnauthorized: true }, async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk)
    const review = JSON.parse(Buffer.concat(chunks).toString())
    const { CN } = (request.socket as TLSSocket).getPeerCertificate().subject
    asked.push(`${String(CN)} ${request.headers.authorization}`)
    response.end(
      JSON.stringify({ ...review, response: { uid: review.request.uid, allowed: true } }),
    )
  })
  await using listener = await listening(hook)
  const base64 = (text: string) => Buffer.from(text).toString('base64')
  const user = {
    'client-certificate-data': base64(client.certificate),
    'client-key-data': base64(client.key),
    token: 'sesame',
  }
  const kubeconfig = { users: [{ name: `127.0.0.1:${listener.port}`, user }] }
  await using server = await startByFlags([flag], {
    'admission.yaml': admission({
      ValidatingAdmissionWebhook: config(
        'apiserver.config.k8s.io/v1',
        'WebhookAdmissionConfiguration',
        { kubeConfigFile: 'FOLDER/hooks.conf' },
      ),
    }),
    'hooks.conf': JSON.stringify(kubeconfig),
  })
  const rule = { apiGroups: [''], apiVersions: ['v1'], resources: ['namespaces'] }
  const made = await server.ask({
    method: 'POST',
    path: '/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations',
    body: {
      metadata: { name: 'hook' },
      webhooks: [
        {
          name: 'hook.example.com',
          clientConfig: {
            url: `https://127.0.0.1:${listener.port}/check`,
            caBundle: base64(ca.certificate),
          },
          rules: [{ ...rule, operations: ['CREATE'] }],
          sideEffects: 'None',
          admissionReviewVersions: ['v1'],
        },
      ],
    },
  })
  assert.equal(made.status, 201)
  const allowed = await server.ask({ ...namespace, body: { metadata: { name: 'new' } } })
  assert.equal(allowed.status, 201, allowed.body.message)
  assert.deepEqual(asked, ['admitter Bearer sesame'])
})

for (const [document, message] of [
  [
    'kind: Odd\napiVersion: v1',
    /^unable to read admission control configuration from ".*admission\.yaml" \[no kind "Odd"/,
  ],
  [admission({ Odd: {} }), /^admission plugin "Odd" takes no configuration$/],
  [
    admission({ PodSecurity: { configuration: { kind: 'X', apiVersion: 'v1' } } }),
    /^couldn't init admission plugin "PodSecurity": no kind "X"/,
  ],
  [
    admission({
      MutatingAdmissionWebhook: config(
        'apiserver.config.k8s.io/v1',
        'WebhookAdmissionConfiguration',
        { kubeConfigFile: 'relative' },
      ),
    }),
    /kubeConfigFile: Invalid value: "relative": must be an absolute file path$/,
  ],
] as const) {
  test(`refused: ${message.source}`, limit, async () => {
    await assert.rejects(startByFlags([flag], { 'admission.yaml': document }), { message })
  })
}
