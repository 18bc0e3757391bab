/**
 * Services and their endpoints become rules, in upstream's chains and words. Pure: nothing here looks at
 * the kernel.
 * Upstream: pkg/proxy/iptables/proxier.go, syncProxyRules, at v1.36.
 */
import type { Service } from '#api/core/v1.gen.ts'
import type { EndpointSlice } from '#api/discovery/v1.gen.ts'
import type { IpFamily } from '#linux/iptables.ts'
import { chains, endpointChain, portChains } from './chains.ts'
import type { OwnTable, PortChains } from './chains.ts'
import { categorize, endpointsOf } from './endpoints.ts'
import type { Categorized, Endpoint, Place } from './endpoints.ts'
import { cidrContains, isExternallyAccessible, servicePorts } from './service-ports.ts'
import type { ServicePort } from './service-ports.ts'

/** What the rules depend on besides Services and endpoints. */
export interface NodeFacts extends Place {
  readonly family: IpFamily
  readonly nodeIp: string
  /** How packets of this node's pods are told from others. */
  readonly podTraffic: PodTraffic
  /** SNAT everything that is sent to a cluster IP. */
  readonly masqueradeAll: boolean
  /** Such as `0x4000`. */
  readonly masqueradeMark: string
  /** Node ports answer on 127.0.0.1 as well (IPv4 only). */
  readonly localhostNodePorts: boolean
  /** The addresses that serve node ports; `all`: every local one. */
  readonly nodePortAddresses: 'all' | readonly string[]
  /** Whether `nf_conntrack_tcp_be_liberal` is set; if not, packets in no known state are dropped. */
  readonly conntrackLiberal: boolean
  /** Leaves out the comments per endpoint, as upstream does above 1000 endpoints. */
  readonly manyEndpoints: boolean
}

export type PodTraffic =
  | { readonly by: 'cidr'; readonly cidr: string }
  | { readonly by: 'bridge'; readonly name: string }
  | { readonly by: 'interface-prefix'; readonly prefix: string }
  | { readonly by: 'nothing' }

/** Everything that one port of one Service puts into the kernel. */
export interface PortRules {
  /** Own chains of the nat table with their rules, without the leading `-A chain`. */
  readonly chains: ReadonlyMap<string, readonly string[]>
  readonly shared: readonly SharedRule[]
  readonly port: ServicePort
  /** Where the port's traffic may have gone: for connections that must be forgotten. */
  readonly endpoints: readonly Endpoint[]
  readonly lacksLocal: { readonly internal: boolean; readonly external: boolean }
}

/** A rule in a chain that many ports share. */
export interface SharedRule {
  readonly table: OwnTable
  readonly chain: string
  /** Without the leading `-A chain`. */
  readonly rule: string
}

/** The rules of all ports of a Service. */
export function compileService(
  service: Service,
  slices: readonly EndpointSlice[],
  node: NodeFacts,
): PortRules[] {
  return servicePorts(service, node.family).map((port) =>
    compilePort(port, endpointsOf(port, slices, node), node),
  )
}

/** The rules of one port. */
export function compilePort(
  port: ServicePort,
  endpoints: readonly Endpoint[],
  node: NodeFacts,
): PortRules {
  const categorized = categorize(port, endpoints, node)
  const { any, cluster, local } = categorized
  const context: Context = {
    port,
    node,
    endpoints: categorized,
    names: portChains(port),
    hasInternal: any && (port.internalPolicy === 'Cluster' || local.length > 0),
    hasExternal: any && (port.externalPolicy === 'Cluster' || local.length > 0),
    usesFirewall: any && port.loadBalancerIps.length > 0 && port.sourceRanges.length > 0,
  }
  const own = new Map<string, string[]>()
  const { names } = context
  if (any && isExternallyAccessible(port)) own.set(names.external, externalRules(context))
  if (context.usesFirewall) own.set(names.firewall, firewallRules(context))
  if (cluster.length > 0) own.set(names.cluster, policyRules(context, 'Cluster'))
  if (local.length > 0) own.set(names.local, policyRules(context, 'Local'))
  for (const endpoint of categorized.reachable) {
    own.set(endpointChain(port, endpoint.address), endpointRules(context, endpoint))
  }
  return {
    chains: own,
    shared: sharedRules(context),
    port,
    endpoints,
    lacksLocal: {
      internal: any && !context.hasInternal,
      external: any && !context.hasExternal && isExternallyAccessible(port),
    },
  }
}

