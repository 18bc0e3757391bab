import { apiServerFlags } from './apiserver-flags.ts'
import { untilStopped } from './until-stopped.ts'
import { describeFlags, parseFlags, type Flag } from './flags.ts'
import type { World } from './program.ts'
import { startServer } from './start-server.ts'

const declared: readonly Flag[] = [
  ...apiServerFlags,
  { name: 'v', short: 'v', kind: 'integer', usage: 'log level' },
  { name: 'help', short: 'h', kind: 'boolean', usage: 'show this text' },
]

export async function main(world: World): Promise<number> {
  const flags = parseFlags(declared, world.argv)
  if (flags.boolean('help')) {
    world.stdout(`Usage:\n  kube-apiserver [flags]\n\nFlags:\n${describeFlags(declared)}`)
    return 0
  }
  await using server = await startServer({ world, flags, log: world.log(flags.integer('v')) })
  void server
  await untilStopped(world.signal)
  return 0
}
