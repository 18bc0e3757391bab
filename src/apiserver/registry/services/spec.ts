/** Questions about a Service that allocation asks. Upstream: pkg/registry/core/service/storage. */
import type { Service, ServiceSpec } from '#api/core/v1.gen.ts'

export function specOf(service: Service & { spec?: ServiceSpec }): ServiceSpec {
  return service.spec ?? {}
}

export function isExternalName(spec: ServiceSpec): boolean {
  return spec.type === 'ExternalName'
}

export function isHeadless(spec: ServiceSpec): boolean {
  return spec.clusterIPs?.[0] === 'None'
}

export function hasSelector(spec: ServiceSpec): boolean {
  return Object.keys(spec.selector ?? {}).length > 0
}

/** NodePort Services have node ports, LoadBalancers unless they say that they need none. */
export function wantsNodePorts(spec: ServiceSpec): boolean {
  if (spec.type === 'LoadBalancer') return spec.allocateLoadBalancerNodePorts !== false
  return spec.type === 'NodePort'
}

/** Kinds of Services that may have node ports, given or asked for. */
export function mayHaveNodePorts(spec: ServiceSpec): boolean {
  return spec.type === 'NodePort' || spec.type === 'LoadBalancer'
}

export function needsHealthCheckPort(spec: ServiceSpec): boolean {
  return spec.type === 'LoadBalancer' && spec.externalTrafficPolicy === 'Local'
}

export function nodePortsOf(spec: ServiceSpec): readonly number[] {
  return (spec.ports ?? []).flatMap(({ nodePort }) => nodePort || [])
}

export function sameList(a: readonly string[] = [], b: readonly string[] = []): boolean {
  return a.length === b.length && a.every((item, i) => item === b[i])
}

/** Another address in the place of one. */
export function replaceAddress(spec: ServiceSpec, ip: string, other: string): void {
  if (spec.clusterIP === ip) spec.clusterIP = other
  if (spec.clusterIPs !== undefined) {
    spec.clusterIPs = spec.clusterIPs.map((known) => (known === ip ? other : known))
  }
}

/** Another node port in the place of one, wherever it stands. */
export function replacePort(spec: ServiceSpec, port: number, other: number): void {
  for (const known of spec.ports ?? []) if (known.nodePort === port) known.nodePort = other
  if (spec.healthCheckNodePort === port) spec.healthCheckNodePort = other
}