interface Context {
  readonly port: ServicePort
  readonly node: NodeFacts
  readonly endpoints: Categorized
  readonly names: PortChains
  readonly hasInternal: boolean
  readonly hasExternal: boolean
  readonly usesFirewall: boolean
}

/** Where packets enter (nat), and what is refused for want of endpoints (filter). */
function sharedRules(context: Context): SharedRule[] {
  const { port, endpoints, names, hasInternal, hasExternal, usesFirewall } = context
  const proto = `-m ${port.protocol} -p ${port.protocol}`
  const to = (ip: string): string => `${proto} -d ${ip} --dport ${port.port}`
  const refuse = endpoints.any
    ? { comment: comment(`${port.name} has no local endpoints`), target: 'DROP' }
    : { comment: comment(`${port.name} has no endpoints`), target: 'REJECT' }
  const rules: SharedRule[] = []
  const add = (table: OwnTable, chain: string, ...words: string[]): void => {
    rules.push({ table, chain, rule: words.join(' ') })
  }
  const refuseExternal = (match: string): void =>
    add('filter', chains.externalServices, refuse.comment, match, '-j', refuse.target)

  if (hasInternal) {
    const target = port.internalPolicy === 'Local' ? names.local : names.cluster
    const what = comment(`${port.name} cluster IP`)
    add('nat', chains.services, what, to(port.clusterIp), '-j', target)
  } else {
    add('filter', chains.services, refuse.comment, to(port.clusterIp), '-j', refuse.target)
  }
  for (const ip of port.externalIps) {
    const what = comment(`${port.name} external IP`)
    if (endpoints.any) add('nat', chains.services, what, to(ip), '-j', names.external)
    if (!hasExternal) refuseExternal(to(ip))
  }
  for (const ip of port.loadBalancerIps) {
    const what = comment(`${port.name} loadbalancer IP`)
    const target = usesFirewall ? names.firewall : names.external
    if (endpoints.any) add('nat', chains.services, what, to(ip), '-j', target)
    if (usesFirewall) {
      const dropped = comment(`${port.name} traffic not accepted by ${names.firewall}`)
      add('filter', chains.firewall, dropped, to(ip), '-j DROP')
    }
    if (!hasExternal) refuseExternal(to(ip))
  }
  if (port.nodePort !== 0) {
    const match = `${proto} --dport ${port.nodePort}`
    const what = comment(port.name)
    if (endpoints.any) add('nat', chains.nodePorts, what, match, '-j', names.external)
    if (!hasExternal) refuseExternal(`-m addrtype --dst-type LOCAL ${match}`)
  }
  if (port.healthCheckNodePort !== 0) {
    const what = comment(`${port.name} health check node port`)
    const match = `-m tcp -p tcp --dport ${port.healthCheckNodePort}`
    add('filter', chains.nodePorts, what, match, '-j ACCEPT')
  }
  return rules
}

/** The KUBE-EXT chain: what happens to traffic for external addresses before it is balanced. */
function externalRules({ port, node, names, hasExternal }: Context): string[] {
  const about = (what: string): string => comment(`${what} for ${port.name} external destinations`)
  const rules: string[] = []
  if (port.externalPolicy === 'Cluster') {
    rules.push(`${about('masquerade traffic')} -j ${chains.markMasq}`)
  } else {
    const fromPods = podMatch(node.podTraffic)
    // Pods of this node reach all endpoints, as if they had gone out and come back in.
    if (fromPods !== undefined) {
      rules.push(`${about('pod traffic')} ${fromPods} -j ${names.cluster}`)
    }
    const local = '-m addrtype --src-type LOCAL'
    rules.push(`${about('masquerade LOCAL traffic')} ${local} -j ${chains.markMasq}`)
    rules.push(`${about('route LOCAL traffic')} ${local} -j ${names.cluster}`)
  }
  const target = port.externalPolicy === 'Local' ? names.local : names.cluster
  if (hasExternal) rules.push(`-j ${target}`)
  return rules
}

