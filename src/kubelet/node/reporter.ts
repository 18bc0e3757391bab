/**
 * The Node object of this machine: registered, and its status kept true: at once when something
 * changes, every five minutes otherwise. Upstream: pkg/kubelet/kubelet_node_status.go at v1.36.
 */
import { isDeepStrictEqual } from 'node:util'
import type {
  ContainerImage,
  Node,
  NodeAddress,
  NodeStatus,
  NodeSystemInfo,
  Taint,
} from '#api/core/v1.gen.ts'
import { isStatus } from '#api/meta/status.ts'
import { nodes } from '#api/resources.gen.ts'
import type { Clock } from '#base/clock.ts'
import type { Logger } from '#base/logger.ts'
import type { Client } from '#client/client.ts'
import type { EventRecorder } from '#client/events.ts'
import type { CriClient } from '#cri/client.ts'
import { limits } from '#kubelet/limits.ts'
import { hasDiskPressure, hasMemoryPressure, networkProblem, nodeConditions } from './conditions.ts'
import type { NodeHealth, RuntimeHealth } from './conditions.ts'
import type { RuntimeAbilities } from '#kubelet/pod/unsupported.ts'
import { measurePressure, nodeResources } from './machine.ts'
import type { Capacity, Reservation } from './machine.ts'

export interface NodeReporterOptions {
  readonly client: Client
  readonly cri: CriClient
  readonly clock: Clock
  readonly log: Logger
  readonly recorder: EventRecorder
  readonly nodeName: string
  readonly addresses: readonly NodeAddress[]
  readonly labels: Readonly<Record<string, string>>
  readonly taints: readonly Taint[]
  readonly capacity: Capacity
  readonly reserved: Reservation
  readonly eviction: Readonly<Record<string, string>>
  readonly systemInfo: NodeSystemInfo
  readonly port: number
  readonly root: string
  /** Where images lie; measured against imagefs thresholds. */
  readonly imageRoot: string
  /** The runtime's network became ready, or ceased to be. */
  readonly networkChanged: () => void
  /** The API has the Node. */
  readonly registered: () => void
}

/** Static pods may be the very API server that is waited for: it should not wait for us. */
const registerRetryMsMax = 2_000

/** Upstream refreshes its list of images with its garbage collector. */
const imagesPeriodMs = 60_000

export class NodeReporter {
  readonly #options: NodeReporterOptions
  readonly resources: ReturnType<typeof nodeResources>
  /** What the runtime said that it can do. */
  abilities: RuntimeAbilities = { supplementalGroupsPolicy: false }
  #node: Node | undefined
  #reportedAtMs = -Infinity
  #images: { list: ContainerImage[]; atMs: number } | undefined
  /** As it was measured, and as the node's conditions tell it. */
  #measured: NodeHealth | undefined
  #health: NodeHealth | undefined
  /** When the node was seen short of something last. */
  readonly #shortAtMs = { memory: -Infinity, disk: -Infinity }
  #runtime: RuntimeHealth = { conditions: undefined }
  #reporting: Promise<void> = Promise.resolve()

  constructor(options: NodeReporterOptions) {
    this.#options = options
    this.resources = nodeResources(options.capacity, options.eviction, options.reserved)
  }

  /** The Node as the API has it; undefined before it is registered. */
  get node(): Node | undefined {
    return this.#node
  }

