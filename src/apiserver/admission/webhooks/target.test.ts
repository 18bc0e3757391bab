import assert from 'node:assert/strict'
import test, { after } from 'node:test'
import { services } from '#api/resources.gen.ts'
import { systemClock } from '#base/system-clock.ts'
import { FakeObjects } from '#testing/objects.ts'
import { startWebhookServer } from '#testing/webhook-server.ts'
import { targetOf } from './target.ts'
import { WebhookTransport } from './transport.ts'

const hook = await startWebhookServer({ dns: ['hook.ops.svc'] })
const transport = new WebhookTransport(systemClock)
after(async () => {
  transport[Symbol.dispose]()
  await hook[Symbol.asyncDispose]()
})
hook.on('/check', () => ({ allowed: true }))

const objects = new FakeObjects()
for (const name of ['hook', 'other']) {
  const spec = { clusterIP: '127.0.0.1', ports: [{ port: hook.port }] }
  objects.put(services, { metadata: { name, namespace: 'ops' }, spec } as never)
}
objects.put(services, {
  metadata: { name: 'headless', namespace: 'ops' },
  spec: { clusterIP: 'None', ports: [{ port: 443 }] },
} as never)

const client = (name: string, port = hook.port) => ({
  service: { name, namespace: 'ops', path: '/check', port },
  caBundle: hook.caBundle,
})

async function post(name: string): Promise<string> {
  const target = targetOf(client(name), objects)
  return transport.post(target, { body: '{"request":{"uid":"1"}}', timeoutMs: 10_000 })
}

test('a Service is called at its cluster IP and must have its name in the certificate', async () => {
  assert.match(await post('hook'), /"allowed":true/)
})

test('a certificate for another name is not taken', async () => {
  await assert.rejects(post('other'), {
    message: `Post "https://other.ops.svc:${hook.port}/check?timeout=10s": tls: failed to verify certificate: x509: certificate is valid for hook.ops.svc, 127.0.0.1, not other.ops.svc`,
  })
})

for (const [what, name, port, message] of [
  ['is not there', 'none', 443, 'service "none" not found'],
  ['has no such port', 'hook', 1, 'no service port 1 found for service "hook"'],
  ['has no address', 'headless', 443, 'service "headless" has no cluster IP'],
] as const) {
  test(`a Service that ${what}`, () => {
    assert.throws(() => targetOf(client(name, port), objects), { message })
  })
}

test('a URL is called as it is', () => {
  const { host, port, serverName, path } = targetOf({ url: 'https://[::1]:8443/a?b=c' }, objects)
  assert.deepEqual([host, port, serverName, path], ['::1', 8443, '::1', '/a?b=c'])
})
