/** `minikube stop` and `minikube delete`: nothing of ours runs; after delete, nothing of ours is left. */
import { readdir, rm, rmdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Clock } from '#base/clock.ts'
import { removePodRules } from '#cni/pod-rules.ts'
import { criClient, type CriClient } from '#cri/client.ts'
import { grpcTransport } from '#cri/grpc-transport.ts'
import { detectIptables, type Table } from '#linux/iptables.ts'
import { readMounts, unmount } from '#linux/mounts.ts'
import { run } from '#linux/run.ts'
import { endShim, shimsOf } from '#linux/shims.ts'
import { isRunning } from './start.ts'
import type { Paths } from './paths.ts'
import { programNames } from './programs.ts'
import { socketAnswers } from './readiness.ts'
import { stopProgram } from './supervised.ts'

const limits = {
  /** What containers have to end by themselves after their stop signal, as with upstream's minikube. */
  containerStopSeconds: 10,
  podStopTimeoutMs: 30_000,
  podsAtOnceMax: 16,
} as const

/** Stops the pods' containers and every program; state stays. Returns whether anything ran. */
export async function stopCluster(paths: Paths, clock: Clock): Promise<boolean> {
  const running = await isRunning(paths)
  // The node first: it would start again what we stop.
  await stopProgram(paths, 'node', clock)
  await stopProgram(paths, 'control-plane', clock)
  await stopPods(paths, 'stop')
  await stopPrograms(paths, clock)
  return running
}

export interface DeleteOptions {
  readonly paths: Paths
  readonly clock: Clock
  /** Removes kube-proxy's chains and rules. */
  readonly cleanUpProxy: () => Promise<void>
}

/** Removes every process, container, mount, namespace, interface, chain, cgroup and file of the cluster. */
export async function deleteCluster({ paths, clock, cleanUpProxy }: DeleteOptions): Promise<void> {
  await stopProgram(paths, 'node', clock)
  await stopProgram(paths, 'control-plane', clock)
  await stopPods(paths, 'remove')
  await stopPrograms(paths, clock)
  await cleanUpProxy()
  await removeNetwork()
  await unmountBelow([paths.state, paths.run])
  await removeCgroups()
  for (const folder of [paths.state, paths.run, paths.logs, paths.profileHome]) {
    await rm(folder, { recursive: true, force: true })
    // The folder above is shared by profiles: it goes with the last.
    await rmdir(dirname(folder)).catch(() => undefined)
  }
}

/** Who needs others goes first; then nothing is left that a shim could serve. */
async function stopPrograms(paths: Paths, clock: Clock): Promise<void> {
  for (const name of programNames.toReversed()) await stopProgram(paths, name, clock)
  for (const shim of await shimsOf(paths.containerd.socket)) endShim(shim)
}

/** Asks the runtime to end every pod, so that its namespaces, interfaces and rules go, too. */
async function stopPods(paths: Paths, how: 'stop' | 'remove'): Promise<void> {
  if (!(await socketAnswers(paths.containerd.socket))) return
  await using transport = grpcTransport(paths.containerd.socket)
  await using cri = criClient(transport)
  const signal = AbortSignal.timeout(limits.podStopTimeoutMs)
  if (how === 'stop') await stopContainers(cri, signal)
  const sandboxes = [...(await cri.listPodSandbox(undefined, { signal }))]
  const worker = async (): Promise<void> => {
    for (let sandbox = sandboxes.pop(); sandbox !== undefined; sandbox = sandboxes.pop()) {
      await cri.stopPodSandbox(sandbox.id, { signal })
      if (how === 'remove') await cri.removePodSandbox(sandbox.id, { signal })
    }
  }
  await Promise.all(Array.from({ length: limits.podsAtOnceMax }, worker))
}

/** All at once: a container that does not end in time is killed. */
async function stopContainers(cri: CriClient, signal: AbortSignal): Promise<void> {
  const running = { state: { state: 'CONTAINER_RUNNING' } } as const
  const containers = await cri.listContainers(running, { signal })
  await Promise.all(
    containers.map(({ id }) => cri.stopContainer(id, limits.containerStopSeconds, { signal })),
  )
}

/** The bridge, and the base chains of the portmap plugin once no pod has a rule in them. */
async function removeNetwork(): Promise<void> {
  await run('ip', ['link', 'delete', 'cni0']).catch(() => undefined)
  for (const family of ['IPv4', 'IPv6'] as const) {
    const iptables = await detectIptables(run, family).catch(() => undefined)
    if (iptables === undefined) continue
    await removePodRules(iptables)
    for (const [table, chains] of await iptables.save()) {
      const input = portmapRemoval(table, chains)
      if (input !== undefined) await iptables.restore(input)
    }
  }
  await rm('/var/lib/cni/networks/k8ts', { recursive: true, force: true })
}

function portmapRemoval(
  table: Table,
  chains: ReadonlyMap<string, readonly string[]>,
): string | undefined {
  const ours = [...chains.keys()].filter((name) => name.startsWith('CNI-HOSTPORT-'))
  const inUse = [...chains.keys()].some((name) => /^CNI-(?:DN|SN)-/.test(name))
  if (ours.length === 0 || inUse) return undefined
  const lines = [`*${table}`]
  for (const [chain, rules] of chains) {
    if (ours.includes(chain)) continue
    for (const rule of rules) {
      if (ours.some((name) => rule.includes(`-j ${name}`))) lines.push(rule.replace(/^-A/, '-D'))
    }
  }
  for (const name of ours) lines.push(`-F ${name}`)
  for (const name of ours) lines.push(`-X ${name}`)
  return `${lines.join('\n')}\nCOMMIT\n`
}

/** Deepest first: what a killed program left mounted would keep its folder from going. */
async function unmountBelow(folders: readonly string[]): Promise<void> {
  const points = readMounts()
    .map(({ mountPoint }) => mountPoint)
    .filter((point) => folders.some((folder) => point.startsWith(`${folder}/`)))
  for (const point of points.toReversed()) await unmount(run, point)
}

/** The pods' cgroups, below every controller of v1 or in the one tree of v2. */
async function removeCgroups(): Promise<void> {
  const root = '/sys/fs/cgroup'
  const controllers = await readdir(root).catch(() => [])
  const roots = [root, ...controllers.map((name) => join(root, name))]
  for (const folder of roots) {
    for (const name of ['kubepods', 'kubepods.slice']) await removeCgroup(join(folder, name))
  }
}

async function removeCgroup(folder: string): Promise<void> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => undefined)
  if (entries === undefined) return
  for (const entry of entries) {
    if (entry.isDirectory()) await removeCgroup(join(folder, entry.name))
  }
  await rmdir(folder).catch(() => undefined)
}
