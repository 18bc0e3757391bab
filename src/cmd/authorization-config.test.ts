import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { silentLogger } from '#base/logger.ts'
import { systemClock } from '#base/system-clock.ts'
import { formatYaml } from '#api/yaml.ts'
import { authorizationFlags, readAuthorization } from './authorization-flags.ts'
import { parseFlags } from './flags.ts'

const webhookWorld = { clock: systemClock, random: () => 0, log: silentLogger }
const folder = await mkdtemp(join(tmpdir(), 'k8ts-authz-'))
after(() => rm(folder, { recursive: true }))
const kubeconfig = join(folder, 'webhook.conf')
await writeFile(
  kubeconfig,
  formatYaml({
    'current-context': 'x',
    clusters: [{ name: 'x', cluster: { server: 'https://127.0.0.1:1/authorize' } }],
    contexts: [{ name: 'x', context: { cluster: 'x' } }],
  }),
)
const webhook = {
  subjectAccessReviewVersion: 'v1',
  matchConditionSubjectAccessReviewVersion: 'v1',
  failurePolicy: 'Deny',
  timeout: '3s',
  unauthorizedTTL: '10s',
  connectionInfo: { type: 'KubeConfigFile', kubeConfigFile: kubeconfig },
  matchConditions: [{ expression: "request.user != 'root'" }],
}

async function parse(authorizers: unknown, apiVersion = 'apiserver.config.k8s.io/v1') {
  const path = join(folder, 'config.yaml')
  await writeFile(path, formatYaml({ apiVersion, kind: 'AuthorizationConfiguration', authorizers }))
  return readAuthorization(
    parseFlags(authorizationFlags, [`--authorization-config=${path}`]),
    webhookWorld,
  )
}

test('authorizers in their order, each webhook with its own settings', async () => {
  const { modes, webhooks } = await parse([
    { type: 'Webhook', name: 'first', webhook },
    { type: 'Node', name: 'node' },
    { type: 'RBAC', name: 'rbac' },
    { type: 'Webhook', name: 'last', webhook: { ...webhook, matchConditions: [] } },
  ])
  assert.deepEqual(modes, ['Webhook', 'Node', 'RBAC', 'Webhook'])
  const [first, last] = webhooks
  assert.equal(first?.onError, 'Deny')
  assert.deepEqual([first?.authorizedTtlMs, first?.unauthorizedTtlMs], [300_000, 10_000])
  assert.equal(first?.matches?.({ user: 'root' }), false)
  assert.equal(first?.matches?.({ user: 'jane' }), true)
  assert.equal(last?.matches, undefined)
})

const one = (changes: object) => [
  { type: 'Webhook', name: 'w', webhook: { ...webhook, ...changes } },
]

test('all that is wrong is told at once', async () => {
  await assert.rejects(parse([{ type: 'Magic', name: 'x' }, ...one({ timeout: '31s' })]), {
    message:
      '--authorization-config: [authorizers[0].type: Unsupported value: "Magic": supported values: ' +
      '"ABAC", "AlwaysAllow", "AlwaysDeny", "Node", "RBAC", "Webhook", ' +
      'authorizers[1].timeout: Invalid value: "31s": must be > 0s and <= 30s]',
  })
})

for (const [argv, message] of [
  [
    ['--authorization-mode=Webhook'],
    /authorization-mode Webhook's authorization config file not passed/,
  ],
  [[`--authorization-webhook-config-file=${kubeconfig}`], /without mode Webhook/],
  [
    ['--authorization-config=x', '--authorization-mode=RBAC'],
    /--authorization-config can not be specified when --authorization-mode/,
  ],
] as const) {
  test(`refused: ${argv.join(' ')}`, async () => {
    await assert.rejects(
      readAuthorization(parseFlags(authorizationFlags, argv), webhookWorld),
      message,
    )
  })
}

test('a webhook by flags', async () => {
  const argv = [
    '--authorization-mode=Node,RBAC,Webhook',
    `--authorization-webhook-config-file=${kubeconfig}`,
  ]
  const { modes, webhooks } = await readAuthorization(
    parseFlags(authorizationFlags, argv),
    webhookWorld,
  )
  assert.deepEqual(modes, ['Node', 'RBAC', 'Webhook'])
  const [webhookOptions] = webhooks
  assert.deepEqual(
    [webhookOptions?.version, webhookOptions?.authorizedTtlMs, webhookOptions?.unauthorizedTtlMs],
    ['v1beta1', 300_000, 30_000],
  )
})
