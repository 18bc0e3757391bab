/** Room for the pod's requests, and a liking for empty nodes. Upstream: plugins/noderesources/fit.go. */
import type { Plugin, Rejection } from '#scheduler/framework.ts'
import type { NodeInfo } from '#scheduler/node-info.ts'
import type { PodInfo } from '#scheduler/pod-info.ts'

export const nodeResourcesFit: Plugin = {
  name: 'NodeResourcesFit',
  wakesOn: ['NodeAdd', 'NodeAllocatable', 'PodDelete', 'PodUpdate'],
  weight: 1,
  filter: insufficient,
  /** LeastAllocated: the mean over cpu and memory of the free share, 0…100. */
  score({ nonZero }, node) {
    const { allocatable } = node
    const cpu = leastRequested(node.nonZero.cpuMillis + nonZero.cpuMillis, allocatable.cpuMillis)
    const memory = leastRequested(
      node.nonZero.memoryBytes + nonZero.memoryBytes,
      allocatable.memoryBytes,
    )
    return Math.floor((cpu + memory) / 2)
  },
}

function leastRequested(requested: number, capacity: number): number {
  if (capacity === 0 || requested > capacity) return 0
  return Math.floor(((capacity - requested) * 100) / capacity)
}

/** Every resource that is short, or undefined when the pod fits. */
export function insufficient({ requests }: PodInfo, node: NodeInfo): Rejection | undefined {
  const { allocatable, requested } = node
  const reasons: string[] = []
  let unresolvable = false
  const check = (name: string, wanted: number, used: number, total: number): void => {
    if (wanted === 0 || wanted <= total - used) return
    reasons.push(`Insufficient ${name}`)
    if (wanted > total) unresolvable = true
  }
  if (node.pods.size + 1 > allocatable.pods) reasons.push('Too many pods')
  check('cpu', requests.cpuMillis, requested.cpuMillis, allocatable.cpuMillis)
  check('memory', requests.memoryBytes, requested.memoryBytes, allocatable.memoryBytes)
  check(
    'ephemeral-storage',
    requests.ephemeralStorageBytes,
    requested.ephemeralStorageBytes,
    allocatable.ephemeralStorageBytes,
  )
  for (const [name, wanted] of requests.others ?? []) {
    check(name, wanted, requested.others?.get(name) ?? 0, allocatable.others?.get(name) ?? 0)
  }
  return reasons.length === 0 ? undefined : { reasons, unresolvable }
}
