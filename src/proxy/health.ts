/**
 * What load balancers ask a node: is its proxy well, and does it have endpoints of a Service?
 * Upstream: pkg/proxy/healthcheck/{proxy_health,service_health}.go at v1.36.
 */
import { createServer } from 'node:http'
import type { RequestListener, Server } from 'node:http'
import { once } from 'node:events'
import { timestamp } from '#base/clock.ts'
import type { Clock } from '#base/clock.ts'
import type { Logger } from '#base/logger.ts'
import { limits } from './limits.ts'

/** Well: every change that was queued has been written, or not long ago. */
export class ProxyHealth {
  readonly #clock: Clock
  readonly #queuedMs = new Map<string, number>()
  #updatedMs: number | undefined
  /** False while the node is about to be deleted: balancers should look elsewhere. */
  nodeEligible = true

  constructor(clock: Clock) {
    this.#clock = clock
  }

  queued(family: string): void {
    if (!this.#queuedMs.has(family)) this.#queuedMs.set(family, this.#clock.nowMs())
  }

  updated(family: string): void {
    this.#queuedMs.delete(family)
    this.#updatedMs = this.#clock.nowMs()
  }

  get updatedMs(): number | undefined {
    return this.#updatedMs
  }

  healthy(): boolean {
    if (this.#updatedMs === undefined) return false
    const now = this.#clock.nowMs()
    return [...this.#queuedMs.values()].every((queued) => now - queued < limits.unhealthyMs)
  }
}

/** `/healthz` counts the node's fate, `/livez` does not. */
export function healthHandler(health: ProxyHealth, clock: Clock): RequestListener {
  return (request, response) => {
    const path = request.url?.split('?')[0]
    if (path !== '/healthz' && path !== '/livez') {
      response.writeHead(404, { 'content-type': 'text/plain; charset=utf-8' })
      response.end('404 page not found\n')
      return
    }
    const ok = health.healthy() && (path === '/livez' || health.nodeEligible)
    const now = timestamp(clock.nowMs())
    const updated = health.updatedMs
    response.writeHead(ok ? 200 : 503, {
      'content-type': 'application/json',
      'x-content-type-options': 'nosniff',
    })
    response.end(
      JSON.stringify({
        lastUpdated: ok || updated === undefined ? now : timestamp(updated),
        currentTime: now,
        ...(path === '/healthz' ? { nodeEligible: health.nodeEligible } : {}),
      }),
    )
  }
}

/** Listens, or says why it cannot. */
export async function listen(server: Server, host: string, port: number): Promise<void> {
  server.listen({ port, ...(host === '' ? {} : { host }) })
  await once(server, 'listening')
  server.unref()
}

export async function close(server: Server): Promise<void> {
  server.closeAllConnections()
  if (server.listening) {
    server.close()
    await once(server, 'close')
  }
}

/** What one Service's health check port answers. */
export interface ServiceHealth {
  readonly namespace: string
  readonly name: string
  readonly port: number
  readonly localEndpoints: number
}

/** A server on the health check port of each Service whose traffic must stay on the node. */
export class ServiceHealthServers implements AsyncDisposable {
  readonly #log: Logger
  readonly #health: ProxyHealth
  readonly #servers = new Map<number, { server: Server; health: ServiceHealth }>()
  readonly #wanted = new Map<string, readonly ServiceHealth[]>()
  #working: Promise<void> = Promise.resolve()

  constructor(options: { log: Logger; health: ProxyHealth }) {
    this.#log = options.log
    this.#health = options.health
  }

  /** Opens, changes and closes servers, so that there is one for each Service of any family. */
  set(family: string, services: readonly ServiceHealth[]): Promise<void> {
    this.#wanted.set(family, services)
    this.#working = this.#working.then(() => this.#apply())
    return this.#working
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#wanted.clear()
    await this.#working
    await this.#apply()
  }

  async #apply(): Promise<void> {
    const wanted = new Map<number, ServiceHealth>()
    for (const service of [...this.#wanted.values()].flat()) {
      const other = wanted.get(service.port)?.localEndpoints ?? 0
      const localEndpoints = Math.max(other, service.localEndpoints)
      wanted.set(service.port, { ...service, localEndpoints })
    }
    for (const [port, { server }] of this.#servers) {
      if (wanted.has(port)) continue
      this.#servers.delete(port)
      await close(server)
    }
    for (const [port, health] of wanted) {
      const open = this.#servers.get(port)
      if (open !== undefined) open.health = health
      else await this.#open(port, health)
    }
  }

  async #open(port: number, health: ServiceHealth): Promise<void> {
    const entry = { server: createServer(), health }
    entry.server.on('request', (_request, response) => {
      const { namespace, name, localEndpoints } = entry.health
      const proxyHealthy = this.#health.healthy()
      response.writeHead(localEndpoints > 0 && proxyHealthy ? 200 : 503, {
        'content-type': 'application/json',
        'x-content-type-options': 'nosniff',
        'x-load-balancing-endpoint-weight': String(localEndpoints),
      })
      const body = {
        service: { namespace, name },
        localEndpoints,
        serviceProxyHealthy: proxyHealthy,
      }
      response.end(JSON.stringify(body, undefined, '\t'))
    })
    try {
      await listen(entry.server, '', port)
      this.#servers.set(port, entry)
    } catch (error) {
      const service = `${health.namespace}/${health.name}`
      this.#log.error('a health check port is taken', error, { service, port })
    }
  }
}
