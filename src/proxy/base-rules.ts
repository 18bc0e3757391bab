/**
 * The rules that do not depend on Services: marking, SNAT, forwarding, and the way to the node ports.
 * Upstream: pkg/proxy/iptables/proxier.go, syncProxyRules, at v1.36.
 */
import { chains, jumps } from './chains.ts'
import type { Jump, OwnTable } from './chains.ts'
import type { NodeFacts } from './compile.ts'

/** Chains that only we fill, wholly, with their rules. */
export function baseChains(node: NodeFacts): Record<OwnTable, Map<string, string[]>> {
  const mark = `${node.masqueradeMark}/${node.masqueradeMark}`
  const filter = new Map<string, string[]>()
  filter.set(chains.forward, forwardRules(node, mark))
  if (guardsLocalnet(node)) {
    // Routing 127.0.0.0/8 for node ports must not let neighbours reach services on loopback.
    filter.set(chains.kubeletFirewall, [
      '-m comment --comment "block incoming localnet connections" -d 127.0.0.0/8 ! -s 127.0.0.0/8' +
        ' -m conntrack ! --ctstate RELATED,ESTABLISHED,DNAT -j DROP',
    ])
  }
  const nat = new Map<string, string[]>()
  nat.set(chains.postrouting, [
    `-m mark ! --mark ${mark} -j RETURN`,
    // The mark is cleared, so that a packet that comes by again is not changed twice.
    `-j MARK --xor-mark ${node.masqueradeMark}`,
    '-m comment --comment "kubernetes service traffic requiring SNAT" -j MASQUERADE --random-fully',
  ])
  nat.set(chains.markMasq, [`-j MARK --or-mark ${node.masqueradeMark}`])
  return { nat, filter }
}

function forwardRules(node: NodeFacts, mark: string): string[] {
  const rules = [
    `-m comment --comment "kubernetes forwarding rules" -m mark --mark ${mark} -j ACCEPT`,
    '-m comment --comment "kubernetes forwarding conntrack rule"' +
      ' -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT',
  ]
  // Otherwise packets out of window reach the client with the pod's address, and it resets.
  return node.conntrackLiberal ? rules : ['-m conntrack --ctstate INVALID -j DROP', ...rules]
}

/** The jumps this node needs. */
export function baseJumps(node: NodeFacts): readonly Jump[] {
  if (guardsLocalnet(node)) return jumps
  return jumps.filter((jump) => jump.to !== chains.kubeletFirewall)
}

/** A jump without the leading `-A chain`. */
export function jumpRule(jump: Jump): string {
  const state = jump.onlyNew === true ? '-m conntrack --ctstate NEW ' : ''
  const comment = jump.comment === undefined ? '' : `-m comment --comment "${jump.comment}" `
  return `${state}${comment}-j ${jump.to}`
}

/** The end of a shared chain: packets for no Service's own address may be for a node port. */
export function lastRules(table: OwnTable, chain: string, node: NodeFacts): string[] {
  if (table !== 'nat' || chain !== chains.services) return []
  const comment =
    '-m comment --comment "kubernetes service nodeports; NOTE: this must be the last rule in this chain"'
  if (node.nodePortAddresses === 'all') {
    return [`${comment} -m addrtype --dst-type LOCAL${notLoopback(node)} -j ${chains.nodePorts}`]
  }
  return node.nodePortAddresses.map((ip) => `${comment} -d ${ip} -j ${chains.nodePorts}`)
}

/** Node ports on ::1 never work; on 127.0.0.1 they work when `route_localnet` is set. */
function notLoopback(node: NodeFacts): string {
  if (node.family === 'IPv6') return ' ! -d ::1/128'
  return node.localhostNodePorts ? '' : ' ! -d 127.0.0.0/8'
}

function guardsLocalnet(node: NodeFacts): boolean {
  return node.family === 'IPv4' && node.localhostNodePorts
}
