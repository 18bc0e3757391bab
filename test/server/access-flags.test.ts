/** Who may come in and what they may do, by files and webhooks that flags name. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import { formatYaml } from '#api/yaml.ts'
import { plainKubeconfig, startByFlags, whoami } from './command-line.ts'

const limit = { timeout: 30_000 }

/** Answers each review with the status that `decide` makes of its spec. */
async function startReviewer(decide: (spec: Readonly<Record<string, unknown>>) => object) {
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk)
    const review = JSON.parse(Buffer.concat(chunks).toString())
    response.end(JSON.stringify({ ...review, status: decide(review.spec) }))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/review`,
    async [Symbol.asyncDispose]() {
      server.close()
      server.closeAllConnections()
    },
  }
}

test('another server says whose a token is', limit, async () => {
  await using reviewer = await startReviewer(({ token, audiences }) =>
    token === 'good'
      ? { authenticated: true, user: { username: 'jane', groups: ['dev'] }, audiences }
      : { authenticated: false, error: 'unknown token' },
  )
  await using server = await startByFlags(
    [
      '--authentication-token-webhook-config-file=FOLDER/webhook.conf',
      '--authentication-token-webhook-version=v1',
      '--authentication-token-webhook-cache-ttl=10s',
    ],
    { 'webhook.conf': plainKubeconfig(reviewer.url) },
  )
  const as = (token: string) =>
    server.ask({ ...whoami, headers: { authorization: `Bearer ${token}` } }, 'nobody')
  const { body } = await as('good')
  assert.equal(body.status.userInfo.username, 'jane')
  assert.deepEqual(body.status.userInfo.groups, ['dev', 'system:authenticated'])
  assert.equal((await as('bad')).status, 401)
  assert.equal((await as('sesame')).body.status.userInfo.username, 'ali')
})

test('nobody comes in but to the paths of a file', limit, async () => {
  const config = {
    apiVersion: 'apiserver.config.k8s.io/v1',
    kind: 'AuthenticationConfiguration',
    anonymous: { enabled: true, conditions: [{ path: '/livez' }] },
  }
  await using server = await startByFlags(['--authentication-config=FOLDER/authn.yaml'], {
    'authn.yaml': formatYaml(config),
  })
  const read = async (path: string) => (await server.ask({ method: 'GET', path }, 'nobody')).status
  assert.deepEqual([await read('/livez'), await read('/readyz')], [200, 401])
})

test('a version that no review has is refused', limit, async () => {
  const flags = [
    '--authentication-token-webhook-config-file=FOLDER/webhook.conf',
    '--authentication-token-webhook-version=v2',
  ]
  await assert.rejects(startByFlags(flags), {
    message:
      'unsupported authentication webhook version "v2", supported versions are "v1", "v1beta1"',
  })
})

test('policies of a file decide', limit, async () => {
  const head = { apiVersion: 'abac.authorization.kubernetes.io/v1beta1', kind: 'Policy' }
  const spec = { user: 'ali', namespace: '*', resource: 'configmaps', readonly: true }
  await using server = await startByFlags(
    ['--authorization-mode=ABAC', '--authorization-policy-file=FOLDER/policy.jsonl'],
    { 'policy.jsonl': `# one\n${JSON.stringify({ ...head, spec })}\n` },
  )
  const asAli = (method: string, path: string) =>
    server.ask(
      { method, path, headers: { authorization: 'Bearer sesame' }, body: { metadata: {} } },
      'nobody',
    )
  const maps = '/api/v1/namespaces/kube-system/configmaps'
  assert.equal((await asAli('GET', maps)).status, 200)
  const refused = await asAli('POST', maps)
  assert.equal(refused.status, 403)
  assert.match(refused.body.message, /cannot create resource "configmaps".*: No policy matched\.$/)
  assert.equal((await asAli('GET', '/api/v1/nodes')).status, 403)
})

const authorizationConfig = (more: object) =>
  formatYaml({
    apiVersion: 'apiserver.config.k8s.io/v1',
    kind: 'AuthorizationConfiguration',
    authorizers: [
      {
        type: 'Webhook',
        name: 'maps',
        webhook: {
          timeout: '3s',
          subjectAccessReviewVersion: 'v1',
          matchConditionSubjectAccessReviewVersion: 'v1',
          failurePolicy: 'Deny',
          connectionInfo: { type: 'KubeConfigFile', kubeConfigFile: 'FOLDER/webhook.conf' },
          ...more,
        },
      },
      { type: 'RBAC', name: 'rbac' },
    ],
  })

test('a webhook is asked of what its conditions match, before RBAC', limit, async () => {
  const asked: unknown[] = []
  await using reviewer = await startReviewer(({ user, resourceAttributes }) => {
    asked.push((resourceAttributes as { resource?: string }).resource)
    return { allowed: user === 'ali' }
  })
  const matchConditions = [
    { expression: "request.user == 'ali' && has(request.resourceAttributes)" },
    { expression: "request.resourceAttributes.resource == 'configmaps'" },
  ]
  await using server = await startByFlags(['--authorization-config=FOLDER/authz.yaml'], {
    'authz.yaml': authorizationConfig({ matchConditions }),
    'webhook.conf': plainKubeconfig(reviewer.url),
  })
  const read = (path: string) =>
    server.ask({ method: 'GET', path, headers: { authorization: 'Bearer sesame' } }, 'nobody')
  assert.equal((await read('/api/v1/configmaps')).status, 200)
  assert.equal((await read('/api/v1/nodes')).status, 403)
  assert.equal((await server.ask({ method: 'GET', path: '/api/v1/configmaps' })).status, 200)
  assert.deepEqual(asked, ['configmaps'])
})

test('a file with authorizers that are wrong is refused', limit, async () => {
  const files = {
    'authz.yaml': authorizationConfig({ failurePolicy: 'Maybe' }),
    'webhook.conf': '',
  }
  await assert.rejects(startByFlags(['--authorization-config=FOLDER/authz.yaml'], files), {
    message:
      '--authorization-config: authorizers[0].failurePolicy: Unsupported value: "Maybe": ' +
      'supported values: "NoOpinion", "Deny"',
  })
})

for (const [flags, message] of [
  [['--authorization-mode=ABAC'], "authorization-mode ABAC's authorization policy file not passed"],
  [
    ['--authorization-policy-file=x'],
    'cannot specify --authorization-policy-file without mode ABAC',
  ],
] as const) {
  test(`refused: ${flags.join(' ')}`, limit, async () => {
    await assert.rejects(startByFlags(flags), { message })
  })
}
