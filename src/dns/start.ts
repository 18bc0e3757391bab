/** The cluster's DNS server, as one call. */
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { Server } from 'node:http'
import type { Clock } from '#base/clock.ts'
import type { Logger } from '#base/logger.ts'
import type { Client } from '#client/client.ts'
import { AnswerCache } from './cache.ts'
import { dnsMetrics } from './dns-metrics.ts'
import type { DnsMetrics } from './dns-metrics.ts'
import type { Transport, Upstream } from './exchange.ts'
import { Forwarder } from './forwarder.ts'
import { LoopGuard } from './loop-guard.ts'
import { answerMessage } from './resolver.ts'
import type { ResolverParts } from './resolver.ts'
import { withoutOwn } from './resolv-conf.ts'
import { serveDns } from './server.ts'
import { watchCluster } from './view.ts'

export interface DnsOptions {
  readonly client: Client
  /** Such as `cluster.local`. */
  readonly clusterDomain: string
  readonly address: string
  /** 0: any free one. */
  readonly port: number
  /** The cluster IPs of the Service under which clients know this server. */
  readonly serviceIps: readonly string[]
  /** Where other names are asked, such as `parseResolvConf(…)`; ourselves are left out. */
  readonly upstreams: readonly Upstream[]
  /** Undefined: no metrics server. */
  readonly metrics: { readonly host: string; readonly port: number } | undefined
  readonly clock: Clock
  /** 0 ≤ random() < 1; unpredictable, because ids of questions come from it. */
  random(): number
  readonly log: Logger
}

export interface RunningDns extends AsyncDisposable {
  /** Where it listens, over UDP and TCP. */
  readonly port: number
  /** Resolves when questions about the cluster are answered. */
  ready(signal: AbortSignal): Promise<void>
}

/**
 * Starts the server, which lives until it is disposed; when `signal` aborts, it gives up what it is doing.
 * Rejects when the address is taken. Until it knows the cluster it answers SERVFAIL for its names.
 */
export async function startDns(options: DnsOptions, signal: AbortSignal): Promise<RunningDns> {
  const { clock, serviceIps } = options
  const log = options.log.named('dns')
  const domain = options.clusterDomain.toLowerCase().replace(/\.$/, '')
  const random = (): number => options.random()

  await using cleanup = new AsyncDisposableStack()
  const stop = new AbortController()
  const end = AbortSignal.any([signal, stop.signal])
  const view = cleanup.use(watchCluster({ ...options, log, random }, end))
  const { address, port } = options
  const own = [{ host: address, port }, ...serviceIps.map((host) => ({ host, port: 53 }))]
  const forwarder = new Forwarder({
    upstreams: withoutOwn(options.upstreams, own),
    clock,
    random,
    log,
  })
  const loopGuard = new LoopGuard({ clock, random, log })
  const zone = { domain, serverIps: serviceIps }
  const cache = new AnswerCache(clock)
  const parts = { zone, view, forwarder, cache, loopGuard, random, log }
  const metrics = dnsMetrics()
  const server = cleanup.use(
    await serveDns({
      address: options.address,
      port: options.port,
      log,
      answer: (message, transport) => answer({ parts, metrics, clock, message, transport }, end),
    }),
  )
  if (options.metrics !== undefined) cleanup.use(await serveMetrics(metrics, options.metrics))
  const probing = removeLoops({ forwarder, loopGuard, log }, end)
  cleanup.defer(() => {
    stop.abort()
    return probing
  })
  const owned = cleanup.move()
  return {
    port: server.port,
    async ready(waitSignal) {
      const aborted = Promise.withResolvers<never>()
      const abort = (): void => aborted.reject(new Error('DNS is not ready yet'))
      if (waitSignal.aborted) abort()
      waitSignal.addEventListener('abort', abort, { once: true })
      await Promise.race([view.synced(), aborted.promise])
      waitSignal.removeEventListener('abort', abort)
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  }
}

interface Received {
  readonly parts: ResolverParts
  readonly metrics: DnsMetrics
  readonly clock: Clock
  readonly message: Buffer
  readonly transport: Transport
}

async function answer(
  { parts, metrics, clock, message, transport }: Received,
  signal: AbortSignal,
): Promise<Buffer | undefined> {
  const startedMs = clock.monotonicMs()
  const answered = await answerMessage(parts, { message, transport }, signal)
  if (answered === undefined) return undefined
  const { domain } = parts.zone
  const isOurs = answered.query?.lowerName.endsWith(domain) === true
  metrics.observe({
    query: answered.query,
    answer: answered.message,
    transport,
    zone: isOurs ? `${domain}.` : '.',
    seconds: (clock.monotonicMs() - startedMs) / 1000,
  })
  return answered.message
}

/** Upstreams that lead back here are of no use, and each question to them would go round and round. */
async function removeLoops(
  { forwarder, loopGuard, log }: { forwarder: Forwarder; loopGuard: LoopGuard; log: Logger },
  signal: AbortSignal,
): Promise<void> {
  await Promise.all(
    forwarder.upstreams.map(async (upstream) => {
      if (!(await loopGuard.isLoop(upstream, signal))) return
      forwarder.remove(upstream)
      log.warning('an upstream sends questions back to this server: it is not used', {
        upstream: `${upstream.host}:${upstream.port}`,
      })
    }),
  )
}

async function serveMetrics(
  metrics: DnsMetrics,
  { host, port }: { host: string; port: number },
): Promise<AsyncDisposable> {
  const server = createServer((request, response) => {
    const found = request.url?.split('?')[0] === '/metrics'
    const headers = { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' }
    response.writeHead(found ? 200 : 404, headers)
    response.end(found ? metrics.registry.text() : '404 page not found\n')
  })
  server.listen(port, host)
  await once(server, 'listening')
  return { [Symbol.asyncDispose]: () => closeServer(server) }
}

async function closeServer(server: Server): Promise<void> {
  server.closeAllConnections()
  server.close()
  await once(server, 'close')
}
