/**
 * `minikube`: a one-node cluster on this machine, with minikube's commands, flags and wording. A command
 * loads what it needs: what `start` loads before it starts the control plane, a user waits for.
 */
import { readFile } from 'node:fs/promises'
import { release } from 'node:os'
import { UserError } from '#base/user-error.ts'
import { gitVersion } from '#api/version.ts'
import { nodeAddress } from '#cluster/local/address.ts'
import { pathsOf, type Paths } from '#cluster/local/paths.ts'
import { loadProfile, type Profile } from '#cluster/local/profile.ts'
import { programNames, serverUrl } from '#cluster/local/programs.ts'
import { isRunning, startCluster, waits } from '#cluster/local/start.ts'
import { logOf } from '#cluster/local/supervised.ts'
import { describeFlags, parseFlags, UsageError, type Flag, type Parsed } from './flags.ts'
import type { World } from './program.ts'

interface Command {
  readonly summary: string
  readonly flags?: readonly Flag[]
  run(context: Context): Promise<number>
}

interface Context {
  readonly world: World
  readonly flags: Parsed
  readonly paths: Paths
}

const common: readonly Flag[] = [
  {
    name: 'profile',
    short: 'p',
    kind: 'string',
    default: 'minikube',
    usage: 'the name of the cluster',
  },
  { name: 'help', short: 'h', kind: 'boolean', usage: 'show this text' },
  { name: 'v', short: 'v', kind: 'integer', usage: 'log level' },
]

const startFlags: readonly Flag[] = [
  {
    name: 'driver',
    kind: 'string',
    default: 'none',
    usage: 'how the node is made: none (this machine is the node)',
  },
  { name: 'vm-driver', kind: 'string', usage: 'the old name of --driver' },
  {
    name: 'kubernetes-version',
    kind: 'string',
    default: 'stable',
    usage: 'must be the version that k8ts is',
  },
  {
    name: 'wait',
    kind: 'strings',
    default: ['apiserver', 'system_pods', 'default_sa', 'node_ready'],
    usage: `what to wait for: all, none or ${waits.join(', ')}`,
  },
  { name: 'wait-timeout', kind: 'duration', default: '6m0s', usage: 'how long to wait for each' },
  {
    name: 'extra-config',
    kind: 'strings',
    usage:
      'flags of components: kubelet.max-pods=50; components are apiserver, controller-manager, scheduler, kubelet, kube-proxy',
  },
  { name: 'apiserver-port', kind: 'integer', default: 8443, usage: 'where the API server listens' },
  {
    name: 'node-ip',
    kind: 'string',
    usage: "the node's address; default: the source of the default route",
  },
]

const commands: Readonly<Record<string, Command>> = {
  start: { summary: 'Starts a local Kubernetes cluster', flags: startFlags, run: start },
  stop: { summary: 'Stops a running local Kubernetes cluster', run: stop },
  delete: { summary: 'Deletes a local Kubernetes cluster', run: remove },
  status: { summary: 'Gets the status of a local Kubernetes cluster', run: status },
  ip: { summary: 'Retrieves the IP address of the node', run: ip },
  'update-context': {
    summary: 'Update kubeconfig in case of an IP or port change',
    run: updateContext,
  },
  logs: {
    summary: 'Returns logs to debug a local Kubernetes cluster',
    flags: [
      { name: 'length', short: 'n', kind: 'integer', default: 60, usage: 'lines of each log' },
    ],
    run: logs,
  },
}

export async function main(world: World): Promise<number> {
  const [name, ...rest] = world.argv
  if (name === undefined || ['help', '--help', '-h'].includes(name)) {
    world.stdout(usage())
    return 0
  }
  const command = commands[name]
  if (command === undefined) {
    throw new UsageError(
      `unknown command "${name}" for "minikube"\nRun 'minikube --help' for usage.`,
    )
  }
  const declared = [...common, ...(command.flags ?? [])]
  const flags = parseFlags(declared, rest)
  if (flags.boolean('help')) {
    world.stdout(
      `${command.summary}\n\nUsage:\n  minikube ${name} [flags]\n\nFlags:\n${describeFlags(declared)}`,
    )
    return 0
  }
  const profile = flags.string('profile')
  if (!/^[a-z0-9][a-z0-9-]{0,39}$/.test(profile)) {
    throw new UserError(`profile "${profile}" must be lower-case letters, digits and dashes`)
  }
  return command.run({ world, flags, paths: pathsOf(profile, world.env) })
}

function usage(): string {
  const rows = Object.entries(commands).map(
    ([name, { summary }]) => `  ${name.padEnd(16)}${summary}\n`,
  )
  return `minikube provisions and manages local Kubernetes clusters.\n\nUsage:\n  minikube [command]\n\nCommands:\n${rows.join('')}`
}

async function start({ world, flags, paths }: Context): Promise<number> {
  const step = (text: string): void => world.stdout(`* ${text}\n`)
  const existing = await loadProfile(paths)
  const profile = await wantedProfile({ world, flags, paths }, existing)
  step(`minikube ${gitVersion} on ${await distribution()} (${process.arch})`)
  step(
    existing === undefined
      ? 'Using the none driver based on user configuration'
      : 'Using the none driver based on existing profile',
  )
  const running = await isRunning(paths)
  step(
    `${running ? 'Updating the running' : 'Starting'} "${profile.nodeName}" primary control-plane node in "${profile.name}" cluster`,
  )
  await startCluster({
    paths,
    profile,
    wait: wanted(flags.strings('wait')),
    waitTimeoutMs: flags.durationMs('wait-timeout'),
    installation: world.installation,
    self: world.self,
    clock: world.clock,
    random: world.random,
    signal: world.signal,
    step,
  })
  const { configureUser } = await import('#cluster/local/user-kubeconfig.ts')
  await configureUser(paths, profile, world.env)
  step(
    `Done! kubectl is now configured to use "${profile.name}" cluster and "default" namespace by default`,
  )
  return 0
}

