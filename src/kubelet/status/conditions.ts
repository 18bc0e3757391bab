/** The conditions that the kubelet gives a pod. Upstream: pkg/kubelet/status/generate.go at v1.36. */
import type { Container, ContainerStatus, Pod, PodCondition, PodStatus } from '#api/core/v1.gen.ts'
import { isRestartableInitContainer as isSidecar } from '#api/meta/pods.ts'
import type { Phase } from './phase.ts'

/** A condition before it gets its times. */
export interface Condition {
  readonly type: string
  readonly status: 'True' | 'False' | 'Unknown'
  readonly reason?: string
  readonly message?: string
}

export const kubeletConditions = [
  'PodReadyToStartContainers',
  'Initialized',
  'Ready',
  'ContainersReady',
  'PodScheduled',
] as const

/** Taken away when they no longer hold. */
export const passingConditions = ['PodResizePending', 'PodResizeInProgress'] as const

export interface ConditionInput {
  readonly pod: Pod
  readonly phase: Phase
  readonly statuses: Pick<PodStatus, 'containerStatuses' | 'initContainerStatuses'>
  /** The sandbox is there, with its network. */
  readonly sandboxReady: boolean
  /** All conditions of the pod so far: readiness gates look at those of others. */
  readonly present: readonly PodCondition[]
}

/** In upstream's order. */
export function podConditions(input: ConditionInput): Condition[] {
  return [
    { type: 'PodReadyToStartContainers', status: input.sandboxReady ? 'True' : 'False' },
    initialized(input),
    ready(input),
    { type: 'ContainersReady', ...containersReady(input) },
    { type: 'PodScheduled', status: 'True' },
  ]
}

type Verdict = Omit<Condition, 'type'>

function initialized({ pod, phase, statuses }: ConditionInput): Condition {
  const type = 'Initialized'
  const unknown: string[] = []
  const incomplete: string[] = []
  for (const container of pod.spec.initContainers ?? []) {
    const status = find(statuses.initContainerStatuses, container)
    if (status === undefined) unknown.push(container.name)
    else if (isSidecar(container) ? status.started !== true : !status.ready) {
      incomplete.push(container.name)
    }
  }
  if (phase === 'Succeeded' && unknown.length === 0) {
    return { type, status: 'True', reason: 'PodCompleted' }
  }
  const begun = statuses.containerStatuses?.some(
    ({ state, lastState }) =>
      state?.running !== undefined ||
      state?.terminated !== undefined ||
      lastState?.terminated !== undefined,
  )
  if (begun === true || unknown.length + incomplete.length === 0) return { type, status: 'True' }
  const message = problems({ unknown, incomplete })
  return { type, status: 'False', reason: 'ContainersNotInitialized', message }
}

function containersReady({ pod, phase, statuses }: ConditionInput): Verdict {
  const unknown: string[] = []
  const unready: string[] = []
  const look = (container: Container, all: readonly ContainerStatus[] | undefined): void => {
    const status = find(all, container)
    if (status === undefined) unknown.push(container.name)
    else if (!status.ready) unready.push(container.name)
  }
  for (const container of pod.spec.initContainers ?? []) {
    if (isSidecar(container)) look(container, statuses.initContainerStatuses)
  }
  for (const container of pod.spec.containers) look(container, statuses.containerStatuses)
  if (phase === 'Succeeded' && unknown.length === 0) {
    return { status: 'False', reason: 'PodCompleted' }
  }
  if (phase === 'Failed') return { status: 'False', reason: 'PodFailed' }
  if (unknown.length + unready.length === 0) return { status: 'True' }
  const message = problems({ unknown, unready })
  return { status: 'False', reason: 'ContainersNotReady', message }
}

function ready(input: ConditionInput): Condition {
  const type = 'Ready'
  const containers = containersReady(input)
  if (containers.status !== 'True') return { type, ...containers }
  const missing: string[] = []
  for (const { conditionType } of input.pod.spec.readinessGates ?? []) {
    const gate = input.present.find((condition) => condition.type === conditionType)
    if (gate === undefined) {
      missing.push(
        `corresponding condition of pod readiness gate "${conditionType}" does not exist.`,
      )
    } else if (gate.status !== 'True') {
      missing.push(
        `the status of pod readiness gate "${conditionType}" is not "True", but ${gate.status}`,
      )
    }
  }
  if (missing.length === 0) return { type, status: 'True' }
  return { type, status: 'False', reason: 'ReadinessGatesNotReady', message: missing.join(', ') }
}

function problems(lists: Readonly<Record<string, readonly string[]>>): string {
  return Object.entries(lists)
    .filter(([, names]) => names.length > 0)
    .map(([what, names]) => `containers with ${what} status: [${names.join(' ')}]`)
    .join(', ')
}

function find(
  statuses: readonly ContainerStatus[] | undefined,
  { name }: Container,
): ContainerStatus | undefined {
  return statuses?.find((status) => status.name === name)
}
