import { startProxy } from '#proxy/start.ts'
import { connect } from './connect.ts'
import { describeFlags, parseFlags, type Flag } from './flags.ts'
import { cleanUpProxy } from './proxy-cleanup.ts'
import type { World } from './program.ts'
import { proxyFlags, proxyOptions } from './proxy-options.ts'
import { untilStopped } from './until-stopped.ts'

const declared: readonly Flag[] = [
  ...proxyFlags,
  { name: 'kubeconfig', kind: 'string', usage: 'how to reach the API server' },
  { name: 'hostname-override', kind: 'string', usage: "the node's name" },
  { name: 'node-ip', kind: 'string', usage: "the node's address" },
  { name: 'cleanup', kind: 'boolean', usage: 'remove all rules and exit' },
  { name: 'v', short: 'v', kind: 'integer', usage: 'log level' },
  { name: 'help', short: 'h', kind: 'boolean', usage: 'show this text' },
]

export async function main(world: World): Promise<number> {
  const flags = parseFlags(declared, world.argv)
  if (flags.boolean('help')) {
    world.stdout(`Usage:\n  kube-proxy [flags]\n\nFlags:\n${describeFlags(declared)}`)
    return 0
  }
  if (flags.boolean('cleanup')) {
    await cleanUpProxy()
    return 0
  }
  const log = world.log(flags.integer('v'))
  await using connection = await connect(flags.string('kubeconfig'), 'kube-proxy', world)
  const setup = {
    client: connection.client,
    nodeName: flags.string('hostname-override'),
    nodeIp: flags.string('node-ip'),
    log,
  }
  await using proxy = await startProxy(proxyOptions(flags, setup, world), world.signal)
  void proxy
  await untilStopped(world.signal)
  return 0
}
