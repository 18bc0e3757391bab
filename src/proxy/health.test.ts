import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import { silentLogger } from '#base/logger.ts'
import { FakeClock } from '#testing/clock.ts'
import { close, healthHandler, listen, ProxyHealth, ServiceHealthServers } from './health.ts'

const limit = { timeout: 10_000 }

test('healthy from the first write on, until a change waits too long', limit, async () => {
  const clock = new FakeClock()
  const health = new ProxyHealth(clock)
  assert.equal(health.healthy(), false)
  health.queued('IPv4')
  health.updated('IPv4')
  assert.equal(health.healthy(), true)
  await clock.advance(600_000)
  assert.equal(health.healthy(), true)
  health.queued('IPv4')
  await clock.advance(59_000)
  health.queued('IPv4')
  assert.equal(health.healthy(), true)
  await clock.advance(1_000)
  assert.equal(health.healthy(), false)
})

test('healthz counts the fate of the node, livez does not', limit, async () => {
  const clock = new FakeClock()
  const health = new ProxyHealth(clock)
  const server = createServer(healthHandler(health, clock))
  await listen(server, '127.0.0.1', 0)
  const get = async (path: string): Promise<[number, unknown]> => {
    const response = await fetch(
      `http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`,
    )
    const text = await response.text()
    return [response.status, response.status === 404 ? text : JSON.parse(text)]
  }
  try {
    assert.equal((await get('/healthz'))[0], 503)
    health.updated('IPv4')
    const now = '2030-01-01T00:00:00Z'
    assert.deepEqual(await get('/healthz'), [
      200,
      { lastUpdated: now, currentTime: now, nodeEligible: true },
    ])
    health.nodeEligible = false
    assert.equal((await get('/healthz'))[0], 503)
    assert.deepEqual(await get('/livez'), [200, { lastUpdated: now, currentTime: now }])
    assert.equal((await get('/x'))[0], 404)
  } finally {
    await close(server)
  }
})

test('a Service has its own health port while it wants one', limit, async () => {
  const health = new ProxyHealth(new FakeClock())
  health.updated('IPv4')
  await using servers = new ServiceHealthServers({ log: silentLogger, health })
  const probe = createServer()
  await listen(probe, '127.0.0.1', 0)
  const { port } = probe.address() as AddressInfo
  await close(probe)
  const service = { namespace: 'ns', name: 'web', port }
  const get = (): Promise<Response> => fetch(`http://127.0.0.1:${port}/`)

  await servers.set('IPv4', [{ ...service, localEndpoints: 2 }])
  const response = await get()
  assert.equal(response.status, 200)
  assert.equal(response.headers.get('x-load-balancing-endpoint-weight'), '2')
  assert.equal(
    await response.text(),
    '{\n\t"service": {\n\t\t"namespace": "ns",\n\t\t"name": "web"\n\t},\n\t"localEndpoints": 2,\n\t"serviceProxyHealthy": true\n}',
  )
  await servers.set('IPv4', [{ ...service, localEndpoints: 0 }])
  assert.equal((await get()).status, 503)
  await servers.set('IPv4', [])
  await assert.rejects(get())
})
