/** The kubelet and its server, from their flags. */
import { UserError } from '#base/user-error.ts'
import type { Logger } from '#base/logger.ts'
import type { Client } from '#client/client.ts'
import { startKubelet } from '#kubelet/kubelet.ts'
import type { KubeletOptions } from '#kubelet/options.ts'
import { authorizer } from '#kubelet/server/authorize.ts'
import { startKubeletServer } from '#kubelet/server/server.ts'
import { run } from '#linux/run.ts'
import { read } from './read-file.ts'
import type { Parsed } from './flags.ts'
import type { World } from './program.ts'

export interface KubeletSetup {
  readonly client: Client
  readonly log: Logger
}

/** Rejects when a port is taken or the flags make no sense. */
export async function startKubeletWithServer(
  flags: Parsed,
  { client, log }: KubeletSetup,
  world: World,
): Promise<AsyncDisposable> {
  const [cert, key, clientCa] = await Promise.all(
    ['tls-cert-file', 'tls-private-key-file', 'client-ca-file'].map((flag) =>
      read(flag, flags.string(flag)),
    ),
  )
  const options = kubeletOptions(flags, { client, log }, world)
  await using stack = new AsyncDisposableStack()
  const kubelet = stack.use(await startKubelet(options, world.signal))
  stack.use(
    await startKubeletServer({
      address: flags.string('address'),
      port: flags.integer('port'),
      healthzPort: flags.integer('healthz-port'),
      cert: cert ?? '',
      key: key ?? '',
      clientCa: clientCa ?? '',
      authorize: authorizer({ client, clock: world.clock, nodeName: options.nodeName }),
      deps: {
        pods: kubelet.pods,
        cri: kubelet.cri,
        unhealthy: () => undefined,
        summary: () => kubelet.stats.summary(),
        metrics: (kind) => kubelet.stats.metrics(kind),
        configuration: () => ({}),
      },
      log: log.named('kubelet'),
    }),
  )
  const whole = stack.move()
  return { [Symbol.asyncDispose]: () => whole.disposeAsync() }
}

function kubeletOptions(
  flags: Parsed,
  { client, log }: KubeletSetup,
  world: World,
): KubeletOptions {
  const driver = flags.string('cgroup-driver')
  if (driver !== '' && driver !== 'cgroupfs' && driver !== 'systemd') {
    throw new UserError(`--cgroup-driver ${driver} must be cgroupfs or systemd`)
  }
  const configFolder = flags.string('cni-conf-dir')
  const podLogs = flags.string('pod-log-dir')
  return {
    client,
    runtimeEndpoint: flags.string('container-runtime-endpoint'),
    nodeName: flags.string('hostname-override'),
    nodeIps: flags.strings('node-ip'),
    paths: {
      root: flags.string('root-dir'),
      podLogs,
      containerLogs: podLogs.replace(/pods$/, 'containers'),
    },
    manifestPath: flags.string('pod-manifest-path') || undefined,
    clusterDns: flags.strings('cluster-dns'),
    clusterDomain: flags.string('cluster-domain'),
    resolvConf: flags.string('resolv-conf'),
    cgroupRoot: flags.string('cgroup-root'),
    cgroupDriver: driver === '' ? undefined : driver,
    labels: flags.map('node-labels'),
    taints: [],
    podsMax: flags.integer('max-pods'),
    port: flags.integer('port'),
    evictionHard: thresholds(flags.string('eviction-hard')),
    imageRoot: flags.string('image-root'),
    network:
      configFolder === ''
        ? undefined
        : { configFolder, name: 'k8ts', bridge: 'cni0', masquerade: true },
    clock: world.clock,
    random: world.random,
    log: log.named('kubelet'),
    run,
  }
}

/** `memory.available<100Mi,nodefs.available<10%` */
function thresholds(text: string): Record<string, string> {
  if (text === '') return {}
  return Object.fromEntries(
    text.split(',').map((part) => {
      const at = part.indexOf('<')
      if (at < 0) throw new UserError(`--eviction-hard: ${part} must be SIGNAL<THRESHOLD`)
      return [part.slice(0, at), part.slice(at + 1)]
    }),
  )
}
