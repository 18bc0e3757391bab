/** One address family of a running proxy: its rules, its loop, and what follows a write. */
import type { Logger } from '#base/logger.ts'
import { deleteFlows, readFlows } from '#linux/conntrack.ts'
import { hostAddresses } from '#linux/ip.ts'
import type { IpFamily, Iptables } from '#linux/iptables.ts'
import { isMissingProgram } from '#linux/run.ts'
import type { PortRules } from './compile.ts'
import type { ProxyHealth, ServiceHealth, ServiceHealthServers } from './health.ts'
import type { StaticNodeFacts } from './node-facts.ts'
import type { ProxyOptions } from './options.ts'
import type { ProxyMetrics } from './proxy-metrics.ts'
import { Proxier } from './proxier.ts'
import type { ProxySource, SyncResult } from './proxier.ts'
import { staleFlows, udpFrontends } from './stale-flows.ts'
import { runSyncLoop } from './sync-loop.ts'
import { Wakeup } from './wakeup.ts'

export interface FamilyProxyParts {
  readonly options: ProxyOptions
  readonly log: Logger
  readonly iptables: Iptables
  readonly source: ProxySource
  readonly node: () => StaticNodeFacts
  readonly health: ProxyHealth
  readonly healthServers: ServiceHealthServers
  readonly metrics: ProxyMetrics
}

export class FamilyProxy {
  readonly #parts: FamilyProxyParts
  readonly #family: IpFamily
  readonly #wakeup: Wakeup
  readonly #triggersMs = new Map<string, number>()
  readonly #first = Promise.withResolvers<void>()
  #proxier: Proxier | undefined
  #facts = ''
  #hasConntrack = true

  constructor(parts: FamilyProxyParts) {
    this.#parts = parts
    this.#family = parts.iptables.family
    this.#wakeup = new Wakeup(parts.options.clock)
  }

