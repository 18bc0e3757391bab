/** The cluster DNS on this node: its server, and its place in the cluster. */
import { readFile } from 'node:fs/promises'
import type { Logger } from '#base/logger.ts'
import type { Client } from '#client/client.ts'
import { publishDns, withdrawDns } from '#dns/publish.ts'
import { parseResolvConf } from '#dns/resolv-conf.ts'
import { startDns } from '#dns/start.ts'
import type { World } from './program.ts'

export interface DnsSetup {
  readonly client: Client
  readonly nodeName: string
  readonly nodeIp: string
  readonly clusterDomain: string
  readonly clusterIp: string
  readonly log: Logger
}

/** Port 53 of the node's address may be somebody else's; pods come by the Service and do not care. */
const dnsPort = 10_053

export async function startClusterDns(setup: DnsSetup, world: World): Promise<AsyncDisposable> {
  const { client, nodeName, nodeIp, clusterDomain, clusterIp, log } = setup
  const { clock, signal } = world
  const resolvConf = await readFile('/etc/resolv.conf', 'utf8').catch(() => '')
  const dns = await startDns(
    {
      client,
      clusterDomain,
      address: nodeIp,
      port: dnsPort,
      serviceIps: [clusterIp],
      upstreams: parseResolvConf(resolvConf),
      metrics: undefined,
      clock,
      random: world.random,
      log,
    },
    signal,
  )
  const place = {
    client,
    clusterIp,
    nodeName,
    nodeIp,
    port: dns.port,
    metricsPort: undefined,
    clock,
    log,
  }
  const published = dns
    .ready(signal)
    .then(() => publishDns(place, signal))
    .catch((error: unknown) => {
      if (!signal.aborted) log.error('The cluster DNS could not be published', error)
    })
  return {
    async [Symbol.asyncDispose]() {
      await published
      await withdrawDns(place, AbortSignal.timeout(2_000)).catch(() => undefined)
      await dns[Symbol.asyncDispose]()
    },
  }
}