/** The KUBE-FW chain; what it does not send on is dropped in the filter table. */
function firewallRules({ port, node, names }: Context): string[] {
  const what = comment(`${port.name} loadbalancer IP`)
  const from = (source: string): string => `${what} -s ${source} -j ${names.external}`
  const rules = port.sourceRanges.map(from)
  // A node's own packets to the address may loop back with that address as their source.
  if (port.sourceRanges.some((range) => cidrContains(range, node.nodeIp))) {
    rules.push(...port.loadBalancerIps.map(from))
  }
  rules.push(comment(`other traffic to ${port.name} will be dropped by ${chains.firewall}`))
  return rules
}

/** A KUBE-SVC or KUBE-SVL chain: SNAT where it is due, clients that stick, then chance. */
function policyRules(context: Context, policy: 'Cluster' | 'Local'): string[] {
  const { port, node, hasInternal } = context
  const endpoints = policy === 'Cluster' ? context.endpoints.cluster : context.endpoints.local
  const rules: string[] = []
  if (hasInternal && port.internalPolicy === policy) {
    const match = notFromPods(node)
    if (match !== undefined) {
      const to = `-m ${port.protocol} -p ${port.protocol} -d ${port.clusterIp} --dport ${port.port}`
      rules.push(words(comment(`${port.name} cluster IP`), to, match, `-j ${chains.markMasq}`))
    }
  }
  const about = ({ address }: Endpoint): string =>
    node.manyEndpoints ? '' : comment(`${port.name} -> ${address}`)
  if (port.affinitySeconds > 0) {
    for (const endpoint of endpoints) {
      const chain = endpointChain(port, endpoint.address)
      const recent = `-m recent --name ${chain} --rcheck --seconds ${port.affinitySeconds} --reap`
      rules.push(words(about(endpoint), recent, `-j ${chain}`))
    }
  }
  for (const [index, endpoint] of endpoints.entries()) {
    const left = endpoints.length - index
    const chance =
      left === 1 ? '' : `-m statistic --mode random --probability ${(1 / left).toFixed(10)}`
    rules.push(words(about(endpoint), chance, `-j ${endpointChain(port, endpoint.address)}`))
  }
  return rules
}

/** A KUBE-SEP chain: a pod that reaches itself needs SNAT; the rest is DNAT. */
function endpointRules({ port, node }: Context, endpoint: Endpoint): string[] {
  const about = node.manyEndpoints ? '' : comment(port.name)
  const chain = endpointChain(port, endpoint.address)
  const recent = port.affinitySeconds > 0 ? `-m recent --name ${chain} --set` : ''
  const proto = `-m ${port.protocol} -p ${port.protocol}`
  return [
    words(about, `-s ${endpoint.ip} -j ${chains.markMasq}`),
    words(about, recent, `${proto} -j DNAT --to-destination ${endpoint.address}`),
  ]
}

/** Packets to a cluster IP that need SNAT; '': all, undefined: none. */
function notFromPods({ masqueradeAll, podTraffic }: NodeFacts): string | undefined {
  if (masqueradeAll) return ''
  const match = podMatch(podTraffic)
  return match === undefined ? undefined : `! ${match}`
}

function podMatch(traffic: PodTraffic): string | undefined {
  switch (traffic.by) {
    case 'cidr':
      return `-s ${traffic.cidr}`
    case 'bridge':
      return `-i ${traffic.name}`
    case 'interface-prefix':
      return `-i ${traffic.prefix}+`
    case 'nothing':
      return undefined
  }
}

function comment(text: string): string {
  return `-m comment --comment "${text}"`
}

function words(...parts: readonly string[]): string {
  return parts.filter((part) => part !== '').join(' ')
}
