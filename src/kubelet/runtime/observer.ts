/**
 * Looks at pods in the runtime. What cannot change any more (containers that exited, addresses of
 * sandboxes) is asked for once.
 */
import type { CriClient } from '#cri/client.ts'
import type * as cri from '#cri/messages.gen.ts'
import type { CgroupLimits } from '#kubelet/cgroups/values.ts'
import { isGrpc } from '#base/grpc-error.ts'
import { labelNames, readAnnotations } from './labels.ts'
import type { PodRuntime, RuntimeContainer, RuntimeState, Sandbox } from './pod-runtime.ts'
import { terminationMessage } from './termination-message.ts'

/** A pod that the runtime knows, with the states of its parts: enough to see that something changed. */
export interface Listed {
  readonly uid: string
  readonly name: string
  readonly namespace: string
  /** IDs of sandboxes and containers with their states. */
  readonly states: ReadonlyMap<string, string>
}

export class RuntimeObserver {
  readonly #cri: CriClient
  readonly #exited = new Map<string, RuntimeContainer>()
  readonly #sandboxes = new Map<string, Pick<Sandbox, 'ips' | 'hostNetwork'>>()
  /** Container and sandbox IDs → the pod's UID. */
  readonly #owners = new Map<string, string>()
  #runtimeName = 'containerd'

  constructor(cri: CriClient) {
    this.#cri = cri
  }

  /** Asks for the runtime's name, the scheme of container IDs; resolves with name and version. */
  async identify(signal: AbortSignal): Promise<{ name: string; version: string }> {
    const { runtimeName, runtimeVersion } = await this.#cri.version({ signal })
    this.#runtimeName = runtimeName
    return { name: runtimeName, version: runtimeVersion }
  }

  get runtimeName(): string {
    return this.#runtimeName
  }

  /** The UID of the pod that a container or a sandbox belongs to, if it has been seen. */
  ownerOf(id: string): string | undefined {
    return this.#owners.get(id)
  }

  /** A container or a sandbox has been made for a pod: its end may come before it is seen. */
  own(id: string, uid: string): void {
    this.#owners.set(id, uid)
  }

