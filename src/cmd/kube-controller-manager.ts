import { signingKey, signToken } from '#apiserver/authentication/jwt.ts'
import { startControllerManager } from '#controllers/all.ts'
import type { SignToken } from '#controllers/service-account-token/controller.ts'
import { connect } from './connect.ts'
import { read } from './read-file.ts'
import { describeFlags, parseFlags, type Flag } from './flags.ts'
import type { World } from './program.ts'
import { readSigning, signingFlags } from './signing-flags.ts'
import { untilStopped } from './until-stopped.ts'

const declared: readonly Flag[] = [
  ...signingFlags,
  { name: 'kubeconfig', kind: 'string', usage: 'how to reach the API server' },
  { name: 'root-ca-file', kind: 'string', usage: 'published to every namespace' },
  {
    name: 'service-account-private-key-file',
    kind: 'string',
    usage: 'signs the tokens that Secrets ask for',
  },
  { name: 'cluster-cidr', kind: 'string', default: '10.244.0.0/16', usage: 'addresses of pods' },
  {
    name: 'controllers',
    kind: 'strings',
    default: ['*'],
    usage: 'which controllers run; -NAME leaves one out',
  },
  { name: 'v', short: 'v', kind: 'integer', usage: 'log level' },
  { name: 'help', short: 'h', kind: 'boolean', usage: 'show this text' },
]

export async function main(world: World): Promise<number> {
  const flags = parseFlags(declared, world.argv)
  if (flags.boolean('help')) {
    world.stdout(`Usage:\n  kube-controller-manager [flags]\n\nFlags:\n${describeFlags(declared)}`)
    return 0
  }
  const log = world.log(flags.integer('v')).named('kube-controller-manager')
  const rootCa = await read('root-ca-file', flags.string('root-ca-file'))
  await using connection = await connect(
    flags.string('kubeconfig'),
    'kube-controller-manager',
    world,
  )
  const { clock, random, signal } = world
  const csrSigning = await readSigning(flags)
  const options = {
    rootCa,
    clusterCidr: flags.string('cluster-cidr'),
    controllers: flags.strings('controllers'),
    ...(csrSigning !== undefined && { signing: csrSigning }),
    ...(await tokens(flags.string('service-account-private-key-file'))),
  }
  await using manager = startControllerManager(
    { client: connection.client, clock, random, log, options },
    signal,
  )
  void manager
  await untilStopped(signal)
  return 0
}

/** Without a key Secrets that ask for a token stay empty. */
async function tokens(path: string): Promise<{ signToken?: SignToken }> {
  if (path === '') return {}
  const key = signingKey(await read('service-account-private-key-file', path))
  return { signToken: (claims) => signToken(claims, key) }
}
