/**
 * What the proxy reads from EndpointSlices, and which endpoints of a port this node uses.
 * Upstream: pkg/proxy/endpointslicecache.go and pkg/proxy/topology.go at v1.36.
 */
import type { Endpoint as WireEndpoint, EndpointSlice } from '#api/discovery/v1.gen.ts'
import type { IpFamily } from '#linux/iptables.ts'
import {
  familyOf,
  hostPort,
  protocolOf,
  usesClusterEndpoints,
  usesLocalEndpoints,
} from './service-ports.ts'
import type { ServicePort } from './service-ports.ts'

export interface Endpoint {
  readonly ip: string
  readonly port: number
  /** `ip:port`. */
  readonly address: string
  readonly isLocal: boolean
  readonly ready: boolean
  readonly serving: boolean
  readonly terminating: boolean
  readonly zoneHints: readonly string[]
  readonly nodeHints: readonly string[]
}

export interface Place {
  readonly nodeName: string
  /** '' when the node has no zone. */
  readonly zone: string
}

/** The endpoints of one port, each address once, in the order of their addresses. */
export function endpointsOf(
  port: ServicePort,
  slices: readonly EndpointSlice[],
  { family, nodeName }: { family: IpFamily; nodeName: string },
): Endpoint[] {
  const byAddress = new Map<string, Endpoint>()
  for (const slice of slices) {
    if (slice.addressType !== family) continue
    for (const slicePort of slice.ports ?? []) {
      if (slicePort.port === undefined || (slicePort.name ?? '') !== port.portName) continue
      if (protocolOf(slicePort.protocol) !== port.protocol) continue
      for (const wire of slice.endpoints ?? []) {
        const endpoint = read(wire, slicePort.port, nodeName)
        if (endpoint === undefined || familyOf(endpoint.ip) !== family) continue
        // Two slices can briefly name one address: the newer fact is the local one.
        if (byAddress.has(endpoint.address) && !endpoint.isLocal) continue
        byAddress.set(endpoint.address, endpoint)
      }
    }
  }
  return [...byAddress.values()].toSorted((a, b) => (a.address < b.address ? -1 : 1))
}

/** Consumers use the first address only: all addresses of an endpoint are the same backend. */
function read(wire: WireEndpoint, port: number, nodeName: string): Endpoint | undefined {
  const ip = wire.addresses[0]
  if (ip === undefined) return undefined
  const { ready, serving, terminating } = wire.conditions ?? {}
  return {
    ip,
    port,
    address: hostPort(ip, port),
    isLocal: wire.nodeName === nodeName,
    ready: ready ?? true,
    serving: serving ?? true,
    terminating: terminating ?? false,
    zoneHints: (wire.hints?.forZones ?? []).map((hint) => hint.name),
    nodeHints: (wire.hints?.forNodes ?? []).map((hint) => hint.name),
  }
}

export interface Categorized {
  /** For the Cluster policy; empty when the port never uses it. */
  readonly cluster: readonly Endpoint[]
  /** For the Local policy; empty when the port never uses it. */
  readonly local: readonly Endpoint[]
  /** The union of both. */
  readonly reachable: readonly Endpoint[]
  /** Whether the port has a usable endpoint anywhere, on this node or not. */
  readonly any: boolean
}

/**
 * Ready endpoints where topology allows; where there are none, those that still serve while they end.
 * Cluster and Local fall back independently.
 */
export function categorize(
  port: ServicePort,
  endpoints: readonly Endpoint[],
  place: Place,
): Categorized {
  const cluster = usesClusterEndpoints(port) ? usable(nearby(endpoints, place)) : []
  const local = usesLocalEndpoints(port) ? usable(endpoints.filter((each) => each.isLocal)) : []
  const any = cluster.length > 0 || (usesLocalEndpoints(port) && usable(endpoints).length > 0)
  const extra = local.filter((endpoint) => !cluster.includes(endpoint))
  return { cluster, local, any, reachable: extra.length === 0 ? cluster : [...cluster, ...extra] }
}

function usable(endpoints: readonly Endpoint[]): readonly Endpoint[] {
  const ready = endpoints.filter((endpoint) => endpoint.ready)
  if (ready.length > 0) return ready
  return endpoints.filter((endpoint) => endpoint.serving && endpoint.terminating)
}

/**
 * Hints count only when every ready endpoint has them and one is meant for this node (or else zone);
 * otherwise a port could lose all its endpoints.
 */
function nearby(endpoints: readonly Endpoint[], place: Place): readonly Endpoint[] {
  const ready = endpoints.filter((endpoint) => endpoint.ready)
  for (const [hints, wanted] of [
    [(endpoint: Endpoint) => endpoint.nodeHints, place.nodeName],
    [(endpoint: Endpoint) => endpoint.zoneHints, place.zone],
  ] as const) {
    if (!ready.every((endpoint) => hints(endpoint).length > 0)) continue
    const hinted = ready.filter((endpoint) => hints(endpoint).includes(wanted))
    if (hinted.length > 0) return hinted
  }
  return endpoints
}
