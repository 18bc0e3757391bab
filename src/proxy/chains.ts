/**
 * The names of our chains. Upstream: pkg/proxy/iptables/proxier.go at v1.36.
 */
import { createHash } from 'node:crypto'
import type { ServicePort } from './service-ports.ts'

export const chains = {
  services: 'KUBE-SERVICES',
  externalServices: 'KUBE-EXTERNAL-SERVICES',
  nodePorts: 'KUBE-NODEPORTS',
  postrouting: 'KUBE-POSTROUTING',
  markMasq: 'KUBE-MARK-MASQ',
  forward: 'KUBE-FORWARD',
  firewall: 'KUBE-PROXY-FIREWALL',
  canary: 'KUBE-PROXY-CANARY',
  /** The kubelet makes the same chain with the same rule. */
  kubeletFirewall: 'KUBE-FIREWALL',
} as const

/** The tables that hold our rules; others only hold a canary. */
export type OwnTable = 'nat' | 'filter'

export interface PortChains {
  /** To all endpoints. */
  readonly cluster: string
  /** To the endpoints on this node. */
  readonly local: string
  /** Where traffic to external addresses goes first. */
  readonly external: string
  /** Lets only the source ranges of a load balancer through. */
  readonly firewall: string
}

export function portChains(port: ServicePort): PortChains {
  const hash = chainHash(port.name + port.protocol)
  return {
    cluster: `KUBE-SVC-${hash}`,
    local: `KUBE-SVL-${hash}`,
    external: `KUBE-EXT-${hash}`,
    firewall: `KUBE-FW-${hash}`,
  }
}

export function endpointChain(port: ServicePort, address: string): string {
  return `KUBE-SEP-${chainHash(port.name + port.protocol + address)}`
}

/** Chains that belong to one port; whichever of them is not wanted any more is removed. */
export function isPortChain(chain: string): boolean {
  return /^KUBE-(?:SVC|SVL|EXT|FW|SEP)-/.test(chain)
}

/** Chains that hold rules of many ports. */
export const sharedChains: readonly { readonly table: OwnTable; readonly chain: string }[] = [
  { table: 'filter', chain: chains.services },
  { table: 'filter', chain: chains.externalServices },
  { table: 'filter', chain: chains.nodePorts },
  { table: 'filter', chain: chains.firewall },
  { table: 'nat', chain: chains.services },
  { table: 'nat', chain: chains.nodePorts },
]

export interface Jump {
  readonly table: OwnTable
  readonly from: string
  readonly to: string
  readonly comment?: string
  /** Only for the first packet of a connection. */
  readonly onlyNew?: boolean
}

const external = 'kubernetes externally-visible service portals'
const portals = 'kubernetes service portals'
const firewall = 'kubernetes load balancer firewall'

/** How packets get to our chains, in the order in which upstream puts them in front. */
export const jumps: readonly Jump[] = [
  jump('filter', 'INPUT', chains.externalServices, { comment: external, onlyNew: true }),
  jump('filter', 'FORWARD', chains.externalServices, { comment: external, onlyNew: true }),
  jump('filter', 'INPUT', chains.nodePorts, { comment: 'kubernetes health check service ports' }),
  jump('filter', 'FORWARD', chains.services, { comment: portals, onlyNew: true }),
  jump('filter', 'OUTPUT', chains.services, { comment: portals, onlyNew: true }),
  jump('filter', 'FORWARD', chains.forward, { comment: 'kubernetes forwarding rules' }),
  jump('filter', 'INPUT', chains.firewall, { comment: firewall, onlyNew: true }),
  jump('filter', 'OUTPUT', chains.firewall, { comment: firewall, onlyNew: true }),
  jump('filter', 'FORWARD', chains.firewall, { comment: firewall, onlyNew: true }),
  jump('nat', 'OUTPUT', chains.services, { comment: portals }),
  jump('nat', 'PREROUTING', chains.services, { comment: portals }),
  jump('nat', 'POSTROUTING', chains.postrouting, { comment: 'kubernetes postrouting rules' }),
  jump('filter', 'INPUT', chains.kubeletFirewall, {}),
  jump('filter', 'OUTPUT', chains.kubeletFirewall, {}),
]

function jump(
  table: OwnTable,
  from: string,
  to: string,
  rest: Pick<Jump, 'comment' | 'onlyNew'>,
): Jump {
  return { table, from, to, ...rest }
}

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'

/** The first 16 characters of the base32 of the SHA-256: chain names may have 28 characters. */
function chainHash(text: string): string {
  const digest = createHash('sha256').update(text).digest()
  let hash = ''
  for (let index = 0; index < 16; index++) {
    const bit = index * 5
    const word = digest.readUInt16BE(bit >> 3)
    hash += alphabet[(word >> (11 - (bit & 7))) & 31]
  }
  return hash
}
