/** API server, controllers and scheduler in one process, over the in-memory transport. */
import { startComponents } from './components.ts'
import { apiServerFlags } from './apiserver-flags.ts'
import { commonFlags, managerFlags } from './control-plane-flags.ts'
import { read } from './read-file.ts'
import { startServer } from './start-server.ts'
import { describeFlags, parseFlags } from './flags.ts'
import type { World } from './program.ts'

export async function main(world: World): Promise<number> {
  const declared = [...apiServerFlags, ...managerFlags, ...commonFlags]
  const flags = parseFlags(declared, world.argv)
  if (flags.boolean('help')) {
    world.stdout(`Usage:\n  k8ts control-plane [flags]\n\nFlags:\n${describeFlags(declared)}`)
    return 0
  }
  const log = world.log(flags.integer('v'))
  const rootCa = await read('root-ca-file', flags.string('root-ca-file'))
  await using server = await startServer({ world, flags, log })
  // The roles that the components act under are there from now on.
  await server.api.ready(world.signal)
  await using components = startComponents({
    server: server.api,
    world,
    log,
    rootCa,
    signToken: server.signToken,
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
