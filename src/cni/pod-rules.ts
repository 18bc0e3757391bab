/**
 * What the host's firewall must know of pods: one set of rules a node, instead of the bridge plugin's two
 * a pod, which can outlive a pod that dies while its network is torn down.
 */
import { detectIptables, type Iptables, type IpFamily, type SavedTable } from '#linux/iptables.ts'
import type { Run } from '#linux/run.ts'

const masquerade = 'K8TS-MASQUERADE'
const forward = 'K8TS-FORWARD'

/** Jumps into our chains: table, chain, rule. A host that drops what it forwards still passes pods. */
const jumps = [
  { table: 'nat', from: 'POSTROUTING', to: masquerade, comment: 'k8ts: pods to the outside' },
  { table: 'filter', from: 'FORWARD', to: forward, comment: 'k8ts: pods pass this node' },
] as const

/** Puts the rules there, or makes them right; what is right already is written again to no effect. */
export async function ensurePodRules(run: Run, podCidrs: readonly string[]): Promise<void> {
  for (const family of ['IPv4', 'IPv6'] as const) {
    const cidrs = podCidrs.filter((cidr) => cidr.includes(':') === (family === 'IPv6'))
    if (cidrs.length === 0) continue
    const iptables = await detectIptables(run, family)
    if (iptables === undefined) continue
    const saved = await iptables.save()
    await iptables.restore(podRules(cidrs, family, (table) => saved.get(table)))
  }
}

/** Input for iptables-restore --noflush; jumps that stand already are not doubled. */
export function podRules(
  cidrs: readonly string[],
  family: IpFamily,
  saved: (table: 'nat' | 'filter') => SavedTable | undefined,
): string {
  const multicast = family === 'IPv4' ? '224.0.0.0/4' : 'ff00::/8'
  const rules = {
    nat: cidrs.flatMap((cidr) => [
      `-A ${masquerade} -s ${cidr} -d ${cidr} -j RETURN`,
      `-A ${masquerade} -s ${cidr} ! -d ${multicast} -j MASQUERADE`,
    ]),
    filter: cidrs.flatMap((cidr) => [
      `-A ${forward} -s ${cidr} -j ACCEPT`,
      `-A ${forward} -d ${cidr} -j ACCEPT`,
    ]),
  }
  return jumps
    .map(({ table, from, to, comment }) => {
      const standing =
        saved(table)
          ?.get(from)
          ?.some((rule) => rule.endsWith(`-j ${to}`)) === true
      const jump = standing ? [] : [`-A ${from} -m comment --comment "${comment}" -j ${to}`]
      return `${[`*${table}`, `:${to} - [0:0]`, ...rules[table], ...jump, 'COMMIT'].join('\n')}\n`
    })
    .join('')
}

/** Takes the rules away, if they are there. */
export async function removePodRules(iptables: Iptables): Promise<void> {
  const saved = await iptables.save()
  for (const { table, from, to } of jumps) {
    if (saved.get(table)?.has(to) !== true) continue
    const standing = (saved.get(table)?.get(from) ?? []).filter((rule) => rule.endsWith(`-j ${to}`))
    const lines = [...standing.map((rule) => rule.replace(/^-A/, '-D')), `-F ${to}`, `-X ${to}`]
    await iptables.restore(`*${table}\n${lines.join('\n')}\nCOMMIT\n`)
  }
}
