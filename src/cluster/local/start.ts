/**
 * `minikube start`: one node on this machine. Each step does nothing where its work is done already, so
 * that a second start is quick, and a start after a crash completes what is missing.
 */
import { mkdir, readdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { endpointslices, nodes as nodeType, serviceaccounts } from '#api/resources.gen.ts'
import type { Clock } from '#base/clock.ts'
import { UserError } from '#base/user-error.ts'
import { ensureClusterPki } from '#bootstrap/pki/cluster-pki.ts'
import type { Client } from '#client/client.ts'
import { applyAddons } from './addons.ts'
import { connectAsAdmin, type Surroundings } from './connection.ts'
import { nodeFacts, writeContainerdConfig } from './containerd.ts'
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
import { fillMirror, mirrorAddress, publicRegistryAnswers, startMirror } from './registry.ts'
import { logOf, programState, startProgram } from './supervised.ts'

export interface StartOptions extends Surroundings {
  readonly paths: Paths
  readonly profile: Profile
  /** What to wait for; see `waits`. */
  readonly wait: readonly string[]
  readonly waitTimeoutMs: number
  /** The folder with bin/. */
  readonly installation: string
  readonly signal: AbortSignal
  /** Called at the beginning of each step. */
  readonly step: (text: string) => void
}

const limits = {
  containerdTimeoutMs: 30_000,
  apiTimeoutMs: 30_000,
} as const

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

/** Starts what does not run; resolves when all that `wait` names is there. */
export async function startCluster(options: StartOptions): Promise<void> {
  const { paths, installation, clock } = options
  await refuseUnfit()
  await refuseSecond(paths)
  const supervisor = join(installation, 'bin', 'supervise')
  const k8ts = join(installation, 'bin', 'k8ts')
  const profile = await chooseRegistry(options, supervisor)
  await saveProfile(paths, profile)

  options.step(`Preparing Kubernetes ${profile.kubernetesVersion} on containerd ...`)
  const facts = await nodeFacts((await findPlugins()) ?? '')
  await Promise.all([
    writeCertificates(paths, profile, clock),
    writeContainerdConfig(paths, facts, profile.mirror),
    mkdir(paths.manifests, { recursive: true, mode: 0o755 }),
  ])
  // Nothing of the control plane needs containers: both start at once.
  await startProgram(paths, supervisor, controlPlaneProgram(paths, profile, k8ts), clock)
  await startProgram(paths, supervisor, await containerdProgram(paths), clock)
  await waitForContainerd(options)
  await startProgram(paths, supervisor, nodeProgram(paths, profile, facts, k8ts), clock)

  options.step('Verifying Kubernetes components ...')
  await waitForCluster(options, profile)
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

/** Decided once, at the first start: later starts need no network. */
async function chooseRegistry(options: StartOptions, supervisor: string): Promise<Profile> {
  const { paths, profile, clock, signal, step } = options
  if (profile.mirror === undefined && (await publicRegistryAnswers())) return profile
  if (profile.mirror === undefined) {
    step(
      `No image registry can be reached: images come from this machine's own packages, by a registry on ${mirrorAddress}`,
    )
  }
  const mirror = await startMirror(paths, supervisor, clock, signal)
  await fillMirror(mirror, paths, (image) => step(`Building the image ${image} ...`), signal)
  return { ...profile, mirror }
}

async function writeCertificates(paths: Paths, profile: Profile, clock: Clock): Promise<void> {
  await mkdir(paths.pki, { recursive: true, mode: 0o700 })
  const pki = await ensureClusterPki(paths.pki, {
    nowMs: clock.nowMs(),
    nodeName: profile.nodeName,
    nodeAddresses: [profile.nodeIp, '127.0.0.1', 'localhost'],
    apiserverNames: [profile.nodeName, profile.nodeIp, '127.0.0.1', 'localhost'],
    serviceAddress,
    dnsDomain: profile.dnsDomain,
    adminName: 'minikube-user',
  })
  await writeKubeconfigs(paths, profile, pki)
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

async function waitForCluster(options: StartOptions, profile: Profile): Promise<void> {
  const { paths, clock, signal, wait, waitTimeoutMs } = options
  await using connection = await connectAsAdmin(paths, options)
  const { client } = connection
  await waitUntil(
    { what: 'the API server', timeoutMs: limits.apiTimeoutMs, log: logOf(paths, 'control-plane') },
    async () => {
      await connection.ready(signal)
      return true
    },
    clock,
    signal,
  )
  await applyAddons(client)
  const asked = (name: (typeof waits)[number]): boolean => wait.includes(name)
  if (asked('default_sa') || asked('apiserver')) {
    await waitUntil(
      {
        what: 'the default service account',
        timeoutMs: waitTimeoutMs,
        log: logOf(paths, 'control-plane'),
      },
      async () =>
        (await client.in(serviceaccounts, 'default').get('default', { signal })) !== undefined,
      clock,
      signal,
    )
  }
  if (asked('system_pods')) {
    await waitUntil(
      { what: 'the cluster DNS', timeoutMs: waitTimeoutMs, log: logOf(paths, 'node') },
      () => hasDns(client, signal),
      clock,
      signal,
    )
  }
  if (asked('node_ready') || asked('kubelet')) {
    await waitUntil(
      {
        what: `node ${profile.nodeName} to be Ready`,
        timeoutMs: waitTimeoutMs,
        log: logOf(paths, 'node'),
      },
      () => isNodeReady(client, profile.nodeName, signal),
      clock,
      signal,
    )
  }
}

/** The one part of the system that is no component: it stands where upstream has the pods of CoreDNS. */
async function hasDns(client: Client, signal: AbortSignal): Promise<boolean> {
  const labelSelector = 'kubernetes.io/service-name=kube-dns'
  const slices = await client.in(endpointslices, 'kube-system').list({ labelSelector, signal })
  return slices.items.some(({ endpoints }) => (endpoints ?? []).length > 0)
}

async function isNodeReady(client: Client, name: string, signal: AbortSignal): Promise<boolean> {
  const node = await client.for(nodeType).get(name, { signal })
  const ready = node.status?.conditions?.find(({ type }) => type === 'Ready')
  if (ready?.status === 'True') return true
  throw new UserError(ready?.message ?? 'the kubelet has not reported yet')
}

/** Whether any program of the cluster runs. */
export async function isRunning(paths: Paths): Promise<boolean> {
  const states = await Promise.all(programNames.map((name) => programState(paths, name)))
  return states.includes('Running')
}
