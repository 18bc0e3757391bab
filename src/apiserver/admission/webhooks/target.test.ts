import assert from 'node:assert/strict'
import test, { after } from 'node:test'
import { endpointslices, services } from '#api/resources.gen.ts'
import { systemClock } from '#base/system-clock.ts'
import { FakeObjects } from '#testing/objects.ts'
import { startWebhookServer } from '#testing/webhook-server.ts'
import { byEndpoint } from '#apiserver/aggregator/locate.ts'
import { credentialsByName } from './credentials.ts'
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

test('with aggregator routing a Service is called at an address behind it', () => {
  const behind = new FakeObjects()
  behind.put(services, {
    metadata: { name: 'hook', namespace: 'ops' },
    spec: { clusterIP: '10.0.0.1', ports: [{ port: 443, name: 'https' }] },
  } as never)
  behind.put(endpointslices, {
    metadata: {
      name: 'hook-1',
      namespace: 'ops',
      labels: { 'kubernetes.io/service-name': 'hook' },
    },
    ports: [{ name: 'https', port: 8443 }],
    endpoints: [
      { addresses: ['10.1.0.1'], conditions: { ready: false } },
      { addresses: ['fd00::1'], conditions: { ready: true } },
    ],
  } as never)
  const locate = byEndpoint(behind, () => 0)
  const { host, port, serverName } = targetOf(client('hook', 443), behind, { locate })
  assert.deepEqual([host, port, serverName], ['fd00::1', 8443, 'hook.ops.svc'])
  assert.throws(() => targetOf(client('other', 443), behind, { locate }), /"other" not found/)
})

const users = new Map(
  ['hook.ops.svc', 'hook.ops.svc:8443', '*.ops.svc', '*.example', '*', '10.0.0.1:9443'].map(
    (name) => [name, { token: name }] as const,
  ),
)

for (const [host, port, expected] of [
  ['hook.ops.svc', 443, 'hook.ops.svc'],
  ['hook.ops.svc', 8443, 'hook.ops.svc:8443'],
  ['other.ops.svc', 443, '*.ops.svc'],
  ['a.b.example', 443, '*.example'],
  ['elsewhere.com', 443, '*'],
  ['10.0.0.1', 9443, '10.0.0.1:9443'],
  ['10.0.0.1', 9444, '*'],
] as const) {
  test(`${host}:${port} is told that ${expected} asks`, () => {
    assert.equal(credentialsByName(users)(host, port)?.token, expected)
  })
}

test('without a user of such a name nobody in particular asks', () => {
  const some = new Map([['a.svc', { token: 'x' }]])
  assert.equal(credentialsByName(some)('b.svc', 443), undefined)
})
