import { signingKey, signToken } from '#apiserver/authentication/jwt.ts'
import { startControllerManager } from '#controllers/all.ts'
import type { SignToken } from '#controllers/service-account-token/controller.ts'
import { connect } from './connect.ts'
import { commonFlags, managerFlags } from './control-plane-flags.ts'
import { read } from './read-file.ts'
import { describeFlags, parseFlags, type Flag } from './flags.ts'
import type { World } from './program.ts'
import { readSigning, signingFlags } from './signing-flags.ts'
import { untilStopped } from './until-stopped.ts'

const declared: readonly Flag[] = [
  ...signingFlags,
  ...managerFlags,
  ...commonFlags,
  { name: 'kubeconfig', kind: 'string', usage: 'how to reach the API server' },
  {
    name: 'service-account-private-key-file',
    kind: 'string',
    usage: 'signs the tokens that Secrets ask for',
  },
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
    legacyTokensKeptMs: flags.durationMs('legacy-service-account-token-clean-up-period'),
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
