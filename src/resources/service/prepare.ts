/**
 * Upstream: pkg/registry/core/service/strategy.go, dropTypeDependentFields; storage/storage.go,
 * normalizeClusterIPs, patchAllocatedValues; storage/alloc.go, initIPFamilyFields.
 */
import type { Service, ServicePort, ServiceSpec } from '#api/core/v1.gen.ts'
import { semanticEqual } from '#resources/checks/equality.ts'
import { familyOf } from '#resources/checks/ip.ts'
import { keepSpec, keepStatus } from '#resources/generation.ts'
import {
  headless,
  isExternallyAccessible,
  needsClusterIp,
  needsHealthCheck,
  needsNodePorts,
} from './kinds.ts'

export function prepareForCreate(service: Service): void {
  service.status = { loadBalancer: {} }
  normalizeClusterIps(service.spec, undefined)
  initIpFamilies(service.spec)
}

export function prepareForUpdate(next: Service, prior: Service): void {
  keepStatus(next, prior)
  keepAllocated(next.spec, prior.spec)
  normalizeClusterIps(next.spec, prior.spec)
  dropFieldsOfOldType(next.spec, prior.spec)
  initIpFamilies(next.spec)
}

export const prepareForStatusUpdate: (next: Service, prior: Service) => void = keepSpec

/**
 * clusterIP is the first of clusterIPs. Clients that know only the one change only the one, and the
 * other follows.
 */
export function normalizeClusterIps(next: ServiceSpec, prior: ServiceSpec | undefined): void {
  if (prior === undefined) {
    if (next.clusterIP && next.clusterIPs === undefined) next.clusterIPs = [next.clusterIP]
    else if (!next.clusterIP && next.clusterIPs?.[0] !== undefined)
      next.clusterIP = next.clusterIPs[0]
    return
  }
  const changed = (next.clusterIP ?? '') !== (prior.clusterIP ?? '')
  if (!changed && semanticEqual(next.clusterIPs, prior.clusterIPs)) return
  if (changed && semanticEqual(next.clusterIPs, prior.clusterIPs)) {
    if (next.clusterIP) next.clusterIPs = [next.clusterIP]
    else delete next.clusterIPs
  } else if (!changed) {
    const first = next.clusterIPs?.[0]
    if (first === undefined) delete next.clusterIP
    else next.clusterIP = first
  }
}

/** What was given once stays when an update does not mention it. Call it before allocating. */
export function keepAllocated(next: ServiceSpec, prior: ServiceSpec): void {
  if (needsClusterIp(prior) && needsClusterIp(next)) {
    if (!next.clusterIP && prior.clusterIP) next.clusterIP = prior.clusterIP
    if ((next.clusterIPs ?? []).length === 0 && next.clusterIP === prior.clusterIP) {
      if (prior.clusterIPs !== undefined) next.clusterIPs = [...prior.clusterIPs]
    }
  }
  if (needsNodePorts(prior) && needsNodePorts(next)) keepNodePorts(next, prior)
  if (needsHealthCheck(prior) && needsHealthCheck(next) && prior.healthCheckNodePort) {
    next.healthCheckNodePort ||= prior.healthCheckNodePort
  }
}

/** Unless the port is claimed by another entry of the new list. */
function keepNodePorts(next: ServiceSpec, prior: ServiceSpec): void {
  const key = (port: ServicePort): string => `${port.protocol}/${port.port}`
  const used = new Set((next.ports ?? []).map(({ nodePort }) => nodePort))
  const before = new Map((prior.ports ?? []).map((port) => [key(port), port.nodePort]))
  for (const port of next.ports ?? []) {
    if (port.nodePort) continue
    const nodePort = before.get(key(port))
    if (!nodePort || used.has(nodePort)) continue
    port.nodePort = nodePort
    used.add(nodePort)
  }
}

/** A client that changes the type but leaves behind what only the old type has means to drop it. */
export function dropFieldsOfOldType(next: ServiceSpec, prior: ServiceSpec): void {
  if (needsClusterIp(prior) && !needsClusterIp(next)) {
    if (next.clusterIP === prior.clusterIP && semanticEqual(next.clusterIPs, prior.clusterIPs)) {
      delete next.clusterIP
      delete next.clusterIPs
    }
    dropUnchanged(next, prior, ['ipFamilies', 'ipFamilyPolicy'])
  }
  if (needsNodePorts(prior) && !needsNodePorts(next) && samePorts(next, prior)) {
    for (const port of next.ports ?? []) delete port.nodePort
  }
  if (needsHealthCheck(prior) && !needsHealthCheck(next)) {
    dropUnchanged(next, prior, ['healthCheckNodePort'])
  }
  if (prior.type === 'LoadBalancer' && next.type !== 'LoadBalancer') {
    dropUnchanged(next, prior, ['allocateLoadBalancerNodePorts', 'loadBalancerClass'])
  }
  if (prior.type === 'ExternalName' && next.type !== 'ExternalName') {
    dropUnchanged(next, prior, ['externalName'])
  }
  if (isExternallyAccessible(prior) && !isExternallyAccessible(next)) {
    dropUnchanged(next, prior, ['externalTrafficPolicy'])
  }
}

function dropUnchanged(
  next: ServiceSpec,
  prior: ServiceSpec,
  fields: readonly (keyof ServiceSpec)[],
): void {
  for (const field of fields) if (semanticEqual(next[field], prior[field])) delete next[field]
}

function samePorts(next: ServiceSpec, prior: ServiceSpec): boolean {
  const numbers = (spec: ServiceSpec): readonly number[] =>
    (spec.ports ?? []).map(({ nodePort }) => nodePort ?? 0)
  return semanticEqual(numbers(next), numbers(prior))
}

type Family = 'IPv4' | 'IPv6'

/**
 * Families and policy that a client has left open. A cluster has one family (`main`); a headless Service
 * without selector may have both, as its endpoints are the client's own affair.
 */
export function initIpFamilies(spec: ServiceSpec, main: Family = 'IPv4'): void {
  if (!needsClusterIp(spec)) return
  const free = spec.clusterIP === headless && Object.keys(spec.selector ?? {}).length === 0
  spec.ipFamilyPolicy ??= free ? 'RequireDualStack' : 'SingleStack'
  const families = (spec.ipFamilies ??= [])
  if (families.length === 0) families.push(firstFamily(spec) ?? main)
  if (free && families.length === 1 && spec.ipFamilyPolicy !== 'SingleStack') {
    families.push(families[0] === 'IPv4' ? 'IPv6' : 'IPv4')
  }
}

function firstFamily(spec: ServiceSpec): Family | undefined {
  return spec.clusterIP === undefined ? undefined : familyOf(spec.clusterIP)
}
