/** kube-proxy in iptables mode, as one call. */
import type { Node } from '#api/core/v1.gen.ts'
import { detectIptables } from '#linux/iptables.ts'
import type { Iptables } from '#linux/iptables.ts'
import { CommandError } from '#linux/run.ts'
import { FamilyProxy } from './family-proxy.ts'
import { ProxyHealth, ServiceHealthServers } from './health.ts'
import { nodeFacts } from './node-facts.ts'
import { setUpNode } from './node-setup.ts'
import { observe } from './observe.ts'
import type { Observed } from './observe.ts'
import type { ProxyOptions } from './options.ts'
import { proxyMetrics } from './proxy-metrics.ts'
import type { ProxyMetrics } from './proxy-metrics.ts'
import { removeRules } from './proxier.ts'
import { serveProxy } from './servers.ts'
import { familyOf } from './service-ports.ts'

export interface RunningProxy extends AsyncDisposable {
  /** Resolves when the rules have been written for the first time. */
  synced(signal: AbortSignal): Promise<void>
}

/**
 * Starts the proxy, which lives until it is disposed, and leaves its rules in place then; when `signal`
 * aborts, it gives up what it is doing. Rejects when iptables is missing or unusable, or an address of a server is taken.
 */
export async function startProxy(
  options: ProxyOptions,
  signal: AbortSignal,
): Promise<RunningProxy> {
  const log = options.log.named('kube-proxy')
  const tables = await usableTables(options)
  const setup = { ...options, log }
  setUpNode(
    setup,
    tables.map((table) => table.family),
  )

  await using cleanup = new AsyncDisposableStack()
  const stop = new AbortController()
  const end = AbortSignal.any([signal, stop.signal])
  const health = new ProxyHealth(options.clock)
  const metrics = proxyMetrics()
  const healthServers = cleanup.use(new ServiceHealthServers({ log, health }))
  cleanup.use(await serveProxy({ options, health, metrics }))
  const observed = cleanup.use(observe(options, log, end))
  const parts = { options, log, health, healthServers, metrics, source: observed.source }
  const families = tables.map((iptables) => {
    const node = (): ReturnType<typeof nodeFacts> =>
      nodeFacts(options, iptables.family, observed.node())
    return new FamilyProxy({ ...parts, iptables, node })
  })
  follow({ observed, families, metrics, health })
  const running = observed.synced().then(
    () => Promise.all(families.map((family) => family.run(end))),
    () => undefined,
  )
  cleanup.defer(async () => {
    stop.abort()
    await running
  })
  const owned = cleanup.move()
  return {
    async synced(waitSignal) {
      const either = AbortSignal.any([waitSignal, end])
      await Promise.all(families.map((family) => family.synced(either)))
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  }
}

/** Removes every rule and chain of a kube-proxy, of both families: upstream's --cleanup. */
export async function cleanUpProxy(options: Pick<ProxyOptions, 'run'>): Promise<void> {
  const ipv4 = await detectIptables(options.run, 'IPv4')
  // A kernel without NAT for IPv6 holds none of our rules.
  const ipv6 = await detectIptables(options.run, 'IPv6').catch(() => undefined)
  for (const iptables of [ipv4, ipv6]) {
    if (iptables !== undefined) await removeRules(iptables)
  }
}

async function usableTables({ nodeIps, run }: ProxyOptions): Promise<Iptables[]> {
  const families = [...new Set(nodeIps.flatMap((ip) => familyOf(ip) ?? []))]
  const tables = await Promise.all(families.map((family) => detectIptables(run, family)))
  return tables.map((table, index) => {
    if (table !== undefined) return table
    const program = families[index] === 'IPv6' ? 'ip6tables' : 'iptables'
    throw new CommandError(program, 'no such program')
  })
}

/** Changes wake each family; nothing is looked at here. */
function follow(parts: {
  observed: Observed
  families: readonly FamilyProxy[]
  metrics: ProxyMetrics
  health: ProxyHealth
}): void {
  const { observed, families, metrics, health } = parts
  observed.subscribe({
    service(key) {
      metrics.serviceChanges.add(1)
      for (const family of families) family.changed(key)
    },
    slice(key, triggeredMs) {
      metrics.endpointChanges.add(1)
      for (const family of families) family.changed(key, triggeredMs)
    },
    node(node) {
      health.nodeEligible = node === undefined || isEligible(node)
      for (const family of families) family.nodeChanged()
    },
  })
}

/** The cluster autoscaler marks nodes that it is about to delete. */
function isEligible(node: Node): boolean {
  if (node.metadata.deletionTimestamp !== undefined) return false
  const taints = node.spec?.taints ?? []
  return !taints.some((taint) => taint.key === 'ToBeDeletedByClusterAutoscaler')
}
