/**
 * Cluster IPs and node ports. What is taken is known from the Services themselves: it is read from the
 * cache at the start and kept by the writes of this process, so there is nothing else to store and
 * nothing that could come to disagree with the Services.
 * Upstream: pkg/registry/core/service/storage/storage.go and alloc.go.
 */
import type { Service, ServiceSpec } from '#api/core/v1.gen.ts'
import { invalid } from '#api/meta/status.ts'
import { services } from '#api/resources.gen.ts'
import type { ApiObject } from '#api/resource-type.ts'
import type { Allocator } from './allocator.ts'
import type { Objects } from './objects.ts'
import { allocateClusterIps } from './services/cluster-ips.ts'
import { InvalidService } from './services/invalid-service.ts'
import { initIpFamilies } from './services/ip-families.ts'
import { agreeOnClusterIps, keepAllocated } from './services/keep-allocated.ts'
import { allocateNodePorts } from './services/node-ports.ts'
import { AddressPool, AllocationError, PortPool } from './services/pools.ts'
import { Reservation, type Pools } from './services/reservation.ts'
import { needsHealthCheckPort, nodePortsOf, specOf } from './services/spec.ts'

export interface ServiceAllocatorOptions {
  /** One range, or one of each family; the first is the cluster's own. `--service-cluster-ip-range`. */
  readonly clusterIpRanges: readonly string[]
  /** `--service-node-port-range`. */
  readonly nodePortRange: { readonly first: number; readonly last: number }
  /** A number in [0, 1). */
  readonly random: () => number
}

export const defaultServiceRanges = {
  clusterIpRanges: ['10.96.0.0/12'],
  nodePortRange: { first: 30_000, last: 32_767 },
} as const

/** The address of the `kubernetes` Service in a range. */
export function firstClusterIp(range: string): string {
  return new AddressPool(range, () => 0).first
}

export function createServiceAllocator(
  objects: Objects,
  { clusterIpRanges, nodePortRange, random }: ServiceAllocatorOptions,
): Allocator {
  const pools: Pools = {
    addresses: clusterIpRanges.map((range) => new AddressPool(range, random)),
    ports: new PortPool(nodePortRange, random),
  }
  for (const service of objects.list(services)) takeExisting(pools, service)
  return {
    handles: ({ group, plural }) => group === services.group && plural === services.resource,
    begin: (next, prior) => begin(pools, next, prior),
    release: (last) => release(pools, last as Service),
  }
}

function begin(pools: Pools, next: ApiObject, prior: ApiObject | undefined): Reservation {
  const spec = ((next as { spec?: ServiceSpec }).spec ??= {})
  const before = prior === undefined ? undefined : (prior as Service).spec
  const reservation = new Reservation(pools)
  try {
    if (before !== undefined) keepAllocated(spec, before)
    agreeOnClusterIps(spec, before)
    const errors = initIpFamilies(
      spec,
      before,
      pools.addresses.map(({ family }) => family),
    )
    if (errors.length > 0) throw new InvalidService(errors)
    allocateClusterIps(reservation, spec, before)
    allocateNodePorts(reservation, spec, before)
    return reservation
  } catch (error) {
    reservation.rollback()
    if (!(error instanceof InvalidService)) throw error
    throw invalid({ group: services.group, kind: services.kind }, next.metadata.name, error.errors)
  }
}

function release(pools: Pools, service: Service): void {
  const spec = specOf(service)
  for (const ip of spec.clusterIPs ?? []) pools.addresses.forEach((pool) => pool.free(ip))
  for (const port of nodePortsOf(spec)) pools.ports.free(port)
  if (needsHealthCheckPort(spec)) pools.ports.free(spec.healthCheckNodePort ?? 0)
}

/** What lies outside the ranges (they were changed) is nobody's to give away. */
function takeExisting(pools: Pools, service: Service): void {
  const spec = specOf(service)
  for (const ip of spec.clusterIPs ?? [])
    pools.addresses.forEach((pool) => attempt(() => pool.take(ip)))
  for (const port of nodePortsOf(spec)) attempt(() => pools.ports.take(port))
  if (needsHealthCheckPort(spec)) attempt(() => pools.ports.take(spec.healthCheckNodePort ?? 0))
}

function attempt(take: () => void): void {
  try {
    take()
  } catch (error) {
    if (!(error instanceof AllocationError)) throw error
  }
}
