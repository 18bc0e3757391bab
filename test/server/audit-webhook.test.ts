/** The audit log's other server, in each of its modes. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import { plainKubeconfig, startByFlags } from './command-line.ts'

const limit = { timeout: 30_000 }
const policy = JSON.stringify({
  apiVersion: 'audit.k8s.io/v1',
  kind: 'Policy',
  omitStages: ['ResponseStarted'],
  rules: [
    { level: 'Request', verbs: ['create'], resources: [{ group: '', resources: ['configmaps'] }] },
    { level: 'None' },
  ],
})

interface Received {
  readonly kind: string
  readonly items: readonly Readonly<Record<string, ReturnType<typeof JSON.parse>>>[]
}

/** Takes lists of events; refuses them while `isDown`. */
async function startReceiver() {
  const lists: Received[] = []
  const state = { isDown: false, refused: 0 }
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk)
    if (state.isDown) {
      state.refused += 1
      response.writeHead(503).end('later')
      return
    }
    lists.push(JSON.parse(Buffer.concat(chunks).toString()))
    response.end('thanks')
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    state,
    lists,
    events: () => lists.flatMap(({ items }) => items),
    kubeconfig: plainKubeconfig(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`),
    async [Symbol.asyncDispose]() {
      server.close()
      server.closeAllConnections()
    },
  }
}

const start = (kubeconfig: string, ...flags: string[]) =>
  startByFlags(
    [
      '--audit-policy-file=FOLDER/policy.yaml',
      '--audit-webhook-config-file=FOLDER/audit.conf',
      '--audit-webhook-initial-backoff=20ms',
      ...flags,
    ],
    { 'policy.yaml': policy, 'audit.conf': kubeconfig },
  )

const create = (name: string, data: object = {}) => ({
  method: 'POST',
  path: '/api/v1/namespaces/kube-system/configmaps',
  body: { metadata: { name }, data },
})

const named = (
  events: readonly Readonly<Record<string, ReturnType<typeof JSON.parse>>>[],
  name: string,
) => events.filter(({ objectRef }) => objectRef?.name === name)

test('batches go when they are due, and at the end', limit, async () => {
  await using receiver = await startReceiver()
  {
    await using server = await start(
      receiver.kubeconfig,
      '--audit-webhook-batch-max-size=1000',
      '--audit-webhook-batch-max-wait=1h',
      '--audit-webhook-truncate-enabled',
      '--audit-webhook-truncate-max-event-size=2000',
    )
    await server.ask(create('small', { a: 'b' }))
    await server.ask(create('large', { a: 'x'.repeat(3000) }))
    assert.equal(receiver.events().length, 0)
  }
  assert.equal(receiver.lists.length, 1)
  assert.equal(receiver.lists[0]?.kind, 'EventList')
  const small = named(receiver.events(), 'small').at(-1)
  assert.equal(small?.['stage'], 'ResponseComplete')
  assert.equal(small?.['requestObject'].data.a, 'b')
  const large = named(receiver.events(), 'large').at(-1)
  assert.equal(large?.['requestObject'], undefined)
  assert.equal(large?.['annotations']['audit.k8s.io/truncated'], 'true')
})

test('a blocking log has told of a request before it is answered', limit, async () => {
  await using receiver = await startReceiver()
  await using server = await start(receiver.kubeconfig, '--audit-webhook-mode=blocking')
  await server.ask(create('a'))
  const stages = receiver.events().map(({ stage }) => stage)
  assert.equal(stages.includes('RequestReceived'), true)
  receiver.state.isDown = true
  assert.equal((await server.ask(create('b'))).status, 201)
  assert.ok(receiver.state.refused >= 5)
  receiver.state.isDown = false
})

test('a strict log that is not heard refuses what it cannot tell of', limit, async () => {
  await using receiver = await startReceiver()
  await using server = await start(receiver.kubeconfig, '--audit-webhook-mode=blocking-strict')
  receiver.state.isDown = true
  const refused = await server.ask(create('a'))
  assert.equal(refused.status, 500)
  assert.match(refused.body.message, /failed to store audit event/)
  receiver.state.isDown = false
  assert.equal((await server.ask(create('a'))).status, 201)
  const { body: metrics } = await server.ask({ path: '/metrics' })
  assert.match(metrics, /^apiserver_audit_error_total\{plugin="webhook"\} \d+$/m)
})