  /** Why pods of the pod network cannot start; undefined when they can. */
  networkProblem(): string | undefined {
    return networkProblem(this.#runtime)
  }

  /** What the node's conditions say that it is short of. */
  pressure(): NodePressure {
    return pressureOf(this.#health)
  }

  /** What the node is short of at this moment. */
  shortage(): NodePressure {
    return pressureOf(this.#measured)
  }

  /** Registers the node and reports until the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock, log } = this.#options
    await this.#look(signal)
    for (let waitMs = 100; !signal.aborted; waitMs = Math.min(waitMs * 2, registerRetryMsMax)) {
      try {
        await this.#register(signal)
        this.#options.registered()
        break
      } catch (error) {
        if (signal.aborted) return
        log.warning('unable to register the node with the API server', { err: String(error) })
        await clock.sleep(waitMs, signal)
      }
    }
    while (!signal.aborted) {
      await this.report(signal)
      await clock.sleep(limits.nodeStatusPeriodMs, signal)
    }
  }

  /** Measures, and writes the status when it has changed or is due. */
  report(signal: AbortSignal): Promise<void> {
    this.#reporting = this.#reporting
      .then(() => this.#report(signal))
      .catch((error: unknown) => {
        if (!signal.aborted)
          this.#options.log.warning('node status not written', { err: String(error) })
      })
    return this.#reporting
  }

  async #register(signal: AbortSignal): Promise<void> {
    const { client, nodeName, labels, taints, log } = this.#options
    const resource = client.for(nodes)
    const status = await this.#status(undefined)
    const wanted = { ...defaultLabels(nodeName, this.#options.systemInfo), ...labels }
    try {
      this.#node = await resource.create(
        {
          apiVersion: 'v1',
          kind: 'Node',
          metadata: {
            name: nodeName,
            labels: wanted,
            annotations: { 'volumes.kubernetes.io/controller-managed-attach-detach': 'true' },
          },
          spec: taints.length === 0 ? {} : { taints: [...taints] },
          status,
        },
        { signal },
      )
      log.info('Successfully registered node', { node: nodeName })
      this.#reportedAtMs = this.#options.clock.monotonicMs()
    } catch (error) {
      if (!isStatus(error, 'AlreadyExists')) throw error
      const present = await resource.get(nodeName, { signal })
      const same = Object.entries(wanted).every(
        ([key, value]) => present.metadata.labels?.[key] === value,
      )
      this.#node = same
        ? present
        : await resource.patch(nodeName, 'strategic', { metadata: { labels: wanted } }, { signal })
    }
    this.#tellTransitions([], this.#node.status?.conditions ?? status.conditions ?? [])
  }

  async #report(signal: AbortSignal): Promise<void> {
    const { client, clock, nodeName } = this.#options
    await this.#look(signal)
    if (this.#node === undefined) return
    const before = this.#node.status
    const status = await this.#status(before)
    const due = clock.monotonicMs() - this.#reportedAtMs >= limits.nodeStatusReportPeriodMs
    if (!due && !differs(status, before ?? {})) return
    this.#node = await client
      .for(nodes)
      .patch(nodeName, 'strategic', { status: patchOf(status) }, { subresource: 'status', signal })
    this.#reportedAtMs = clock.monotonicMs()
    this.#tellTransitions(before?.conditions ?? [], status.conditions ?? [])
  }

  async #look(signal: AbortSignal): Promise<void> {
    const before = this.networkProblem()
    try {
      const { status, features } = await this.#options.cri.status({}, { signal })
      this.abilities = {
        supplementalGroupsPolicy: features?.supplementalGroupsPolicy === true,
      }
      this.#runtime = { conditions: status?.conditions ?? [] }
    } catch (error) {
      this.#options.log.v(2)?.info('the runtime does not answer', { err: String(error) })
      this.#runtime = { conditions: undefined }
    }
    if (before !== this.networkProblem()) this.#options.networkChanged()
  }

  async #status(prior: NodeStatus | undefined): Promise<NodeStatus> {
    const { root, imageRoot, eviction, clock, addresses, port, systemInfo } = this.#options
    const measured: NodeHealth = {
      pressure: await measurePressure(root, imageRoot),
      runtime: this.#runtime,
      eviction,
      nowMs: clock.nowMs(),
    }
    this.#measured = measured
    const health = { ...measured, lately: this.#shortLately(measured) }
    this.#health = health
    return {
      ...this.resources,
      addresses: [...addresses],
      conditions: nodeConditions(health, prior?.conditions ?? []),
      daemonEndpoints: { kubeletEndpoint: { Port: port } },
      nodeInfo: systemInfo,
      images: await this.#imageList(),
    }
  }

  #shortLately(measured: NodeHealth): { memory: boolean; disk: boolean } {
    const nowMs = this.#options.clock.monotonicMs()
    const short = this.#shortAtMs
    if (hasMemoryPressure(measured)) short.memory = nowMs
    if (hasDiskPressure(measured)) short.disk = nowMs
    const lately = (atMs: number): boolean => nowMs - atMs < limits.pressureTransitionMs
    return { memory: lately(short.memory), disk: lately(short.disk) }
  }

  async #imageList(): Promise<ContainerImage[]> {
    const { cri, clock } = this.#options
    const nowMs = clock.monotonicMs()
    if (this.#images !== undefined && nowMs - this.#images.atMs < imagesPeriodMs) {
      return this.#images.list
    }
    try {
      const images = await cri.listImages()
      const list = images
        .map(({ repoTags, repoDigests, size }) => ({
          names: [...repoDigests, ...repoTags],
          sizeBytes: size,
        }))
        .filter(({ names }) => names.length > 0)
        .toSorted((a, b) => b.sizeBytes - a.sizeBytes)
        .slice(0, limits.nodeStatusImagesMax)
      this.#images = { list, atMs: nowMs }
    } catch {
      // The runtime is away, which its condition says.
    }
    return this.#images?.list ?? []
  }

  /** Events of the node for conditions that changed. Upstream: recordNodeStatusEvent. */
  #tellTransitions(
    before: readonly { type: string; status: string }[],
    after: readonly { type: string; status: string }[],
  ): void {
    for (const { type, status } of after) {
      if (before.find((each) => each.type === type)?.status === status) continue
      const reason = transitions[type]?.[status === 'True' ? 'yes' : 'no']
      if (reason !== undefined)
        this.event(reason, `Node ${this.#options.nodeName} status is now: ${reason}`)
    }
  }

