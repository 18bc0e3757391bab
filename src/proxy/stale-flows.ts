/**
 * UDP has no end: a client that keeps sending keeps its old endpoint, even one that is gone, until the
 * kernel forgets the flow. So flows to endpoints that serve no more are deleted.
 * Upstream: pkg/proxy/conntrack/cleanup.go at v1.36.
 */
import type { Flow } from '#linux/conntrack.ts'
import type { PortRules } from './compile.ts'
import { hostPort } from './service-ports.ts'

export interface Frontends {
  /** `ip:port` of a Service to the addresses that serve it. */
  readonly addresses: ReadonlyMap<string, ReadonlySet<string>>
  readonly nodePorts: ReadonlyMap<number, ReadonlySet<string>>
}

/** The UDP frontends of `current`, and those of `removed`, which nothing serves any more. */
export function udpFrontends(
  current: Iterable<PortRules>,
  removed: Iterable<PortRules>,
): Frontends {
  const addresses = new Map<string, ReadonlySet<string>>()
  const nodePorts = new Map<number, ReadonlySet<string>>()
  const add = ({ port }: PortRules, serving: ReadonlySet<string>): void => {
    if (port.protocol !== 'udp') return
    for (const ip of [port.clusterIp, ...port.externalIps, ...port.loadBalancerIps]) {
      addresses.set(hostPort(ip, port.port), serving)
    }
    if (port.nodePort !== 0) nodePorts.set(port.nodePort, serving)
  }
  for (const port of removed) add(port, new Set())
  for (const port of current) {
    add(port, new Set(port.endpoints.filter((each) => each.serving).map((each) => each.address)))
  }
  return { addresses, nodePorts }
}

/** One flow for each frontend and endpoint that do not belong together any more. */
export function staleFlows(
  flows: readonly Flow[],
  frontends: Frontends,
  isLocalAddress: (ip: string) => boolean,
): Flow[] {
  const stale = new Map<string, Flow>()
  for (const flow of flows) {
    const frontend = hostPort(flow.originalDestination, flow.originalDestinationPort)
    const endpoint = hostPort(flow.replySource, flow.replySourcePort)
    const serving =
      frontends.addresses.get(frontend) ??
      (isLocalAddress(flow.originalDestination)
        ? frontends.nodePorts.get(flow.originalDestinationPort)
        : undefined)
    if (serving !== undefined && !serving.has(endpoint)) {
      stale.set(`${frontend} ${endpoint}`, flow)
    }
  }
  return [...stale.values()]
}
