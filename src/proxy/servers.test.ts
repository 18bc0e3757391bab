import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import { close, listen } from './health.ts'
import { proxyMetrics } from './proxy-metrics.ts'
import { metricsHandler } from './servers.ts'

test('metrics, health and the mode', { timeout: 10_000 }, async () => {
  const metrics = proxyMetrics()
  metrics.rules.set(5, { table: 'nat', ip_family: 'IPv4' })
  const server = createServer(metricsHandler(metrics))
  await listen(server, '127.0.0.1', 0)
  const get = async (path: string): Promise<[number, string]> => {
    const { port } = server.address() as AddressInfo
    const response = await fetch(`http://127.0.0.1:${port}${path}`)
    return [response.status, await response.text()]
  }
  try {
    assert.deepEqual(await get('/proxyMode'), [200, 'iptables'])
    assert.deepEqual(await get('/healthz'), [200, 'ok'])
    assert.deepEqual(await get('/x'), [404, '404 page not found\n'])
    const [, text] = await get('/metrics')
    assert.match(
      text,
      /^kubeproxy_sync_proxy_rules_iptables_total\{table="nat",ip_family="IPv4"\} 5$/m,
    )
  } finally {
    await close(server)
  }
})
