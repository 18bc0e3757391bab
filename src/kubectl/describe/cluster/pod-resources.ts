/**
 * What a pod asks for, in the units in which it does. Upstream: component-helpers resource/helpers.go
 * (PodRequests, PodLimits).
 */
import type { Container, ContainerStatus, Pod } from '#api/core/v1.gen.ts'
import { isRestartableInitContainer } from '#api/meta/pods.ts'
import { addQuantities, compareQuantities, signOfQuantity } from '#api/meta/quantity.ts'

export type ResourceList = Readonly<Record<string, string>>
type Side = 'requests' | 'limits'

export interface PodResourceOptions {
  /** A container that is being resized counts with the most of what it has and what it is to have. */
  readonly withStatus: boolean
}

export function podResources(
  pod: Pod,
  side: Side,
  { withStatus }: PodResourceOptions,
): ResourceList {
  const { spec } = pod
  const listOf = withStatus
    ? (container: Container): ResourceList => listWithStatus(pod, container, side)
    : (container: Container): ResourceList => container.resources?.[side] ?? {}
  const total: Record<string, string> = { ...ofContainers(pod, listOf) }
  for (const [name, quantity] of Object.entries(spec.resources?.[side] ?? {})) {
    if (isPodLevelResource(name)) total[name] = quantity
  }
  for (const [name, quantity] of Object.entries(spec.overhead ?? {})) {
    const isLimited = total[name] !== undefined && signOfQuantity(total[name]) !== 0
    if (side === 'requests' || isLimited) total[name] = plus(total[name], quantity)
  }
  return total
}

export function sumOf(lists: readonly ResourceList[]): ResourceList {
  const sum: Record<string, string> = {}
  for (const list of lists) {
    for (const [name, quantity] of Object.entries(list)) sum[name] = plus(sum[name], quantity)
  }
  return sum
}

/** What runs in the end, or more if a step of the initialization needs more. */
function ofContainers({ spec }: Pod, listOf: (container: Container) => ResourceList): ResourceList {
  const running = sumOf((spec.containers ?? []).map(listOf))
  let sidecars: ResourceList = {}
  let initialization: ResourceList = {}
  for (const container of spec.initContainers ?? []) {
    const list = listOf(container)
    if (isRestartableInitContainer(container)) {
      sidecars = sumOf([sidecars, list])
      initialization = greatest([initialization, sidecars])
    } else {
      initialization = greatest([initialization, sumOf([sidecars, list])])
    }
  }
  return greatest([sumOf([running, sidecars]), initialization])
}

function listWithStatus(pod: Pod, container: Container, side: Side): ResourceList {
  const own = container.resources?.[side] ?? {}
  const status = statusOf(pod, container.name)
  if (status === undefined) return own
  const actual = status.resources?.[side] ?? {}
  const allocated = side === 'requests' ? (status.allocatedResources ?? {}) : {}
  return greatest(isInfeasible(pod) ? [actual, allocated] : [own, actual, allocated])
}

function statusOf({ status }: Pod, name: string): ContainerStatus | undefined {
  const { containerStatuses = [], initContainerStatuses = [] } = status ?? {}
  return [...containerStatuses, ...initContainerStatuses].find((one) => one.name === name)
}

/** Resizing it was refused: what it wants does not count. */
function isInfeasible({ status }: Pod): boolean {
  return (status?.conditions ?? []).some(
    ({ type, reason }) => type === 'PodResizePending' && reason === 'Infeasible',
  )
}

function greatest(lists: readonly ResourceList[]): ResourceList {
  const most: Record<string, string> = {}
  for (const list of lists) {
    for (const [name, quantity] of Object.entries(list)) {
      const known = most[name]
      if (known === undefined || compareQuantities(quantity, known) > 0) most[name] = quantity
    }
  }
  return most
}

function plus(a: string | undefined, b: string): string {
  return a === undefined ? b : addQuantities(a, b)
}

function isPodLevelResource(name: string): boolean {
  return name === 'cpu' || name === 'memory' || name.startsWith('hugepages-')
}
