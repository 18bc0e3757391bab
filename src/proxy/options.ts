/** What the operator chooses: KubeProxyConfiguration, as far as iptables mode has it. */
import type { Clock } from '#base/clock.ts'
import type { Logger } from '#base/logger.ts'
import type { Client } from '#client/client.ts'
import type { Run } from '#linux/run.ts'
import type { Sysctl } from '#linux/sysctl.ts'

export interface ProxyOptions {
  readonly client: Client
  readonly nodeName: string
  /** The node's addresses, the primary one first; each family among them is served. */
  readonly nodeIps: readonly string[]
  readonly clock: Clock
  /** 0 ≤ random() < 1. */
  random(): number
  readonly log: Logger
  /** Runs iptables and conntrack, for example inside a network namespace. */
  readonly run: Run
  readonly sysctl: Sysctl
  readonly detectLocal: DetectLocal
  readonly masqueradeAll: boolean
  /** Which bit of the packet mark says: SNAT. */
  readonly masqueradeBit: number
  readonly localhostNodePorts: boolean
  /** CIDRs of the local addresses that serve node ports; empty: all. `primary`: the node's own. */
  readonly nodePortAddresses: readonly string[]
  readonly conntrackMaxPerCore: number
  readonly conntrackMin: number
  readonly cores: number
  /** Undefined: no such server. */
  readonly healthz: HostPort | undefined
  readonly metrics: HostPort | undefined
  /** Upstream's --iptables-min-sync-period. */
  readonly batchMs: number
  /** Upstream's --iptables-sync-period. */
  readonly verifyMs: number
}

export interface HostPort {
  /** '': all addresses. */
  readonly host: string
  readonly port: number
}

/** How traffic of this node's pods is recognized: upstream's --detect-local-mode. */
export type DetectLocal =
  /** Without CIDRs nothing is recognized. */
  | { readonly mode: 'ClusterCIDR'; readonly cidrs: readonly string[] }
  /** The Node object's `spec.podCIDRs`. */
  | { readonly mode: 'NodeCIDR' }
  | { readonly mode: 'BridgeInterface'; readonly bridge: string }
  | { readonly mode: 'InterfaceNamePrefix'; readonly prefix: string }

/** Upstream's defaults, but for the batch time (1 s) and what only the caller knows. */
export const proxyDefaults = {
  masqueradeAll: false,
  masqueradeBit: 14,
  localhostNodePorts: true,
  nodePortAddresses: [],
  conntrackMaxPerCore: 32_768,
  conntrackMin: 131_072,
  healthz: { host: '0.0.0.0', port: 10_256 },
  metrics: { host: '127.0.0.1', port: 10_249 },
  batchMs: 10,
  verifyMs: 30_000,
} as const satisfies Partial<ProxyOptions>
