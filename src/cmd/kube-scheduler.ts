import { startEventRecorder } from '#client/events.ts'
import { runScheduler } from '#scheduler/scheduler.ts'
import { connect } from './connect.ts'
import { describeFlags, parseFlags, type Flag } from './flags.ts'
import type { World } from './program.ts'

const declared: readonly Flag[] = [
  { name: 'kubeconfig', kind: 'string', usage: 'how to reach the API server' },
  { name: 'v', short: 'v', kind: 'integer', usage: 'log level' },
  { name: 'help', short: 'h', kind: 'boolean', usage: 'show this text' },
]

export async function main(world: World): Promise<number> {
  const flags = parseFlags(declared, world.argv)
  if (flags.boolean('help')) {
    world.stdout(`Usage:\n  kube-scheduler [flags]\n\nFlags:\n${describeFlags(declared)}`)
    return 0
  }
  const log = world.log(flags.integer('v')).named('kube-scheduler')
  await using connection = await connect(flags.string('kubeconfig'), 'kube-scheduler', world)
  const { clock, random, signal } = world
  const { client } = connection
  await using recorder = startEventRecorder({ client, clock, log, component: 'default-scheduler' })
  await runScheduler({ client, clock, random, log, recorder }, signal)
  return 0
}
