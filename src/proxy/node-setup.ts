/**
 * Settings of the kernel that the rules rely on.
 * Upstream: pkg/proxy/iptables/proxier.go (NewProxier) and cmd/kube-proxy/app/conntrack.go at v1.36.
 */
import type { Logger } from '#base/logger.ts'
import type { IpFamily } from '#linux/iptables.ts'
import { ensureSysctl } from '#linux/sysctl.ts'
import type { Sysctl } from '#linux/sysctl.ts'

export interface NodeSetup {
  readonly sysctl: Sysctl
  readonly log: Logger
  readonly localhostNodePorts: boolean
  readonly cores: number
  /** 0: leave as it is. Upstream's --conntrack-max-per-core and --conntrack-min. */
  readonly conntrackMaxPerCore: number
  readonly conntrackMin: number
}

const routeLocalnet = 'net.ipv4.conf.all.route_localnet'
const bridgeSettings = {
  IPv4: 'net.bridge.bridge-nf-call-iptables',
  IPv6: 'net.bridge.bridge-nf-call-ip6tables',
} as const

/**
 * Makes the settings true. Those that a container or an inner network namespace may not change are
 * logged and left: the rules work without them, only less well.
 */
export function setUpNode(setup: NodeSetup, families: readonly IpFamily[]): void {
  const { sysctl, log } = setup
  const ensure = (name: string, value: string): void => {
    try {
      if (ensureSysctl(sysctl, name, value)) log.info('set a sysctl', { name, value })
    } catch (error) {
      log.warning('a sysctl cannot be set', { name, value, err: String(error) })
    }
  }
  if (setup.localhostNodePorts && families.includes('IPv4')) ensure(routeLocalnet, '1')
  for (const family of families) {
    const name = bridgeSettings[family]
    if (sysctl.read(name) === '0') {
      log.warning('missing br-netfilter module or unset sysctl: proxy may not work as intended', {
        name,
      })
    }
  }
  const max = conntrackMax(setup)
  const current = Number(sysctl.read('net.netfilter.nf_conntrack_max') ?? 0)
  // Somebody who raised it further had a reason.
  if (max > current) ensure('net.netfilter.nf_conntrack_max', String(max))
  ensure('net.netfilter.nf_conntrack_tcp_timeout_established', '86400')
  ensure('net.netfilter.nf_conntrack_tcp_timeout_close_wait', '3600')
}

/** Whether the kernel forwards packets outside of their connection's window. */
export function isConntrackLiberal(sysctl: Sysctl): boolean {
  return sysctl.read('net.netfilter.nf_conntrack_tcp_be_liberal') === '1'
}

function conntrackMax({ cores, conntrackMaxPerCore, conntrackMin }: NodeSetup): number {
  if (conntrackMaxPerCore === 0) return 0
  return Math.max(cores * conntrackMaxPerCore, conntrackMin)
}
