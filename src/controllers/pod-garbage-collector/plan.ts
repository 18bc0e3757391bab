/**
 * Which pods are litter.
 * Upstream: pkg/controller/podgc/gc_controller.go at v1.36.
 */
import type { Pod } from '#api/core/v1.gen.ts'
import { isPodTerminal } from '#api/meta/pods.ts'

/** --terminated-pod-gc-threshold */
export const terminatedPodsMax = 12_500

/** Ended pods beyond the threshold: evicted ones first, then the oldest. */
export function planTerminated(pods: readonly Pod[], threshold: number): readonly Pod[] {
  if (threshold <= 0) return []
  const ended = pods.filter(isPodTerminal)
  if (ended.length <= threshold) return []
  const order = (a: Pod, b: Pod) =>
    Number(isEvicted(b)) - Number(isEvicted(a)) ||
    Date.parse(a.metadata.creationTimestamp) - Date.parse(b.metadata.creationTimestamp)
  return ended.toSorted(order).slice(0, ended.length - threshold)
}

function isEvicted({ status }: Pod): boolean {
  return status?.reason === 'Evicted'
}

/** Asked to end before it ever got a node: nobody else will finish it. */
export function isUnscheduledTerminating({ metadata, spec }: Pod): boolean {
  return metadata.deletionTimestamp !== undefined && !spec.nodeName
}
