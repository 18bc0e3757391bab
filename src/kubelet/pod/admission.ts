/**
 * Whether this node takes a pod that was given to it; pure. The scheduler has asked the same before,
 * but static pods and DaemonSets of other makes have not been asked.
 * Upstream: pkg/kubelet/lifecycle/predicate.go at v1.36.
 */
import type { Node, Pod } from '#api/core/v1.gen.ts'
import { amount, isStaticPod, podRequests } from '#api/meta/pods.ts'
import { unsupported } from './unsupported.ts'
import type { RuntimeAbilities } from './unsupported.ts'
import type { PodVerdict } from '#kubelet/status/pod-status.ts'

export interface AdmissionInput {
  readonly pod: Pod
  /** Pods of the node that hold resources. */
  readonly others: readonly Pod[]
  readonly node: Node | undefined
  readonly allocatable: Readonly<Record<string, string>>
  readonly memoryPressure: boolean
  readonly diskPressure: boolean
  readonly abilities: RuntimeAbilities
}

const systemCriticalPriority = 2_000_000_000

/** Undefined when the pod may run. */
export function rejection(input: AdmissionInput): PodVerdict | undefined {
  const { pod, others, allocatable } = input
  const { spec } = pod
  if (spec.os !== undefined && spec.os.name !== 'linux') {
    return reject('PodOSNotSupported', `Failed to admit pod as the OS field doesn't match node OS`)
  }
  const missing = unsupported(pod, input.abilities)
  if (missing !== undefined) {
    return reject('UnexpectedAdmissionError', `${missing} is not supported by this node`)
  }
  if (!matchesNodeSelector(input)) {
    return reject(
      'NodeAffinity',
      `Predicate NodeAffinity failed: node(s) didn't match Pod's node affinity/selector`,
    )
  }
  const podsMax = amount('pods', allocatable['pods'] ?? '110')
  if (others.length + 1 > podsMax) {
    return outOf('pods', { requested: 1, used: others.length, capacity: podsMax })
  }
  const used = sum(others.map((other) => podRequests(other)))
  for (const [resource, requested] of Object.entries(podRequests(pod))) {
    const has = allocatable[resource]
    if (requested === 0) continue
    const capacity = has === undefined ? 0 : amount(resource, has)
    const taken = used[resource] ?? 0
    if (taken + requested > capacity) return outOf(resource, { requested, used: taken, capacity })
  }
  return pressure(input)
}

function reject(reason: string, message: string): PodVerdict {
  return { phase: 'Failed', reason, message: `Pod was rejected: ${message}` }
}

function outOf(
  resource: string,
  { requested, used, capacity }: { requested: number; used: number; capacity: number },
): PodVerdict {
  return reject(
    `OutOf${resource}`,
    `Node didn't have enough resource: ${resource}, requested: ${requested}, used: ${used}, capacity: ${capacity}`,
  )
}

function matchesNodeSelector({ pod, node }: AdmissionInput): boolean {
  // A static pod may start before there is a Node to match.
  if (node === undefined || isStaticPod(pod)) return true
  const labels = node.metadata.labels ?? {}
  return Object.entries(pod.spec.nodeSelector ?? {}).every(([key, value]) => labels[key] === value)
}

/** Upstream: pkg/kubelet/eviction/eviction_manager.go, Admit. */
function pressure({ pod, memoryPressure, diskPressure }: AdmissionInput): PodVerdict | undefined {
  if (!memoryPressure && !diskPressure) return undefined
  if (isStaticPod(pod) || (pod.spec.priority ?? 0) >= systemCriticalPriority) return undefined
  const bestEffort = Object.keys(podRequests(pod)).length === 0
  if (memoryPressure && !diskPressure && !bestEffort) return undefined
  const condition = diskPressure ? 'DiskPressure' : 'MemoryPressure'
  return reject('Evicted', `The node had condition: [${condition}]. `)
}

function sum(lists: readonly Readonly<Record<string, number>>[]): Record<string, number> {
  const total: Record<string, number> = {}
  for (const list of lists) {
    for (const [name, value] of Object.entries(list)) total[name] = (total[name] ?? 0) + value
  }
  return total
}
