/** API server, controllers and scheduler in one process, over the in-memory transport. */
import { startComponents } from './components.ts'
import { apiServerFlags } from './apiserver-flags.ts'
import { commonFlags, managerFlags } from './control-plane-flags.ts'
import { read } from './read-file.ts'
import { startServer } from './start-server.ts'
import { describeFlags, parseFlags, type Flag } from './flags.ts'
import type { World } from './program.ts'
import { readSigning, signingFlags } from './signing-flags.ts'

export const controlPlaneFlags: readonly Flag[] = [
  ...apiServerFlags,
  ...signingFlags,
  ...managerFlags,
  ...commonFlags,
]

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
    legacyTokensKeptMs: flags.durationMs('legacy-service-account-token-clean-up-period'),
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
