/**
 * Resources that change while a pod runs; pure. What a pod asks for becomes what it is given when the
 * node has it, and then what the runtime is told.
 * Upstream: pkg/kubelet/allocation/allocation_manager.go at v1.36.
 */
import { isDeepStrictEqual } from 'node:util'
import type { Container, Pod, ResourceRequirements } from '#api/core/v1.gen.ts'
import { amount, podRequests } from '#api/meta/pods.ts'
import { containerCgroupLimits } from '#kubelet/cgroups/values.ts'
import type { CgroupLimits } from '#kubelet/cgroups/values.ts'
import type { RuntimeContainer } from '#kubelet/runtime/pod-runtime.ts'
import type { Condition } from '#kubelet/status/conditions.ts'

/** By container name. */
export type Allocation = ReadonlyMap<string, ResourceRequirements>

export function allocationOf({ spec }: Pod): Allocation {
  const containers = [...spec.containers, ...(spec.initContainers ?? [])]
  return new Map(containers.map(({ name, resources }) => [name, resources ?? {}]))
}

/** What a kubelet before this one had given the containers that it started. */
export function reportedAllocation(pod: Pod): Allocation {
  const { containerStatuses = [], initContainerStatuses = [] } = pod.status ?? {}
  const known = [...containerStatuses, ...initContainerStatuses].flatMap(
    ({ name, state, resources }): [string, ResourceRequirements][] =>
      resources === undefined || state?.running === undefined ? [] : [[name, resources]],
  )
  return new Map([...allocationOf(pod), ...known])
}

/** The pod with what it has been given in the place of what it asks for. */
export function withAllocation(pod: Pod, allocation: Allocation): Pod {
  const given = (container: Container): Container => {
    const resources = allocation.get(container.name)
    const same = isDeepStrictEqual(resources, container.resources ?? {})
    return resources === undefined || same ? container : { ...container, resources }
  }
  const { initContainers } = pod.spec
  return {
    ...pod,
    spec: {
      ...pod.spec,
      containers: pod.spec.containers.map(given),
      ...(initContainers === undefined ? {} : { initContainers: initContainers.map(given) }),
    },
  }
}

export interface ResizeProblem {
  /** Infeasible: never on this node; Deferred: not now. */
  readonly reason: 'Infeasible' | 'Deferred'
  readonly message: string
}

/** Why a pod cannot be given what it asks for; undefined when it can. */
export function resizeProblem(
  pod: Pod,
  others: readonly Pod[],
  allocatable: Readonly<Record<string, string>>,
): ResizeProblem | undefined {
  const requests = podRequests(pod)
  for (const resource of ['cpu', 'memory']) {
    const requested = requests[resource] ?? 0
    const capacity = amount(resource, allocatable[resource] ?? '0')
    const used = others.reduce((sum, each) => sum + (podRequests(each)[resource] ?? 0), 0)
    if (requested > capacity) {
      const message = `Node didn't have enough capacity: ${resource}, requested: ${requested}, capacity: ${capacity}`
      return { reason: 'Infeasible', message }
    }
    if (requested + used > capacity) {
      const message = `Node didn't have enough resource: ${resource}, requested: ${requested}, used: ${used}, capacity: ${capacity}`
      return { reason: 'Deferred', message }
    }
  }
  return undefined
}

/** How a running container gets the limits of its spec; undefined when it has them. */
export function resizeOf(
  container: Container,
  present: RuntimeContainer,
): 'inPlace' | 'restart' | undefined {
  // A runtime that does not tell what it gave is not told anew.
  if (present.limits === undefined) return undefined
  const wanted = containerCgroupLimits(container)
  const changed = changedResources(wanted, present.limits)
  if (changed.length === 0) return undefined
  const restarts = container.resizePolicy?.some(
    ({ resourceName, restartPolicy }) =>
      restartPolicy === 'RestartContainer' && changed.includes(resourceName),
  )
  return restarts === true ? 'restart' : 'inPlace'
}

function changedResources(wanted: CgroupLimits, has: CgroupLimits): readonly string[] {
  const cpu = wanted.cpuShares !== has.cpuShares || wanted.cpuQuotaUs !== has.cpuQuotaUs
  const memory = wanted.memoryBytes !== has.memoryBytes
  return [...(cpu ? ['cpu'] : []), ...(memory ? ['memory'] : [])]
}

/** The conditions of a pod whose resources are on their way. */
export function resizeConditions(
  pod: Pod,
  running: readonly RuntimeContainer[],
  problems: { readonly pending?: ResizeProblem | undefined; readonly error?: string | undefined },
): readonly Condition[] {
  const { pending, error } = problems
  const containers = [...pod.spec.containers, ...(pod.spec.initContainers ?? [])]
  const busy = running.some((present) => {
    const container = containers.find(({ name }) => name === present.name)
    return container !== undefined && resizeOf(container, present) === 'inPlace'
  })
  const failure = error === undefined ? {} : { reason: 'Error', message: error }
  return [
    ...(pending === undefined
      ? []
      : [{ type: 'PodResizePending', status: 'True', ...pending } as const]),
    ...(busy ? [{ type: 'PodResizeInProgress', status: 'True', ...failure } as const] : []),
  ]
}
