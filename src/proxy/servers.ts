/** kube-proxy's own endpoints: health for load balancers, metrics for operators. */
import { createServer } from 'node:http'
import type { RequestListener } from 'node:http'
import { close, healthHandler, listen } from './health.ts'
import type { ProxyHealth } from './health.ts'
import type { ProxyOptions } from './options.ts'
import type { ProxyMetrics } from './proxy-metrics.ts'

/** Starts those that the options ask for; rejects when an address is taken. */
export async function serveProxy(parts: {
  options: ProxyOptions
  health: ProxyHealth
  metrics: ProxyMetrics
}): Promise<AsyncDisposable> {
  const { options, health, metrics } = parts
  await using stack = new AsyncDisposableStack()
  for (const [address, handler] of [
    [options.healthz, healthHandler(health, options.clock)],
    [options.metrics, metricsHandler(metrics)],
  ] as const) {
    if (address === undefined) continue
    const server = stack.adopt(createServer(handler), close)
    await listen(server, address.host, address.port)
  }
  return stack.move()
}

/** `/metrics`, `/healthz` and `/proxyMode`, as upstream's. */
export function metricsHandler(metrics: ProxyMetrics): RequestListener {
  const pages: Readonly<Record<string, () => string>> = {
    '/metrics': () => metrics.registry.text(),
    '/healthz': () => 'ok',
    '/proxyMode': () => 'iptables',
  }
  return (request, response) => {
    const page = pages[request.url?.split('?')[0] ?? '']
    response.writeHead(page === undefined ? 404 : 200, {
      'content-type': 'text/plain; version=0.0.4; charset=utf-8',
      'x-content-type-options': 'nosniff',
    })
    response.end(page === undefined ? '404 page not found\n' : page())
  }
}
