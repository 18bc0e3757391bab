/** Bootstrap tokens with the controllers that care for them, each with no more than its own rights. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isStatus } from '#api/meta/status.ts'
import { configmaps, namespaces, secrets, serviceaccounts } from '#api/resources.gen.ts'
import { silentLogger } from '#base/logger.ts'
import { systemClock } from '#base/system-clock.ts'
import type { Client } from '#client/client.ts'
import { ComponentHealth } from '#cmd/component-health.ts'
import { startComponents } from '#cmd/components.ts'
import { startHarness } from './harness.ts'

const limit = { timeout: 30_000 }

/** With the controllers that care for tokens, once all is prepared. */
async function start(prepare: (client: Client) => Promise<void>) {
  await using stack = new AsyncDisposableStack()
  const harness = stack.use(await startHarness())
  await prepare(harness.client)
  const world = { clock: systemClock, random: () => Math.random() }
  stack.use(
    startComponents({
      server: harness.server,
      world: world as never,
      log: silentLogger,
      rootCa: harness.pki.ca.certificate,
      clusterCidr: '10.244.0.0/16',
      legacyTokensKeptMs: 1,
      controllers: ['bootstrapsigner', 'tokencleaner', 'legacy-service-account-token-cleaner'],
      health: new ComponentHealth(),
    }),
  )
  const owned = stack.move()
  return { ...harness, [Symbol.asyncDispose]: () => owned.disposeAsync() }
}

async function until(what: () => Promise<boolean>): Promise<void> {
  const isSo = () =>
    what().catch((error: unknown) => {
      if (isStatus(error, 'NotFound')) return false
      throw error
    })
  while (!(await isSo())) await new Promise((resolve) => setTimeout(resolve, 10))
}

test('cluster-info is signed as long as the token lives', limit, async () => {
  await using cluster = await start((client) =>
    until(async () => (await client.for(namespaces).get('kube-public')) !== undefined),
  )
  const { client } = cluster
  const maps = client.in(configmaps, 'kube-public')
  const tokens = client.in(secrets, 'kube-system')
  await maps.create({ metadata: { name: 'cluster-info' }, data: { kubeconfig: 'x' } })
  const expiration = new Date(Date.now() + 1500).toISOString().replace(/\.\d+Z/, 'Z')
  const values = {
    'token-id': 'abcdef',
    'token-secret': '0123456789abcdef',
    'usage-bootstrap-signing': 'true',
    expiration,
  }
  const entries = Object.entries(values).map(([key, value]) => [key, btoa(value)])
  await tokens.create({
    metadata: { name: 'bootstrap-token-abcdef' },
    type: 'bootstrap.kubernetes.io/token',
    data: Object.fromEntries(entries),
  })
  const isSigned = async () =>
    (await maps.get('cluster-info')).data?.['jws-kubeconfig-abcdef'] !== undefined
  await until(isSigned)
  await until(async () => (await tokens.list()).items.length === 0)
  await until(async () => !(await isSigned()))
  assert.deepEqual((await maps.get('cluster-info')).data, { kubeconfig: 'x' })
})

test('a token that nobody uses is marked as invalid', limit, async () => {
  await using cluster = await start(async (client) => {
    const tracking = 'kube-apiserver-legacy-service-account-token-tracking'
    const maps = client.in(configmaps, 'kube-system')
    await until(async () => (await maps.get(tracking)) !== undefined)
    await maps.patch(tracking, 'merge', { data: { since: '2020-01-01' } })
    await client.in(serviceaccounts, 'default').create({
      metadata: { name: 'bot' },
      secrets: [{ name: 'bot-token' }],
    })
    const annotations = { 'kubernetes.io/service-account.name': 'bot' }
    const type = 'kubernetes.io/service-account-token'
    const metadata = { name: 'bot-token', annotations }
    const made = await client.in(secrets, 'default').create({ metadata, type })
    const madeMs = Date.parse(made.metadata.creationTimestamp ?? '')
    await until(async () => Date.now() > madeMs + 1)
  })
  const label = 'kubernetes.io/legacy-token-invalid-since'
  const tokens = cluster.client.in(secrets, 'default')
  const mark = async () => (await tokens.get('bot-token')).metadata.labels?.[label]
  await until(async () => (await mark()) !== undefined)
  assert.match(String(await mark()), /^\d{4}-\d\d-\d\d$/)
})
