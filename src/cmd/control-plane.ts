/** API server, controllers and scheduler in one process, over the in-memory transport. */
import { startComponents } from './components.ts'
import { apiServerFlags } from './apiserver-flags.ts'
import { read } from './read-file.ts'
import { startServer } from './start-server.ts'
import { describeFlags, parseFlags, type Flag } from './flags.ts'
import type { World } from './program.ts'
import { readSigning, signingFlags } from './signing-flags.ts'

const ownFlags: readonly Flag[] = [
  ...signingFlags,
  { name: 'cluster-cidr', kind: 'string', default: '10.244.0.0/16', usage: 'addresses of pods' },
  { name: 'root-ca-file', kind: 'string', usage: 'published to every namespace' },
  {
    name: 'controllers',
    kind: 'strings',
    default: ['*'],
    usage: 'which controllers run; -NAME leaves one out',
  },
  { name: 'v', short: 'v', kind: 'integer', usage: 'log level' },
  { name: 'help', short: 'h', kind: 'boolean', usage: 'show this text' },
]

export const controlPlaneFlags: readonly Flag[] = [...apiServerFlags, ...ownFlags]

export async function main(world: World): Promise<number> {
  const flags = parseFlags(controlPlaneFlags, world.argv)
  if (flags.boolean('help')) {
    world.stdout(
      `Usage:\n  k8ts control-plane [flags]\n\nFlags:\n${describeFlags(controlPlaneFlags)}`,
    )
    return 0
  }
  const log = world.log(flags.integer('v'))
  const rootCa = await read('root-ca-file', flags.string('root-ca-file'))
  const signing = await readSigning(flags)
  await using server = await startServer({ world, flags, log })
  // The roles that the components act under are there from now on.
  await server.api.ready(world.signal)
  await using components = startComponents({
    server: server.api,
    world,
    log,
    rootCa,
    signToken: server.signToken,
    ...(signing !== undefined && { signing }),
    clusterCidr: flags.string('cluster-cidr'),
    serviceCidr: flags.string('service-cluster-ip-range'),
    controllers: flags.strings('controllers'),
    health: server.health,
  })
  void components
  await new Promise<void>((resolve) => {
    if (world.signal.aborted) resolve()
    world.signal.addEventListener('abort', () => resolve(), { once: true })
  })
  return 0
}
