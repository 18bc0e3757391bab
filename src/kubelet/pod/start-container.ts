/**
 * Starts one container: image, configuration, creation, start, postStart hook.
 * Upstream: pkg/kubelet/kuberuntime/kuberuntime_container.go, startContainer, at v1.36.
 */
import { mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Container, Pod, Secret } from '#api/core/v1.gen.ts'
import { GrpcError } from '#base/grpc-error.ts'
import type { Input } from '#base/protobuf/codec.ts'
import type { ContainerConfig, Image, Mount, PodSandboxConfig } from '#cri/messages.gen.ts'
import { containerCgroupLimits, oomScore } from '#kubelet/cgroups/values.ts'
import { containerConfig, runtimeResources } from '#kubelet/container/config.ts'
import { environment } from '#kubelet/container/environment.ts'
import type { ConfigSource } from '#kubelet/container/environment.ts'
import { hostNetworkHostsFile, hostsFile } from '#kubelet/container/hosts.ts'
import {
  containerFolder,
  hostnameOf,
  hostsPath,
  podLogFolder,
  seccompFolder,
} from '#kubelet/container/names.ts'
import { nonRootProblem } from '#kubelet/container/security.ts'
import type { ImageUser } from '#kubelet/container/security.ts'
import { latest } from '#kubelet/runtime/pod-runtime.ts'
import type { PodRuntime } from '#kubelet/runtime/pod-runtime.ts'
import type { Waiting } from '#kubelet/status/container-statuses.ts'
import { volumeMounts } from '#kubelet/volumes/mounts.ts'
import type { MountedVolume } from '#kubelet/volumes/volumes.ts'
import { runHook } from './hooks.ts'
import { eventObject } from './host.ts'
import type { KubeletHost } from './host.ts'

export interface StartRequest {
  readonly pod: Pod
  readonly container: Container
  readonly runtime: PodRuntime
  readonly sandboxId: string
  readonly sandboxConfig: Input<PodSandboxConfig>
  readonly podIps: readonly string[]
  readonly volumes: ReadonlyMap<string, MountedVolume>
  readonly source: ConfigSource
  readonly pullSecrets: readonly Secret[]
  /** The container whose processes an ephemeral container wants to see. */
  readonly targetName?: string | undefined
  readonly signal: AbortSignal
  /** The container runs; its hook may still be under way. */
  readonly started: () => Promise<void>
}

/** Why a container did not start, for its status; `retryAfterMs` where it is known when to try again. */
export interface StartFailure extends Waiting {
  readonly retryAfterMs?: number | undefined
}

class ConfigError extends Error {
  override readonly name = 'ConfigError'
}

/** Undefined when the container runs; what a hook that failed leaves to kill is in `kill`. */
export async function startContainer(
  host: KubeletHost,
  request: StartRequest,
): Promise<(StartFailure & { readonly kill?: string }) | undefined> {
  const { pod, container, signal } = request
  const event = (type: 'Normal' | 'Warning', reason: string, message: string): void =>
    host.recorder.event(eventObject(pod, container), type, reason, message)
  const fail = (reason: string, error: unknown): StartFailure => {
    signal.throwIfAborted()
    const message = describe(error)
    event('Warning', 'Failed', `Error: ${message}`)
    return { reason, message }
  }
  const pulled = await host.puller.ensure({ ...request, secrets: request.pullSecrets, event })
  if ('failure' in pulled) {
    signal.throwIfAborted()
    event('Warning', 'Failed', `Error: ${pulled.failure}`)
    return { reason: pulled.failure, message: pulled.message, retryAfterMs: pulled.retryAfterMs }
  }
  let config: Input<ContainerConfig>
  try {
    config = await configure(host, request, pulled.image)
  } catch (error) {
    return fail('CreateContainerConfigError', error)
  }
  let containerId: string
  try {
    const { sandboxId: podSandboxId, sandboxConfig } = request
    const created = await host.cri.createContainer(
      { podSandboxId, config, sandboxConfig },
      { signal },
    )
    containerId = created.containerId
    host.observer.own(containerId, pod.metadata.uid)
  } catch (error) {
    return fail('CreateContainerError', error)
  }
  event('Normal', 'Created', 'Container created')
  try {
    await host.cri.startContainer(containerId, { signal })
  } catch (error) {
    return fail('RunContainerError', error)
  }
  event('Normal', 'Started', 'Container started')
  await Promise.all([request.started(), linkLog(host, request, config, containerId)])
  return postStart(host, request, containerId)
}

function describe(error: unknown): string {
  if (error instanceof GrpcError) return error.details
  return error instanceof Error ? error.message : String(error)
}

