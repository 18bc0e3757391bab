import { connect } from './connect.ts'
import { describeFlags, parseFlags, type Flag } from './flags.ts'
import { kubeletFlags } from './kubelet-flags.ts'
import type { World } from './program.ts'
import { startKubeletWithServer } from './start-kubelet.ts'
import { untilStopped } from './until-stopped.ts'

const declared: readonly Flag[] = [
  ...kubeletFlags,
  { name: 'v', short: 'v', kind: 'integer', usage: 'log level' },
  { name: 'help', short: 'h', kind: 'boolean', usage: 'show this text' },
]

export async function main(world: World): Promise<number> {
  const flags = parseFlags(declared, world.argv)
  if (flags.boolean('help')) {
    world.stdout(`Usage:\n  kubelet [flags]\n\nFlags:\n${describeFlags(declared)}`)
    return 0
  }
  const log = world.log(flags.integer('v'))
  await using connection = await connect(flags.string('kubeconfig'), 'kubelet', world)
  await using kubelet = await startKubeletWithServer(
    flags,
    { client: connection.client, log },
    world,
  )
  void kubelet
  await untilStopped(world.signal)
  return 0
}
