/**
 * What several components ask of a pod.
 * Upstream: pkg/api/v1/pod/util.go, pkg/controller/controller_utils.go,
 * staging/src/k8s.io/component-helpers/resource/helpers.go, pkg/apis/core/v1/helper/qos/qos.go.
 */
import type { Container, Pod, PodSpec } from '#api/core/v1.gen.ts'
import { findCondition, isConditionTrue } from './conditions.ts'
import { compareQuantities, cpuMillis, signOfQuantity, wholeUnits } from './quantity.ts'

export function isPodReady(pod: Pod): boolean {
  return isConditionTrue(pod.status?.conditions, 'Ready')
}

/** Ready for at least `minReadySeconds`. */
export function isPodAvailable(pod: Pod, minReadySeconds: number, nowMs: number): boolean {
  const ready = findCondition(pod.status?.conditions, 'Ready')
  if (ready?.status !== 'True') return false
  if (minReadySeconds === 0) return true
  if (ready.lastTransitionTime === undefined) return false
  return Date.parse(ready.lastTransitionTime) + minReadySeconds * 1000 <= nowMs
}

/** Succeeded or Failed: it will never run again. */
export function isPodTerminal(pod: Pod): boolean {
  return pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed'
}

/** Neither finished nor being deleted: it counts for its controller. */
export function isPodActive(pod: Pod): boolean {
  return !isPodTerminal(pod) && pod.metadata.deletionTimestamp === undefined
}

const mirrorAnnotation = 'kubernetes.io/config.mirror'
const sourceAnnotation = 'kubernetes.io/config.source'

/** The image in the API of a pod that a kubelet runs from its own files. */
export function isMirrorPod(pod: Pod): boolean {
  return pod.metadata.annotations?.[mirrorAnnotation] !== undefined
}

/** A pod that a kubelet has from anywhere but the API. */
export function isStaticPod(pod: Pod): boolean {
  const source = pod.metadata.annotations?.[sourceAnnotation]
  return source !== undefined && source !== 'api'
}

/** An init container that keeps running: a sidecar. */
export function isRestartableInitContainer(container: Container): boolean {
  return container.restartPolicy === 'Always'
}

/** By resource name: cpu in thousandths, everything else in whole units (bytes, pieces). */
export type ResourceAmounts = Record<string, number>

type ResourceList = Readonly<Record<string, string>>

/** What the scheduler sets aside for the pod, overhead included. */
export function podRequests(pod: Pick<Pod, 'spec'>): ResourceAmounts {
  return podAmounts(pod.spec, 'requests')
}

/** The most that the pod may use, overhead included where there is a limit at all. */
export function podLimits(pod: Pick<Pod, 'spec'>): ResourceAmounts {
  return podAmounts(pod.spec, 'limits')
}

function podAmounts(spec: PodSpec | undefined, side: 'requests' | 'limits'): ResourceAmounts {
  if (spec === undefined) return {}
  const total = containerAmounts(spec, side)
  for (const [name, quantity] of Object.entries(spec.resources?.[side] ?? {})) {
    if (isPodLevelResource(name)) total[name] = amount(name, quantity)
  }
  for (const [name, quantity] of Object.entries(spec.overhead ?? {})) {
    if (side === 'requests' || total[name] !== undefined) {
      total[name] = (total[name] ?? 0) + amount(name, quantity)
    }
  }
  return total
}

/** The larger of what runs together in the end and of what any step of the initialization needs. */
function containerAmounts(spec: PodSpec, side: 'requests' | 'limits'): ResourceAmounts {
  const total: ResourceAmounts = {}
  for (const container of spec.containers ?? []) addList(total, container.resources?.[side])
  if (spec.initContainers === undefined) return total
  const sidecars: ResourceAmounts = {}
  const initialization: ResourceAmounts = {}
  for (const container of spec.initContainers) {
    const list = container.resources?.[side]
    if (isRestartableInitContainer(container)) {
      addList(total, list)
      addList(sidecars, list)
      raise(initialization, sidecars)
    } else {
      const step = { ...sidecars }
      addList(step, list)
      raise(initialization, step)
    }
  }
  raise(total, initialization)
  return total
}

function addList(total: ResourceAmounts, list: ResourceList | undefined): void {
  for (const name in list) {
    total[name] = (total[name] ?? 0) + amount(name, list[name] as string)
  }
}

function raise(total: ResourceAmounts, other: ResourceAmounts): void {
  for (const name in other) total[name] = Math.max(total[name] ?? 0, other[name] as number)
}

/** A quantity as a number: thousandths for cpu, whole units for everything else. */
export function amount(resource: string, quantity: string): number {
  return resource === 'cpu' ? cpuMillis(quantity) : Number(wholeUnits(quantity))
}

/** Resources that may be asked for by the pod as a whole. */
function isPodLevelResource(name: string): boolean {
  return name === 'cpu' || name === 'memory' || name.startsWith('hugepages-')
}

export type QosClass = 'Guaranteed' | 'Burstable' | 'BestEffort'

/** From cpu and memory alone; quantities of zero count as not given. */
export function qosClass(pod: Pick<Pod, 'spec' | 'status'>): QosClass {
  const spec = pod.spec
  if (spec === undefined) return 'BestEffort'
  const units =
    spec.resources === undefined || !hasComputeResources(spec.resources)
      ? [...(spec.containers ?? []), ...(spec.initContainers ?? [])].map(
          ({ resources }) => resources,
        )
      : [spec.resources]
  const lists = units.map((unit) => ({
    requests: compute(unit?.requests),
    limits: compute(unit?.limits),
  }))
  if (lists.every(({ requests, limits }) => requests.size + limits.size === 0)) return 'BestEffort'
  return lists.every(isGuaranteed) ? 'Guaranteed' : 'Burstable'
}

function hasComputeResources(unit: { requests?: ResourceList; limits?: ResourceList }): boolean {
  return [unit.requests, unit.limits].some((list) =>
    Object.keys(list ?? {}).some(isPodLevelResource),
  )
}

function compute(list: ResourceList | undefined): ReadonlyMap<string, string> {
  return new Map(
    Object.entries(list ?? {}).filter(
      ([name, quantity]) => (name === 'cpu' || name === 'memory') && signOfQuantity(quantity) > 0,
    ),
  )
}

interface Compute {
  readonly requests: ReadonlyMap<string, string>
  readonly limits: ReadonlyMap<string, string>
}

/** Both limits, and requests (which default to them) equal to them. */
function isGuaranteed({ requests, limits }: Compute): boolean {
  return (
    limits.size === 2 &&
    requests.size === 2 &&
    [...requests].every(
      ([name, request]) => compareQuantities(request, limits.get(name) ?? '0') === 0,
    )
  )
}
