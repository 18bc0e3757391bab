/** What controllers ask of a pod beyond `api/meta/pods.ts`. */
import type { Pod } from '#api/core/v1.gen.ts'
import { findCondition } from '#api/meta/conditions.ts'
import { isPodTerminal } from '#api/meta/pods.ts'

/** A pod that was asked to end and has not yet. */
export function isPodTerminating(pod: Pod): boolean {
  return !isPodTerminal(pod) && pod.metadata.deletionTimestamp !== undefined
}

/** When the pod became ready, in ms since 1970; undefined when it is not, or does not say. */
export function readySinceMs(pod: Pod): number | undefined {
  const ready = findCondition(pod.status?.conditions, 'Ready')
  if (ready?.status !== 'True' || ready.lastTransitionTime === undefined) return undefined
  return Date.parse(ready.lastTransitionTime)
}

/** How long until the first of the pods that are ready, but not for long enough, becomes available. */
export function nextAvailableMs(
  pods: readonly Pod[],
  { minReadySeconds, nowMs }: { readonly minReadySeconds: number; readonly nowMs: number },
): number | undefined {
  let nextMs: number | undefined
  for (const pod of pods) {
    const sinceMs = readySinceMs(pod)
    if (sinceMs === undefined) continue
    const waitMs = sinceMs + minReadySeconds * 1000 - nowMs
    if (waitMs > 0) nextMs = Math.min(nextMs ?? waitMs, waitMs)
  }
  return nextMs
}
