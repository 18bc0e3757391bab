/** Upstream: pkg/apis/core/v1/defaults.go, SetDefaults_Service; pkg/registry/core/service/strategy.go. */
import type { Service, ServiceSpec } from '#api/core/v1.gen.ts'
import { isExternallyAccessible } from './kinds.ts'

const affinitySeconds = 3 * 60 * 60

export function defaultService(service: Service): void {
  const spec = (service.spec ??= {})
  spec.sessionAffinity ||= 'None'
  if (spec.sessionAffinity === 'None') delete spec.sessionAffinityConfig
  else if (spec.sessionAffinity === 'ClientIP') {
    const config = (spec.sessionAffinityConfig ??= {})
    config.clientIP ??= {}
    config.clientIP.timeoutSeconds ??= affinitySeconds
  }
  spec.type ||= 'ClusterIP'
  for (const port of spec.ports ?? []) {
    port.protocol ||= 'TCP'
    if (!port.targetPort) port.targetPort = port.port
  }
  defaultPolicies(spec)
  service.status ??= {}
  service.status.loadBalancer ??= {}
  for (const ingress of service.status.loadBalancer.ingress ?? []) {
    if (ingress.ip) ingress.ipMode ??= 'VIP'
  }
}

function defaultPolicies(spec: ServiceSpec): void {
  if (isExternallyAccessible(spec)) spec.externalTrafficPolicy ||= 'Cluster'
  if (spec.type !== 'ExternalName') spec.internalTrafficPolicy ??= 'Cluster'
  if (spec.type === 'LoadBalancer') spec.allocateLoadBalancerNodePorts ??= true
}
