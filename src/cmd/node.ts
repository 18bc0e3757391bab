/** kubelet, kube-proxy and cluster DNS in one process, each with its own certificate. */
import { startProxy } from '#proxy/start.ts'
import { connect } from './connect.ts'
import { describeFlags, parseFlags, type Flag } from './flags.ts'
import { kubeletFlags } from './kubelet-flags.ts'
import type { World } from './program.ts'
import { proxyFlags, proxyOptions } from './proxy-options.ts'
import { startClusterDns } from './start-dns.ts'
import { startKubeletWithServer } from './start-kubelet.ts'
import { untilStopped } from './until-stopped.ts'

const declared: readonly Flag[] = [
  ...kubeletFlags,
  ...proxyFlags,
  { name: 'proxy-kubeconfig', kind: 'string', usage: 'how kube-proxy reaches the API server' },
  { name: 'dns-kubeconfig', kind: 'string', usage: 'how the cluster DNS reaches the API server' },
  { name: 'v', short: 'v', kind: 'integer', usage: 'log level' },
  { name: 'help', short: 'h', kind: 'boolean', usage: 'show this text' },
]

export async function main(world: World): Promise<number> {
  const flags = parseFlags(declared, world.argv)
  if (flags.boolean('help')) {
    world.stdout(`Usage:\n  k8ts node [flags]\n\nFlags:\n${describeFlags(declared)}`)
    return 0
  }
  const log = world.log(flags.integer('v'))
  const nodeName = flags.string('hostname-override')
  const [nodeIp = ''] = flags.strings('node-ip')
  await using connections = new AsyncDisposableStack()
  const client = async (flag: string, component: string) =>
    connections.use(await connect(flags.string(flag), component, world)).client
  const kubeletClient = await client('kubeconfig', 'kubelet')
  const proxyClient = await client('proxy-kubeconfig', 'kube-proxy')
  const dnsClient = await client('dns-kubeconfig', 'dns')

  await using running = new AsyncDisposableStack()
  const place = { nodeName, nodeIp, log }
  const proxy = startProxy(
    proxyOptions(flags, { ...place, client: proxyClient }, world),
    world.signal,
  )
  const dns = startClusterDns(
    {
      ...place,
      client: dnsClient,
      clusterDomain: flags.string('cluster-domain'),
      clusterIp: flags.strings('cluster-dns')[0] ?? '',
    },
    world,
  )
  const kubelet = startKubeletWithServer(flags, { client: kubeletClient, log }, world)
  for (const part of [proxy, dns, kubelet]) running.use(await part)
  await untilStopped(world.signal)
  return 0
}