async function wantedProfile(
  { flags, paths }: Context,
  existing: Profile | undefined,
): Promise<Profile> {
  const driver = flags.given.has('vm-driver') ? flags.string('vm-driver') : flags.string('driver')
  if (driver !== 'none') {
    throw new UserError(
      `the driver "${driver}" is not supported yet: use --driver=none, which makes this machine the node`,
    )
  }
  const version = flags.string('kubernetes-version')
  const served = gitVersion.replace(/\+.*/, '')
  if (!['stable', 'latest', '', served, served.slice(1), gitVersion].includes(version)) {
    throw new UserError(
      `Kubernetes ${version} was asked for, and k8ts is Kubernetes ${served}: leave --kubernetes-version out`,
    )
  }
  const name = paths.profile
  const extraConfig = {
    ...existing?.extraConfig,
    ...(await extraConfigOf(flags.strings('extra-config'))),
  }
  const nodeIp = flags.given.has('node-ip')
    ? flags.string('node-ip')
    : (existing?.nodeIp ?? (await nodeAddress()))
  return {
    ...existing,
    name,
    driver: 'none',
    kubernetesVersion: gitVersion,
    nodeName: name,
    nodeIp,
    apiServerPort: flags.given.has('apiserver-port')
      ? flags.integer('apiserver-port')
      : (existing?.apiServerPort ?? 8443),
    serviceCidr: '10.96.0.0/12',
    podCidr: '10.244.0.0/16',
    dnsDomain: 'cluster.local',
    extraConfig,
  }
}

/** The components' flags are read only when some are given. */
async function extraConfigOf(words: readonly string[]): Promise<Record<string, string>> {
  if (words.length === 0) return {}
  const { parseExtraConfig } = await import('./extra-config.ts')
  return parseExtraConfig(words)
}

function wanted(words: readonly string[]): readonly string[] {
  if (words.includes('all') || words.includes('true')) return waits
  if (words.includes('none') || words.includes('false')) return []
  const unknown = words.find((word) => !waits.some((wait) => wait === word))
  if (unknown !== undefined)
    throw new UserError(`--wait=${unknown} is none of all, none, ${waits.join(', ')}`)
  return words
}

async function stop({ world, paths }: Context): Promise<number> {
  const profile = await requireProfile(paths)
  const { stopCluster } = await import('#cluster/local/stop.ts')
  world.stdout(`* Stopping node "${profile.nodeName}" ...\n`)
  await stopCluster(paths, world.clock)
  world.stdout('* 1 node stopped.\n')
  return 0
}

async function remove({ world, paths }: Context): Promise<number> {
  const { deleteCluster } = await import('#cluster/local/stop.ts')
  const { cleanUpProxy } = await import('./proxy-cleanup.ts')
  world.stdout(`* Deleting "${paths.profile}" ...\n`)
  await deleteCluster({ paths, clock: world.clock, cleanUpProxy })
  const { unconfigureUser } = await import('#cluster/local/user-kubeconfig.ts')
  await unconfigureUser(paths, world.env)
  world.stdout(`* Removed all traces of the "${paths.profile}" cluster.\n`)
  return 0
}

async function status({ world, paths }: Context): Promise<number> {
  const profile = await loadProfile(paths)
  if (profile === undefined) {
    world.stderr(`* Profile "${paths.profile}" not found. Run "minikube start" to create it.\n`)
    return 85 // minikube's code for a profile that does not exist
  }
  const { isConfigured } = await import('#cluster/local/user-kubeconfig.ts')
  const { clusterStatus, exitCodeOf } = await import('#cluster/local/status.ts')
  const found = await clusterStatus(paths, await isConfigured(paths, profile, world.env), world)
  world.stdout(
    `${profile.name}\ntype: Control Plane\nhost: ${found.host}\nkubelet: ${found.kubelet}\napiserver: ${found.apiserver}\nkubeconfig: ${found.kubeconfig}\n\n`,
  )
  return exitCodeOf(found)
}

async function ip({ world, paths }: Context): Promise<number> {
  world.stdout(`${(await requireProfile(paths)).nodeIp}\n`)
  return 0
}

async function updateContext({ world, paths }: Context): Promise<number> {
  const profile = await requireProfile(paths)
  const { configureUser } = await import('#cluster/local/user-kubeconfig.ts')
  const changed = await configureUser(paths, profile, world.env)
  world.stdout(
    changed
      ? `* "${profile.name}" context has been updated to point to ${serverUrl(profile)}\n`
      : `* No changes required for the "${profile.name}" context\n`,
  )
  return 0
}

async function logs({ world, flags, paths }: Context): Promise<number> {
  await requireProfile(paths)
  for (const name of programNames) {
    const text = await readFile(logOf(paths, name), 'utf8').catch(() => undefined)
    if (text === undefined) continue
    const lines = text.trimEnd().split('\n').slice(-flags.integer('length'))
    world.stdout(`==> ${name} <==\n${lines.join('\n')}\n\n`)
  }
  return 0
}

async function requireProfile(paths: Paths): Promise<Profile> {
  const profile = await loadProfile(paths)
  if (profile === undefined) {
    throw new UserError(
      `Profile "${paths.profile}" not found. Run "minikube start -p ${paths.profile}" to create it.`,
    )
  }
  return profile
}

async function distribution(): Promise<string> {
  const text = await readFile('/etc/os-release', 'utf8').catch(() => '')
  const name = /^PRETTY_NAME="?([^"\n]+)/m.exec(text)?.[1]
  return name ?? `Linux ${release()}`
}
