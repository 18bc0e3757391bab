/**
 * What was allocated before and was left out of an update stays.
 * Upstream: pkg/registry/core/service/storage/storage.go, patchAllocatedValues, normalizeClusterIPs.
 */
import type { ServiceSpec } from '#api/core/v1.gen.ts'
import {
  isExternalName,
  needsHealthCheckPort,
  nodePortsOf,
  sameList,
  wantsNodePorts,
} from './spec.ts'

export function keepAllocated(next: ServiceSpec, prior: ServiceSpec): void {
  if (!isExternalName(prior) && !isExternalName(next)) keepClusterIp(next, prior)
  if (wantsNodePorts(prior) && wantsNodePorts(next)) keepNodePorts(next, prior)
  if (needsHealthCheckPort(prior) && needsHealthCheckPort(next) && !next.healthCheckNodePort) {
    setOrDelete(next, 'healthCheckNodePort', prior.healthCheckNodePort)
  }
}

function keepClusterIp(next: ServiceSpec, prior: ServiceSpec): void {
  if (!next.clusterIP) setOrDelete(next, 'clusterIP', prior.clusterIP)
  if ((next.clusterIPs ?? []).length === 0 && next.clusterIP === prior.clusterIP) {
    setOrDelete(next, 'clusterIPs', prior.clusterIPs && [...prior.clusterIPs])
  }
}

/** By the ports' names; a number that another port asks for is not given twice. */
function keepNodePorts(next: ServiceSpec, prior: ServiceSpec): void {
  const asked = new Set(nodePortsOf(next))
  const used = new Set(nodePortsOf(prior).filter((port) => asked.has(port)))
  const byName = new Map((prior.ports ?? []).map((port) => [port.name ?? '', port.nodePort ?? 0]))
  for (const port of next.ports ?? []) {
    const known = byName.get(port.name ?? '') ?? 0
    if (port.nodePort || known === 0 || used.has(known)) continue
    port.nodePort = known
    used.add(known)
  }
}

/** `clusterIP` and `clusterIPs` say the same, whichever of them the client knows. */
export function agreeOnClusterIps(next: ServiceSpec, prior: ServiceSpec | undefined): void {
  const ip = next.clusterIP ?? ''
  const ips = next.clusterIPs ?? []
  if (prior === undefined) {
    if (ip !== '' && ips.length === 0) next.clusterIPs = [ip]
    return
  }
  const priorIp = prior.clusterIP ?? ''
  if (ips.length === 0 && (prior.clusterIPs ?? []).length > 0 && ip === priorIp) {
    next.clusterIPs = [...(prior.clusterIPs ?? [])]
  }
  if (ip === priorIp || !sameList(prior.clusterIPs, next.clusterIPs)) return
  if (ip === '') delete next.clusterIPs
  else next.clusterIPs = [ip]
}

function setOrDelete<K extends keyof ServiceSpec>(
  spec: ServiceSpec,
  field: K,
  value: ServiceSpec[K] | undefined,
): void {
  if (value === undefined) delete spec[field]
  else spec[field] = value
}
