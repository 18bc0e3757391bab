/**
 * What the proxy reads from a Service: one ServicePort per port and address family, with everything
 * optional decided.
 * Upstream: pkg/proxy/serviceport.go and pkg/proxy/util/utils.go (ShouldSkipService) at v1.36.
 */
import { BlockList, isIP } from 'node:net'
import type { Service, ServicePort as PortSpec } from '#api/core/v1.gen.ts'
import type { IpFamily } from '#linux/iptables.ts'

export type Protocol = 'tcp' | 'udp' | 'sctp'

export interface ServicePort {
  /** Unique among all ports: the name and the protocol. */
  readonly key: string
  readonly namespace: string
  readonly service: string
  readonly portName: string
  readonly protocol: Protocol
  /** `namespace/service`, or `namespace/service:port` for named ports: in comments and hashes. */
  readonly name: string
  readonly clusterIp: string
  readonly port: number
  /** 0: none. */
  readonly nodePort: number
  readonly externalIps: readonly string[]
  /** Addresses of load balancers that deliver packets with the address unchanged (ipMode VIP). */
  readonly loadBalancerIps: readonly string[]
  readonly sourceRanges: readonly string[]
  /** 0: none. */
  readonly healthCheckNodePort: number
  /** How long a client sticks to its endpoint; 0: no affinity. */
  readonly affinitySeconds: number
  readonly internalPolicy: 'Cluster' | 'Local'
  readonly externalPolicy: 'Cluster' | 'Local'
}

/** Services with this label belong to another proxy. */
export const serviceProxyNameLabel = 'service.kubernetes.io/service-proxy-name'
/** EndpointSlices with this label belong to headless Services. */
export const headlessLabel = 'service.kubernetes.io/headless'

const affinitySecondsDefault = 10_800

/** The ports of a Service in one family; none for headless and ExternalName Services. */
export function servicePorts(service: Service, family: IpFamily): ServicePort[] {
  const { metadata, spec } = service
  if (spec.type === 'ExternalName') return []
  if (metadata.labels?.[serviceProxyNameLabel] !== undefined) return []
  const clusterIp = clusterIpOf(service, family)
  if (clusterIp === undefined) return []
  const shared = {
    namespace: metadata.namespace ?? '',
    service: metadata.name,
    clusterIp,
    externalIps: (spec.externalIPs ?? []).filter((ip) => familyOf(ip) === family),
    loadBalancerIps: loadBalancerIps(service, family),
    sourceRanges: (spec.loadBalancerSourceRanges ?? [])
      .map((range) => range.trim())
      .filter((range) => familyOf(range) === family),
    affinitySeconds: affinitySeconds(service),
    internalPolicy: spec.internalTrafficPolicy === 'Local' ? 'Local' : 'Cluster',
    externalPolicy: spec.externalTrafficPolicy === 'Local' ? 'Local' : 'Cluster',
    healthCheckNodePort: needsHealthCheck(service) ? (spec.healthCheckNodePort ?? 0) : 0,
  } as const
  return (spec.ports ?? []).map((port) => ({ ...shared, ...ownFacts(shared, port) }))
}

function ownFacts(
  shared: { namespace: string; service: string },
  port: PortSpec,
): Pick<ServicePort, 'key' | 'portName' | 'protocol' | 'name' | 'port' | 'nodePort'> {
  const portName = port.name ?? ''
  const protocol = protocolOf(port.protocol)
  const base = `${shared.namespace}/${shared.service}`
  const name = portName === '' ? base : `${base}:${portName}`
  return {
    key: `${name}/${protocol}`,
    portName,
    protocol,
    name,
    port: port.port,
    nodePort: port.nodePort ?? 0,
  }
}

/** Whether traffic from outside the cluster can reach the port. */
export function isExternallyAccessible(port: ServicePort): boolean {
  return port.nodePort !== 0 || port.loadBalancerIps.length > 0 || port.externalIps.length > 0
}

/** Local traffic to external addresses is short-circuited, so it needs all endpoints as well. */
export function usesClusterEndpoints(port: ServicePort): boolean {
  return port.internalPolicy === 'Cluster' || isExternallyAccessible(port)
}

export function usesLocalEndpoints(port: ServicePort): boolean {
  const externally = port.externalPolicy === 'Local' && isExternallyAccessible(port)
  return port.internalPolicy === 'Local' || externally
}

/** The wire writes upper case, iptables lower case; the default is TCP. */
export function protocolOf(protocol: string | undefined): Protocol {
  return (protocol ?? 'TCP').toLowerCase() as Protocol
}

/** Of an address or a CIDR; undefined for what is neither. */
export function familyOf(address: string): IpFamily | undefined {
  const version = isIP(address.split('/')[0] ?? '')
  return version === 0 ? undefined : version === 4 ? 'IPv4' : 'IPv6'
}

/** False for addresses of the other family. */
export function cidrContains(cidr: string, ip: string): boolean {
  const [base = '', length = ''] = cidr.split('/')
  const family = base.includes(':') ? 'ipv6' : 'ipv4'
  if (ip.includes(':') !== base.includes(':')) return false
  const list = new BlockList()
  list.addSubnet(base, Number(length), family)
  return list.check(ip, family)
}

/** `10.0.0.1:80` or `[fd00::1]:80`. */
export function hostPort(ip: string, port: number): string {
  return ip.includes(':') ? `[${ip}]:${port}` : `${ip}:${port}`
}

function clusterIpOf(service: Service, family: IpFamily): string | undefined {
  const { clusterIP, clusterIPs } = service.spec ?? {}
  const all = clusterIPs ?? (clusterIP === undefined ? [] : [clusterIP])
  return all.find((ip) => familyOf(ip) === family)
}

function loadBalancerIps(service: Service, family: IpFamily): string[] {
  if (service.spec?.type !== 'LoadBalancer') return []
  return (service.status?.loadBalancer?.ingress ?? [])
    .filter((ingress) => (ingress.ipMode ?? 'VIP') === 'VIP')
    .flatMap((ingress) => ingress.ip ?? [])
    .filter((ip) => familyOf(ip) === family)
}

function affinitySeconds(service: Service): number {
  const { sessionAffinity, sessionAffinityConfig } = service.spec ?? {}
  if (sessionAffinity !== 'ClientIP') return 0
  return sessionAffinityConfig?.clientIP?.timeoutSeconds ?? affinitySecondsDefault
}

function needsHealthCheck(service: Service): boolean {
  return service.spec?.type === 'LoadBalancer' && service.spec.externalTrafficPolicy === 'Local'
}
