/**
 * Cluster IPs and node ports. What is taken is stored (`services/claims.ts`), so that of several servers
 * one gets what two ask for; this server's pools are what it knows of that, to choose from at once.
 * Upstream: pkg/registry/core/service/storage/storage.go and alloc.go.
 */
import type { Service, ServiceSpec } from '#api/core/v1.gen.ts'
import { invalid } from '#api/meta/status.ts'
import { ipaddresses, services } from '#api/resources.gen.ts'
import type { ApiObject } from '#api/resource-type.ts'
import type { Allocation, Allocator } from './allocator.ts'
import type { Objects } from './objects.ts'
import type { Storage } from '#storage/storage.ts'
import { createClaims, type Claims } from './services/claims.ts'
import { allocateClusterIps } from './services/cluster-ips.ts'
import { InvalidService } from './services/invalid-service.ts'
import { initIpFamilies } from './services/ip-families.ts'
import { agreeOnClusterIps, keepAllocated } from './services/keep-allocated.ts'
import { allocateNodePorts } from './services/node-ports.ts'
import { AddressPool, AllocationError, PortPool } from './services/pools.ts'
import { freeAddress, freePorts, Reservation, type Pools } from './services/reservation.ts'
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
  storage: Storage,
  { clusterIpRanges, nodePortRange, random }: ServiceAllocatorOptions,
): Allocator {
  const pools: Pools = {
    addresses: clusterIpRanges.map((range) => new AddressPool(range, random)),
    ports: new PortPool(nodePortRange, random),
  }
  const claims = createClaims({ objects, storage, nodePortRange })
  follow(objects, pools, claims)
  return {
    handles: ({ group, plural }) => group === services.group && plural === services.resource,
    begin: (next, prior) => begin({ pools, claims }, next, prior),
    release: (last) => release({ pools, claims }, last as Service),
  }
}

interface Parts {
  readonly pools: Pools
  readonly claims: Claims
}

/** What this server knows follows what is stored, whoever stored it. */
function follow(objects: Objects, pools: Pools, claims: Claims): void {
  for (const { metadata } of objects.list(ipaddresses)) takeAddress(pools, metadata.name)
  for (const service of objects.list(services)) takeExisting(pools, service)
  objects.subscribe(ipaddresses, ({ metadata }, change) => {
    if (change !== 'DELETED') takeAddress(pools, metadata.name)
    else for (const pool of pools.addresses) pool.free(metadata.name)
  })
  objects.subscribe(services, (service, change) => {
    if (change === 'DELETED') for (const port of portsOf(service)) pools.ports.free(port)
    if (change === 'ADDED') takePorts(pools, service)
    // Which ports it had before is not told.
    if (change === 'MODIFIED' && service.spec?.type !== 'ClusterIP') {
      claims.ports().then(
        (ports) => pools.ports.know(ports),
        () => {}, // it is read again when a port is refused
      )
    }
  })
}

function begin(
  { pools, claims }: Parts,
  next: ApiObject,
  prior: ApiObject | undefined,
): Allocation {
  const spec = ((next as { spec?: ServiceSpec }).spec ??= {})
  const before = prior === undefined ? undefined : (prior as Service).spec
  const reservation = new Reservation(pools, claims)
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
    return {
      claim: (object) => asStatus(next, () => reservation.claim(object as Service)),
      commit: () => reservation.commit(),
      rollback: () => reservation.rollback(),
    }
  } catch (error) {
    reservation.forget()
    throw statusOf(next, error)
  }
}

async function asStatus(service: ApiObject, run: () => Promise<void>): Promise<void> {
  try {
    await run()
  } catch (error) {
    throw statusOf(service, error)
  }
}

function statusOf({ metadata }: ApiObject, error: unknown): unknown {
  if (!(error instanceof InvalidService)) return error
  return invalid({ group: services.group, kind: services.kind }, metadata.name, error.errors)
}

async function release({ pools, claims }: Parts, service: Service): Promise<void> {
  for (const ip of specOf(service).clusterIPs ?? []) {
    if (ip !== 'None') await freeAddress(pools, claims, ip)
  }
  await freePorts(pools, claims, portsOf(service))
}

/** What lies outside the ranges (they were changed) is nobody's to give away. */
function takeExisting(pools: Pools, service: Service): void {
  for (const ip of specOf(service).clusterIPs ?? []) takeAddress(pools, ip)
  takePorts(pools, service)
}

function takeAddress(pools: Pools, ip: string): void {
  for (const pool of pools.addresses) attempt(() => pool.take(ip))
}

function takePorts(pools: Pools, service: Service): void {
  for (const port of portsOf(service)) attempt(() => pools.ports.take(port))
}

function portsOf(service: Service): readonly number[] {
  const spec = specOf(service)
  const health = needsHealthCheckPort(spec) ? (spec.healthCheckNodePort ?? 0) : 0
  return health === 0 ? nodePortsOf(spec) : [...nodePortsOf(spec), health]
}

function attempt(take: () => void): void {
  try {
    take()
  } catch (error) {
    if (!(error instanceof AllocationError)) throw error
  }
}