async function configure(
  host: KubeletHost,
  request: StartRequest,
  image: Image,
): Promise<Input<ContainerConfig>> {
  const { pod, container, runtime, volumes, podIps } = request
  const { node, paths } = host
  const target = targetOf(request)
  const { variables, skipped } = await environment({
    pod,
    container,
    services: await host.services(pod, request.signal),
    source: request.source,
    hostIps: node.ips(),
    podIps,
    allocatable: node.allocatable(),
  })
  for (const text of skipped) {
    host.recorder.event(eventObject(pod), 'Warning', 'InvalidEnvironmentVariableNames', text)
  }
  const imageUser: ImageUser = { uid: image.uid?.value, username: image.username }
  const problem = nonRootProblem(pod, container, imageUser)
  if (problem !== undefined) throw new ConfigError(problem)
  const restartCount = await nextRestartCount(host, pod, container, runtime)
  const mounts = await volumeMounts({
    pod,
    container,
    volumes,
    environment: variables,
    paths,
    run: host.run,
  })
  const own = await ownMounts(host, request, restartCount)
  const limits = containerCgroupLimits(container)
  const resources = {
    ...runtimeResources(limits),
    oomScoreAdj: oomScore(pod, container, node.memoryBytes),
    ...(node.limitsSwap && limits.memoryBytes !== undefined
      ? { memorySwapLimitInBytes: limits.memoryBytes }
      : {}),
  }
  await mkdir(join(podLogFolder(paths, pod), container.name), { recursive: true, mode: 0o755 })
  return containerConfig({
    pod,
    container,
    restartCount,
    imageRef: image.id,
    imageUser,
    environment: variables,
    mounts: [...mounts, ...own],
    resources,
    security: { seccompFolder: seccompFolder(paths), targetId: target },
  })
}

function targetOf({ targetName, runtime }: StartRequest): string | undefined {
  if (targetName === undefined || targetName === '') return undefined
  const found = latest(runtime, targetName)
  if (found === undefined) throw new ConfigError(`unable to find target container ${targetName}`)
  return found.id
}

/** One more than the newest one's; a runtime that forgot them has left their logs. */
async function nextRestartCount(
  host: KubeletHost,
  pod: Pod,
  container: Container,
  runtime: PodRuntime,
): Promise<number> {
  const present = latest(runtime, container.name)
  if (present !== undefined) return present.restartCount + 1
  const folder = join(podLogFolder(host.paths, pod), container.name)
  const names = await readdir(folder).catch(() => [])
  const counts = names.map((name) => Number(/^(\d+)\.log/.exec(name)?.[1] ?? -1) + 1)
  return Math.max(0, ...counts)
}

/** What the kubelet itself gives every container: /etc/hosts and a place for its last words. */
async function ownMounts(
  host: KubeletHost,
  { pod, container, podIps }: StartRequest,
  restartCount: number,
): Promise<Input<Mount>[]> {
  const { paths, node } = host
  const mounts: Input<Mount>[] = []
  if (
    !mountsPath(container, '/etc/hosts') &&
    (podIps.length > 0 || pod.spec.hostNetwork === true)
  ) {
    const path = hostsPath(paths, pod.metadata.uid)
    const { hostname, domain } = hostnameOf(pod, node.clusterDomain)
    const aliases = pod.spec.hostAliases ?? []
    const text =
      pod.spec.hostNetwork === true
        ? hostNetworkHostsFile(await readFile('/etc/hosts', 'utf8').catch(() => ''), aliases)
        : hostsFile({ ips: podIps, hostname, domain, aliases })
    await writeFile(path, text, { mode: 0o644 })
    const context = container.securityContext
    mounts.push({
      containerPath: '/etc/hosts',
      hostPath: path,
      readonly: context?.readOnlyRootFilesystem === true,
    })
  }
  const messagePath = container.terminationMessagePath ?? ''
  if (messagePath !== '') {
    const folder = containerFolder(paths, pod.metadata.uid, container.name)
    await mkdir(folder, { recursive: true, mode: 0o750 })
    const hostPath = join(folder, `termination-${restartCount}`)
    await writeFile(hostPath, '', { mode: 0o666 })
    mounts.push({ containerPath: messagePath, hostPath })
  }
  return mounts
}

function mountsPath({ volumeMounts: mounts = [] }: Container, path: string): boolean {
  return mounts.some(({ mountPath }) => mountPath === path)
}

/** The link by which log collectors find a container's log. */
async function linkLog(
  host: KubeletHost,
  { pod, container }: StartRequest,
  config: Input<ContainerConfig>,
  containerId: string,
): Promise<void> {
  const { namespace = '', name } = pod.metadata
  const folder = host.paths.containerLogs
  const link = join(folder, `${name}_${namespace}_${container.name}-${containerId}.log`)
  await mkdir(folder, { recursive: true })
  await symlink(join(podLogFolder(host.paths, pod), config.logPath ?? ''), link).catch(
    (error: unknown) => host.log.v(2)?.info('no link to a log', { link, err: String(error) }),
  )
}

async function postStart(
  host: KubeletHost,
  { pod, container, podIps, signal }: StartRequest,
  containerId: string,
): Promise<(StartFailure & { readonly kill: string }) | undefined> {
  const hook = container.lifecycle?.postStart
  if (hook === undefined) return undefined
  try {
    const target = { pod, container, containerId, podIp: podIps[0] ?? '' }
    await runHook(hook, target, host, signal)
    return undefined
  } catch (error) {
    signal.throwIfAborted()
    host.recorder.event(
      eventObject(pod, container),
      'Warning',
      'FailedPostStartHook',
      'PostStartHook failed',
    )
    return { reason: 'PostStartHookError', message: describe(error), kill: containerId }
  }
}
