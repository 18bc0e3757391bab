/** The kernel switches without which pods reach neither each other nor a Service. */
import type { Run } from '#linux/run.ts'
import { ensureSysctl } from '#linux/sysctl.ts'
import type { Sysctl } from '#linux/sysctl.ts'

export interface SysctlOutcome {
  readonly name: string
  /** Why it could not be set, for the log. */
  readonly problem?: string
}

/** Turns on forwarding and, for bridged pods, iptables on the bridge. Reports what could not be set. */
export async function enablePodNetworking(
  options: { readonly ipv6: boolean },
  sysctl: Sysctl,
  run: Run,
): Promise<readonly SysctlOutcome[]> {
  const names = ['net.ipv4.ip_forward', 'net.bridge.bridge-nf-call-iptables']
  if (options.ipv6) {
    names.push('net.ipv6.conf.all.forwarding', 'net.bridge.bridge-nf-call-ip6tables')
  }
  if (sysctl.read('net.bridge.bridge-nf-call-iptables') === undefined) {
    // Without modprobe (a container, a kernel without modules) the sysctl's own failure is reported.
    await run('modprobe', ['br_netfilter'], { timeoutMs: 10_000 }).catch(() => undefined)
  }
  return names.map((name) => {
    try {
      ensureSysctl(sysctl, name, '1')
      return { name }
    } catch (error) {
      return { name, problem: error instanceof Error ? error.message : String(error) }
    }
  })
}