  /** `triggeredMs`: when the cause of the change happened, as the EndpointSlice says. */
  changed(key: string, triggeredMs?: number): void {
    // Before the first write everything is new, and says nothing about latency.
    if (this.#proxier === undefined) return
    this.#proxier.changed(key)
    if (triggeredMs !== undefined && !this.#triggersMs.has(key)) {
      this.#triggersMs.set(key, triggeredMs)
    }
    this.#queued()
  }

  /** Looks at the node again; most of its changes (heartbeats) change nothing here. */
  nodeChanged(): void {
    const facts = this.#parts.node()
    const text = JSON.stringify(facts)
    if (this.#proxier === undefined || text === this.#facts) return
    this.#facts = text
    this.#proxier.setNode(facts)
    this.#queued()
  }

  async synced(signal: AbortSignal): Promise<void> {
    const aborted = Promise.withResolvers<never>()
    const abort = (): void =>
      aborted.reject(new Error('kube-proxy ended before its rules were written'))
    if (signal.aborted) abort()
    signal.addEventListener('abort', abort, { once: true })
    await Promise.race([this.#first.promise, aborted.promise])
    signal.removeEventListener('abort', abort)
  }

  /** Call it when the informers are in sync. */
  async run(signal: AbortSignal): Promise<void> {
    const { iptables, source, options, log, health, metrics } = this.#parts
    const node = this.#parts.node()
    this.#facts = JSON.stringify(node)
    this.#proxier = new Proxier({ iptables, source, node })
    this.#queued()
    await runSyncLoop(
      {
        proxier: this.#proxier,
        wakeup: this.#wakeup,
        clock: options.clock,
        log,
        batchMs: options.batchMs,
        verifyMs: options.verifyMs,
        synced: (result, durationMs) => this.#synced(result, durationMs),
        failed: (kind) => {
          metrics.restoreFailures.add(1, this.#labels)
          if (kind === 'partial') metrics.partialRestoreFailures.add(1, this.#labels)
        },
        healthy: () => health.updated(this.#family),
      },
      signal,
    )
  }

  get #labels(): { ip_family: string } {
    return { ip_family: this.#family }
  }

  #queued(): void {
    const { health, metrics, options } = this.#parts
    health.queued(this.#family)
    metrics.lastQueued.set(options.clock.nowMs() / 1000, this.#labels)
    this.#wakeup.set()
  }

  async #synced(result: SyncResult, durationMs: number): Promise<void> {
    this.#measure(result, durationMs)
    this.#first.resolve()
    const ports = this.#proxier?.ports ?? new Map<string, PortRules>()
    await this.#parts.healthServers.set(this.#family, serviceHealths(ports.values()))
    await this.#forgetStaleFlows(result, ports)
  }

  #measure(result: SyncResult, durationMs: number): void {
    const { metrics, options } = this.#parts
    const labels = this.#labels
    const nowMs = options.clock.nowMs()
    metrics.syncSeconds.observe(durationMs / 1000, labels)
    const own = result.kind === 'full' ? metrics.fullSyncSeconds : metrics.partialSyncSeconds
    own.observe(durationMs / 1000, labels)
    metrics.lastSync.set(nowMs / 1000, labels)
    for (const triggeredMs of this.#triggersMs.values()) {
      metrics.programmingSeconds.observe(Math.max(0, nowMs - triggeredMs) / 1000, labels)
    }
    this.#triggersMs.clear()
    const counts = { nat: 0, filter: 0 }
    const lacking = { internal: 0, external: 0 }
    for (const port of this.#proxier?.ports.values() ?? []) {
      for (const rules of port.chains.values()) counts.nat += rules.length
      for (const { table } of port.shared) counts[table]++
      if (port.lacksLocal.internal) lacking.internal++
      if (port.lacksLocal.external) lacking.external++
    }
    for (const table of ['nat', 'filter'] as const) {
      metrics.rules.set(counts[table], { table, ...labels })
    }
    for (const traffic_policy of ['internal', 'external'] as const) {
      metrics.noLocalEndpoints.set(lacking[traffic_policy], { traffic_policy, ...labels })
    }
  }

  async #forgetStaleFlows(
    { changes }: SyncResult,
    ports: ReadonlyMap<string, PortRules>,
  ): Promise<void> {
    const isUdp = (rules: PortRules | undefined): boolean => rules?.port.protocol === 'udp'
    if (!changes.some(({ prior, next }) => isUdp(prior) || isUdp(next))) return
    if (!this.#hasConntrack) return
    const { options, log } = this.#parts
    const removed = changes.flatMap(({ prior }) => prior ?? [])
    const frontends = udpFrontends(ports.values(), removed)
    try {
      const flows = await readFlows(options.run, 'udp', this.#family)
      const local = new Set(frontends.nodePorts.size === 0 ? [] : await hostAddresses(options.run))
      const isLocal = (ip: string): boolean => local.has(ip) || ip.startsWith('127.')
      for (const flow of staleFlows(flows, frontends, isLocal)) {
        await deleteFlows(options.run, flow, this.#family)
      }
    } catch (error) {
      // The rules are right; only old flows may linger until the kernel forgets them.
      log.error('stale UDP flows cannot be deleted', error)
      if (isMissingProgram(error)) this.#hasConntrack = false
    }
  }
}

function serviceHealths(ports: Iterable<PortRules>): ServiceHealth[] {
  const byPort = new Map<number, ServiceHealth>()
  for (const { port, endpoints } of ports) {
    if (port.healthCheckNodePort === 0) continue
    const local = endpoints.filter((endpoint) => endpoint.isLocal && endpoint.ready)
    byPort.set(port.healthCheckNodePort, {
      namespace: port.namespace,
      name: port.service,
      port: port.healthCheckNodePort,
      localEndpoints: new Set(local.map((endpoint) => endpoint.ip)).size,
    })
  }
  return [...byPort.values()]
}