  /** All that the runtime has of one pod. */
  async pod(
    identity: { uid: string; name: string; namespace: string },
    signal: AbortSignal,
  ): Promise<PodRuntime> {
    const labelSelector = { [labelNames.podUid]: identity.uid }
    const [sandboxes, containers] = await Promise.all([
      this.#cri.listPodSandbox({ labelSelector }, { signal }),
      this.#cri.listContainers({ labelSelector }, { signal }),
    ])
    const newestFirst = sandboxes.toSorted((a, b) => b.createdAt - a.createdAt)
    const [seenSandboxes, seenContainers] = await Promise.all([
      Promise.all(newestFirst.map((each) => this.#sandbox(each, signal))),
      Promise.all(containers.map((each) => this.#container(each, signal))),
    ])
    for (const { id } of [...sandboxes, ...containers]) this.#owners.set(id, identity.uid)
    return {
      uid: identity.uid,
      name: identity.name,
      namespace: identity.namespace,
      sandboxes: seenSandboxes,
      containers: seenContainers
        .filter((container) => container !== undefined)
        .toSorted((a, b) => b.createdAtMs - a.createdAtMs || b.restartCount - a.restartCount),
    }
  }

  /** Every pod of the runtime, in two calls. */
  async list(signal: AbortSignal): Promise<ReadonlyMap<string, Listed>> {
    // What is made while the runtime answers must not be taken for gone.
    const before = new Set(this.#owners.keys())
    const [sandboxes, containers] = await Promise.all([
      this.#cri.listPodSandbox({}, { signal }),
      this.#cri.listContainers({}, { signal }),
    ])
    const pods = new Map<string, Listed & { states: Map<string, string> }>()
    for (const { id, state, labels } of [...sandboxes, ...containers]) {
      const uid = labels[labelNames.podUid]
      if (uid === undefined) continue
      const name = labels[labelNames.podName] ?? ''
      const namespace = labels[labelNames.podNamespace] ?? ''
      const pod = pods.get(uid) ?? { uid, name, namespace, states: new Map<string, string>() }
      pod.states.set(id, state)
      pods.set(uid, pod)
      this.#owners.set(id, uid)
    }
    for (const { states } of pods.values()) for (const id of states.keys()) before.delete(id)
    this.#forget(before)
    return pods
  }

  #forget(gone: ReadonlySet<string>): void {
    for (const id of gone) {
      this.#exited.delete(id)
      this.#sandboxes.delete(id)
      this.#owners.delete(id)
    }
  }

  async #sandbox(listed: cri.PodSandbox, signal: AbortSignal): Promise<Sandbox> {
    const ready = listed.state === 'SANDBOX_READY'
    const known = this.#sandboxes.get(listed.id) ?? (await this.#sandboxNetwork(listed.id, signal))
    return {
      id: listed.id,
      attempt: listed.metadata?.attempt ?? 0,
      ready,
      createdAtMs: milliseconds(listed.createdAt),
      ...known,
    }
  }

  async #sandboxNetwork(
    id: string,
    signal: AbortSignal,
  ): Promise<Pick<Sandbox, 'ips' | 'hostNetwork'>> {
    try {
      const { status } = await this.#cri.podSandboxStatus(id, { signal })
      const { ip = '', additionalIps = [] } = status?.network ?? {}
      const hostNetwork = status?.linux?.namespaces?.options?.network === 'NODE'
      const ips = [ip, ...additionalIps.map((each) => each.ip)].filter((each) => each !== '')
      const found = { hostNetwork, ips }
      if (hostNetwork || ips.length > 0) this.#sandboxes.set(id, found)
      return found
    } catch (error) {
      if (isGrpc(error, 'NotFound')) return { hostNetwork: false, ips: [] }
      throw error
    }
  }

  async #container(
    listed: cri.Container,
    signal: AbortSignal,
  ): Promise<RuntimeContainer | undefined> {
    const known = this.#exited.get(listed.id)
    if (known !== undefined) return known
    try {
      const { status } = await this.#cri.containerStatus(listed.id, { signal })
      if (status === undefined) return undefined
      const container = await readContainer(listed.podSandboxId, status)
      if (container.state.is === 'exited') this.#exited.set(listed.id, container)
      return container
    } catch (error) {
      if (isGrpc(error, 'NotFound')) return undefined
      throw error
    }
  }
}

async function readContainer(
  sandboxId: string,
  status: cri.ContainerStatus,
): Promise<RuntimeContainer> {
  const annotated = readAnnotations(status.annotations)
  const user = status.user?.linux
  return {
    id: status.id,
    name: status.labels[labelNames.containerName] ?? status.metadata?.name ?? '',
    sandboxId,
    restartCount: annotated.restartCount,
    createdAtMs: milliseconds(status.createdAt),
    hash: annotated.hash,
    image: status.image?.image ?? '',
    imageId: status.imageId === '' ? status.imageRef : status.imageId,
    state: await readState(status),
    logPath: status.logPath,
    annotations: status.annotations,
    user,
    limits: readLimits(status.resources?.linux),
  }
}

/** Zero and -1 stand for no limit. */
function readLimits(resources: cri.LinuxContainerResources | undefined): CgroupLimits | undefined {
  if (resources === undefined || resources.cpuShares === 0) return undefined
  const { cpuShares, cpuQuota, memoryLimitInBytes } = resources
  return {
    cpuShares,
    ...(cpuQuota > 0 ? { cpuQuotaUs: cpuQuota } : {}),
    ...(memoryLimitInBytes > 0 ? { memoryBytes: memoryLimitInBytes } : {}),
  }
}

async function readState(status: cri.ContainerStatus): Promise<RuntimeState> {
  switch (status.state) {
    case 'CONTAINER_CREATED':
      return { is: 'created' }
    case 'CONTAINER_RUNNING':
      return { is: 'running', startedAtMs: milliseconds(status.startedAt) }
    case 'CONTAINER_EXITED': {
      const own = await terminationMessage(status)
      return {
        is: 'exited',
        exitCode: status.exitCode,
        reason: status.reason,
        message: [status.message, own].filter((part) => part !== '').join(': '),
        startedAtMs: milliseconds(status.startedAt),
        finishedAtMs: milliseconds(status.finishedAt),
      }
    }
    case 'CONTAINER_UNKNOWN':
      return { is: 'unknown' }
  }
}

function milliseconds(nanoseconds: number): number {
  return Math.floor(nanoseconds / 1e6)
}