  event(reason: string, message: string): void {
    const { nodeName, recorder } = this.#options
    // Upstream's kubelet refers to its node by name in the place of the UID.
    recorder.event({ kind: 'Node', name: nodeName, uid: nodeName }, 'Normal', reason, message)
  }
}

export interface NodePressure {
  readonly memoryPressure: boolean
  readonly diskPressure: boolean
}

function pressureOf(health: NodeHealth | undefined): NodePressure {
  return {
    memoryPressure: health !== undefined && hasMemoryPressure(health),
    diskPressure: health !== undefined && hasDiskPressure(health),
  }
}

const transitions: Readonly<Record<string, { yes: string; no: string }>> = {
  Ready: { yes: 'NodeReady', no: 'NodeNotReady' },
  MemoryPressure: { yes: 'NodeHasInsufficientMemory', no: 'NodeHasSufficientMemory' },
  DiskPressure: { yes: 'NodeHasDiskPressure', no: 'NodeHasNoDiskPressure' },
  PIDPressure: { yes: 'NodeHasInsufficientPID', no: 'NodeHasSufficientPID' },
}

function defaultLabels(
  nodeName: string,
  { operatingSystem, architecture }: NodeSystemInfo,
): Record<string, string> {
  return {
    'beta.kubernetes.io/arch': architecture,
    'beta.kubernetes.io/os': operatingSystem,
    'kubernetes.io/arch': architecture,
    'kubernetes.io/hostname': nodeName,
    'kubernetes.io/os': operatingSystem,
  }
}

/** Whether the kubelet's part of the status is another; heartbeats alone are no change. */
function differs(status: NodeStatus, before: NodeStatus): boolean {
  const { conditions = [], ...rest } = status
  const known = before as Readonly<Record<string, unknown>>
  const changed = Object.entries(rest).some(
    ([key, value]) => !isDeepStrictEqual(value, known[key] ?? (key === 'images' ? [] : undefined)),
  )
  return (
    changed ||
    conditions.some((condition) => {
      const present = before.conditions?.find(({ type }) => type === condition.type)
      return !isDeepStrictEqual(
        { ...present, lastHeartbeatTime: condition.lastHeartbeatTime },
        condition,
      )
    })
  )
}

/** Lists that merge by a key are replaced, so that what is gone goes. */
function patchOf(status: NodeStatus): Record<string, unknown> {
  return { ...status, addresses: [...(status.addresses ?? []), { $patch: 'replace' }] }
}
