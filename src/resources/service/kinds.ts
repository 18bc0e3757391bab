/** What a Service is, by its spec. Upstream: pkg/api/service/util.go. */
import type { ServiceSpec } from '#api/core/v1.gen.ts'

export const headless = 'None'

export function isHeadless(spec: ServiceSpec): boolean {
  return spec.clusterIPs?.length === 1 && spec.clusterIPs[0] === headless
}

/** Reachable from outside the cluster. */
export function isExternallyAccessible(spec: ServiceSpec): boolean {
  return (
    spec.type === 'LoadBalancer' ||
    spec.type === 'NodePort' ||
    (spec.type === 'ClusterIP' && (spec.externalIPs ?? []).length > 0)
  )
}

/** Load balancers that send to nodes with endpoints only ask them whether they have any. */
export function needsHealthCheck(spec: ServiceSpec): boolean {
  return spec.type === 'LoadBalancer' && spec.externalTrafficPolicy === 'Local'
}

/** Has node ports: a LoadBalancer may do without. */
export function needsNodePorts(spec: ServiceSpec): boolean {
  if (spec.type === 'NodePort') return true
  return spec.type === 'LoadBalancer' && spec.allocateLoadBalancerNodePorts !== false
}

export function needsClusterIp(spec: ServiceSpec): boolean {
  return spec.type !== 'ExternalName'
}
