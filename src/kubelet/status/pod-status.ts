/**
 * The status of a pod, whole, from what the kubelet knows.
 * Upstream: pkg/kubelet/kubelet_pods.go, generateAPIPodStatus, at v1.36.
 */
import type { ContainerStatus, PodCondition, PodStatus } from '#api/core/v1.gen.ts'
import { isRestartableInitContainer, qosClass } from '#api/meta/pods.ts'
import { timestamp } from '#base/clock.ts'
import { containerStatuses, lost } from './container-statuses.ts'
import type { ContainerView } from './container-statuses.ts'
import { kubeletConditions, passingConditions, podConditions } from './conditions.ts'
import type { Condition } from './conditions.ts'
import { podPhase } from './phase.ts'

export interface StatusInput extends ContainerView {
  /** What was reported last, or what the API has. */
  readonly prior: PodStatus
  readonly nodeIps: readonly string[]
  readonly nowMs: number
  /** Nothing of the pod will run again; its containers are gone or going. */
  readonly ended: boolean
  /** Why the kubelet ended the pod itself: `Evicted`, `DeadlineExceeded`, an admission's reason. */
  readonly verdict?: PodVerdict | undefined
  /** Conditions that are there only while they hold: of a resize. */
  readonly passing?: readonly Condition[]
}

export interface PodVerdict {
  readonly phase: 'Failed' | 'Succeeded'
  readonly reason: string
  readonly message: string
  /** `DisruptionTarget`, where the pod is ended for others' sake. */
  readonly conditions?: readonly Condition[]
  /** Overrides how long its containers may take to end. */
  readonly graceSeconds?: number
}

export function podStatus(input: StatusInput): PodStatus {
  const { pod, prior, verdict } = input
  const statuses = allContainerStatuses(input)
  const priorPhase = prior.phase
  const settled = priorPhase === 'Failed' || priorPhase === 'Succeeded' ? priorPhase : undefined
  const phase = settled ?? verdict?.phase ?? podPhase(pod, statuses, input.ended)
  const [sandbox] = input.runtime.sandboxes
  const sandboxReady =
    sandbox !== undefined && sandbox.ready && (sandbox.hostNetwork || sandbox.ips.length > 0)
  const present = prior.conditions ?? []
  const conditions = [
    ...podConditions({ pod, phase, statuses, sandboxReady, present }),
    ...(verdict?.conditions ?? []),
    ...(input.passing ?? []),
  ]
  const ips = podIps(input)
  return {
    ...kept(prior),
    ...statuses,
    phase,
    conditions: mergeConditions(input, conditions),
    ...(verdict === undefined ? {} : { reason: verdict.reason, message: verdict.message }),
    ...(pod.metadata.generation === undefined
      ? {}
      : { observedGeneration: pod.metadata.generation }),
    ...(input.nodeIps[0] === undefined
      ? {}
      : { hostIP: input.nodeIps[0], hostIPs: input.nodeIps.map((ip) => ({ ip })) }),
    ...(ips[0] === undefined ? {} : { podIP: ips[0], podIPs: ips.map((ip) => ({ ip })) }),
    qosClass: prior.qosClass ?? qosClass(pod),
    startTime: prior.startTime ?? timestamp(input.nowMs),
  }
}

type Statuses = Pick<
  PodStatus,
  'containerStatuses' | 'initContainerStatuses' | 'ephemeralContainerStatuses'
>

function allContainerStatuses(input: StatusInput): Statuses {
  const { spec } = input.pod
  const { prior } = input
  const settle = (statuses: ContainerStatus[]): ContainerStatus[] =>
    input.ended ? statuses.map((status) => settled(input, status)) : statuses
  const init = spec.initContainers ?? []
  const ephemeral = spec.ephemeralContainers ?? []
  return {
    containerStatuses: settle(
      containerStatuses(input, spec.containers, 'main', prior.containerStatuses ?? []),
    ),
    ...(init.length === 0
      ? {}
      : {
          initContainerStatuses: settleInit(
            input,
            containerStatuses(input, init, 'init', prior.initContainerStatuses ?? []),
          ),
        }),
    ...(ephemeral.length === 0
      ? {}
      : {
          ephemeralContainerStatuses: settle(
            containerStatuses(
              input,
              ephemeral,
              'ephemeral',
              prior.ephemeralContainerStatuses ?? [],
            ),
          ),
        }),
  }
}

/**
 * A pod at its end has no waiting container: what ran before ended as it did, what was lost is said
 * to be. Upstream: pkg/kubelet/status/status_manager.go, TerminatePod.
 */
function settled(input: StatusInput, status: ContainerStatus): ContainerStatus {
  if (status.state?.waiting === undefined) return status
  const began = status.lastState?.terminated !== undefined
  if (input.verdict !== undefined && !began) return status
  const terminated = began
    ? status.lastState?.terminated
    : lost('The container could not be located when the pod was terminated')
  return { ...status, state: { terminated }, lastState: {}, ready: false, started: false }
}

/** Init containers that never had their turn stay as they are. */
function settleInit(input: StatusInput, statuses: ContainerStatus[]): ContainerStatus[] {
  if (!input.ended) return statuses
  return statuses.map((status) => {
    const container = input.pod.spec.initContainers?.find(({ name }) => name === status.name)
    const sidecar = container !== undefined && isRestartableInitContainer(container)
    return sidecar || status.lastState?.terminated !== undefined ? settled(input, status) : status
  })
}

/** What others wrote, or what only changes rarely, stays. */
function kept(prior: PodStatus): PodStatus {
  const { nominatedNodeName, resourceClaimStatuses, reason, message, resize, podIP, podIPs } = prior
  const all = { nominatedNodeName, resourceClaimStatuses, reason, message, resize, podIP, podIPs }
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined))
}

function podIps({ pod, runtime, nodeIps }: StatusInput): readonly string[] {
  if (pod.spec.hostNetwork === true) return nodeIps
  const [sandbox] = runtime.sandboxes
  return sandbox?.ips ?? []
}

/** The kubelet's conditions with their times, then those of others. */
function mergeConditions(input: StatusInput, conditions: readonly Condition[]): PodCondition[] {
  const { prior, pod, nowMs } = input
  const generation = pod.metadata.generation
  const own = conditions.map((condition): PodCondition => {
    const before = prior.conditions?.find(({ type }) => type === condition.type)
    const since = before?.status === condition.status ? before.lastTransitionTime : undefined
    return {
      ...condition,
      ...(generation === undefined ? {} : { observedGeneration: generation }),
      lastTransitionTime: since ?? timestamp(nowMs),
    }
  })
  const names = new Set<string>([
    ...kubeletConditions,
    ...passingConditions,
    ...conditions.map(({ type }) => type),
  ])
  return [...own, ...(prior.conditions ?? []).filter(({ type }) => !names.has(type))]
}
