/** The facts about this node that rules depend on, from the options and the Node object. */
import { networkInterfaces } from 'node:os'
import type { Node } from '#api/core/v1.gen.ts'
import type { IpFamily } from '#linux/iptables.ts'
import type { NodeFacts, PodTraffic } from './compile.ts'
import { isConntrackLiberal } from './node-setup.ts'
import type { ProxyOptions } from './options.ts'
import { cidrContains, familyOf } from './service-ports.ts'

export type StaticNodeFacts = Omit<NodeFacts, 'manyEndpoints'>

export function nodeFacts(
  options: ProxyOptions,
  family: IpFamily,
  node: Node | undefined,
): StaticNodeFacts {
  const nodeIp = options.nodeIps.find((ip) => familyOf(ip) === family) ?? ''
  return {
    family,
    nodeName: options.nodeName,
    zone: node?.metadata.labels?.['topology.kubernetes.io/zone'] ?? '',
    nodeIp,
    podTraffic: podTraffic(options, family, node),
    masqueradeAll: options.masqueradeAll,
    masqueradeMark: `0x${(1 << options.masqueradeBit).toString(16)}`,
    localhostNodePorts: options.localhostNodePorts,
    nodePortAddresses: nodePortAddresses(options, family, nodeIp),
    conntrackLiberal: isConntrackLiberal(options.sysctl),
  }
}

function podTraffic(
  { detectLocal }: ProxyOptions,
  family: IpFamily,
  node: Node | undefined,
): PodTraffic {
  const first = (cidrs: readonly string[]): PodTraffic => {
    const cidr = cidrs.find((each) => familyOf(each) === family)
    return cidr === undefined ? { by: 'nothing' } : { by: 'cidr', cidr }
  }
  switch (detectLocal.mode) {
    case 'ClusterCIDR':
      return first(detectLocal.cidrs)
    case 'NodeCIDR':
      return first(node?.spec?.podCIDRs ?? [])
    case 'BridgeInterface':
      return { by: 'bridge', name: detectLocal.bridge }
    case 'InterfaceNamePrefix':
      return { by: 'interface-prefix', prefix: detectLocal.prefix }
  }
}

function nodePortAddresses(
  { nodePortAddresses: cidrs }: ProxyOptions,
  family: IpFamily,
  nodeIp: string,
): NodeFacts['nodePortAddresses'] {
  if (cidrs.includes('primary')) return [nodeIp]
  const own = cidrs.filter((cidr) => familyOf(cidr) === family)
  if (own.length === 0 || own.some((cidr) => cidr.endsWith('/0'))) return 'all'
  return Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .map((address) => address.address)
    .filter((ip) => own.some((cidr) => cidrContains(cidr, ip)))
}
