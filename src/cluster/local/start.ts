/**
 * `minikube start`: one node on this machine. Each step does nothing where its work is done already, so
 * that a second start is quick, and a start after a crash completes what is missing.
 */
import { mkdir, readdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Clock } from '#base/clock.ts'
import { UserError } from '#base/user-error.ts'
import { ensureClusterPki, type ClusterPki } from '#bootstrap/pki/cluster-pki.ts'
import type { Surroundings } from './connection.ts'
import { nodeFacts, writeContainerdConfig, writeRegistryHosts } from './containerd.ts'
import type { Paths } from './paths.ts'
import { findPlugins, preflight } from './preflight.ts'
import { saveProfile, type Profile } from './profile.ts'
import {
  containerdProgram,
  controlPlaneProgram,
  nodeProgram,
  programNames,
  serviceAddress,
  writeKubeconfigs,
} from './programs.ts'
import { socketAnswers, waitUntil } from './readiness.ts'
import { logOf, programState, startProgram } from './supervised.ts'

export interface StartOptions extends Surroundings {
  readonly paths: Paths
  readonly profile: Profile
  /** What to wait for; see `waits`. */
  readonly wait: readonly string[]
  readonly waitTimeoutMs: number
  /** The folder with bin/. */
  readonly installation: string
  /** The command that this program itself is, without its arguments: the cluster's programs run by it. */
  readonly self: readonly [string, ...string[]]
  readonly signal: AbortSignal
  /** Called at the beginning of each step. */
  readonly step: (text: string) => void
}

const limits = { containerdTimeoutMs: 30_000 } as const

/** Values of `--wait`, as minikube spells them. */
export const waits = [
  'apiserver',
  'system_pods',
  'default_sa',
  'apps_running',
  'node_ready',
  'kubelet',
  'extra',
] as const

/**
 * Starts what does not run; resolves when all that `wait` names is there. The control plane takes longest and
 * needs neither containers nor images: it starts first, and nothing before it is loaded that it could wait for.
 */
export async function startCluster(options: StartOptions): Promise<void> {
  const { paths, profile, installation, self, clock, step } = options
  await refuseUnfit()
  await refuseSecond(paths)
  await saveProfile(paths, profile)
  const supervisor = join(installation, 'bin', 'supervise')

  step(`Preparing Kubernetes ${profile.kubernetesVersion} on containerd ...`)
  const pki = await certificates(paths, profile, clock)
  await startProgram(paths, supervisor, controlPlaneProgram(paths, profile, self), clock)
  const facts = await nodeFacts((await findPlugins()) ?? '')
  await Promise.all([
    writeKubeconfigs(paths, profile, pki),
    writeContainerdConfig(paths, facts),
    mkdir(paths.manifests, { recursive: true, mode: 0o755 }),
  ])
  await startProgram(paths, supervisor, await containerdProgram(paths), clock)
  await provideImages(options, supervisor)
  await waitForContainerd(options)
  await startProgram(paths, supervisor, nodeProgram(paths, profile, facts, self), clock)

  step('Verifying Kubernetes components ...')
  const { waitForCluster } = await import('./wait-for-cluster.ts')
  await waitForCluster(options)
}

async function refuseUnfit(): Promise<void> {
  const missing = await preflight(process.env)
  if (missing.length === 0) return
  const what = missing.map((one) => one.what).join(', ')
  const remedies = missing.map((one) => one.remedy).join('; ')
  throw new UserError(
    `this machine cannot run containers: missing ${what}. To mend it: ${remedies}.`,
  )
}

/** One machine, one node: two clusters would fight over its ports and its firewall. */
async function refuseSecond(paths: Paths): Promise<void> {
  const profiles = await readdir(dirname(paths.run)).catch(() => [])
  for (const name of profiles) {
    if (
      name === paths.profile ||
      !(await isRunning({ ...paths, run: join(dirname(paths.run), name) }))
    )
      continue
    throw new UserError(
      `the cluster "${name}" runs on this machine, which can be the node of one only: "minikube stop -p ${name}" or "minikube delete -p ${name}" first`,
    )
  }
}

/** Where images come from is decided once, at the first start: later starts need no network. */
async function provideImages(options: StartOptions, supervisor: string): Promise<void> {
  const { paths, profile, clock, signal, step } = options
  const registry = await import('./registry.ts')
  if (profile.mirror === undefined) {
    if (await registry.publicRegistryAnswers()) return
    step(
      `No image registry can be reached: images come from this machine's own packages, by a registry on ${registry.mirrorAddress}`,
    )
  }
  const mirror = await registry.startMirror(paths, supervisor, clock, signal)
  const building = (image: string): void => step(`Building the image ${image} ...`)
  await registry.fillMirror(mirror, paths, building, signal)
  await writeRegistryHosts(paths, mirror)
  await saveProfile(paths, { ...profile, mirror })
}

async function certificates(paths: Paths, profile: Profile, clock: Clock): Promise<ClusterPki> {
  await mkdir(paths.pki, { recursive: true, mode: 0o700 })
  return await ensureClusterPki(paths.pki, {
    nowMs: clock.nowMs(),
    nodeName: profile.nodeName,
    nodeAddresses: [profile.nodeIp, '127.0.0.1', 'localhost'],
    apiserverNames: [profile.nodeName, profile.nodeIp, '127.0.0.1', 'localhost'],
    serviceAddress,
    dnsDomain: profile.dnsDomain,
    adminName: 'minikube-user',
  })
}

async function waitForContainerd({ paths, clock, signal }: StartOptions): Promise<void> {
  const log = logOf(paths, 'containerd')
  await waitUntil(
    { what: 'containerd', timeoutMs: limits.containerdTimeoutMs, log },
    () => socketAnswers(paths.containerd.socket),
    clock,
    signal,
  )
}

/** Whether any program of the cluster runs. */
export async function isRunning(paths: Paths): Promise<boolean> {
  const states = await Promise.all(programNames.map((name) => programState(paths, name)))
  return states.includes('Running')
}
