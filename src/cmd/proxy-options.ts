/** kube-proxy's flags, and the proxy that they describe. */
import { availableParallelism } from 'node:os'
import type { Logger } from '#base/logger.ts'
import type { Client } from '#client/client.ts'
import { run } from '#linux/run.ts'
import { systemSysctl } from '#linux/sysctl.ts'
import { proxyDefaults, type ProxyOptions } from '#proxy/options.ts'
import type { Flag, Parsed } from './flags.ts'
import type { World } from './program.ts'

export const proxyFlags: readonly Flag[] = [
  {
    name: 'cluster-cidr',
    kind: 'string',
    usage: 'addresses of pods: what comes from elsewhere is masqueraded',
  },
  { name: 'masquerade-all', kind: 'boolean', usage: 'masquerade all traffic to cluster IPs' },
  { name: 'nodeport-addresses', kind: 'strings', usage: 'which local addresses serve node ports' },
]

export interface ProxySetup {
  readonly client: Client
  readonly nodeName: string
  readonly nodeIp: string
  readonly log: Logger
}

export function proxyOptions(
  flags: Parsed,
  { client, nodeName, nodeIp, log }: ProxySetup,
  world: World,
): ProxyOptions {
  const cidr = flags.string('cluster-cidr')
  return {
    ...proxyDefaults,
    client,
    nodeName,
    nodeIps: [nodeIp],
    clock: world.clock,
    random: world.random,
    log,
    run,
    sysctl: systemSysctl(),
    detectLocal: { mode: 'ClusterCIDR', cidrs: cidr === '' ? [] : cidr.split(',') },
    masqueradeAll: flags.boolean('masquerade-all'),
    nodePortAddresses: flags.strings('nodeport-addresses'),
    cores: availableParallelism(),
  }
}
