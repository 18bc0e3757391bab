/**
 * The next steps of a StatefulSet. In order: the lower ordinals first, each waiting for the one before it;
 * removal and update from the highest down. In parallel: all at once, but for updates.
 * Upstream: pkg/controller/statefulset/stateful_set_control.go, updateStatefulSet, at v1.36.
 */
import type { StatefulSet, StatefulSetStatus } from '#api/apps/v1.gen.ts'
import type { Pod } from '#api/core/v1.gen.ts'
import { isPodTerminal } from '#api/meta/pods.ts'
import { scaledValue } from '#controllers/int-or-percent.ts'
import {
  hasIdentity,
  isRunningAndAvailable,
  isRunningAndReady,
  ordinalOf,
  revisionNameOf,
  startOrdinal,
} from './pods.ts'

export type Step =
  /** With the claims that it lacks. */
  | { readonly type: 'create'; readonly ordinal: number; readonly revision: string }
  | { readonly type: 'delete'; readonly pod: Pod; readonly reason: 'scale' | 'update' | 'ended' }
  | { readonly type: 'identify'; readonly pod: Pod; readonly ordinal: number }

export interface StatefulView {
  readonly pods: readonly Pod[]
  /** Names of revisions: what the set runs, and what it is to run. */
  readonly current: string
  readonly update: string
  readonly nowMs: number
}

export function replicasOf({ spec }: StatefulSet): number {
  return spec.replicas ?? 1
}

function isOrdered({ spec }: StatefulSet): boolean {
  return spec.podManagementPolicy !== 'Parallel'
}

/** What to do now; what it brings about wakes the next pass. */
export function plan(set: StatefulSet, view: StatefulView): readonly Step[] {
  if (set.metadata.deletionTimestamp !== undefined) return []
  const { wanted, condemned } = sort(set, view.pods)
  const steps: Step[] = []
  if (!planWanted(set, wanted, { view, steps })) return steps
  if (!planCondemned(set, condemned, { wanted, view, steps })) return steps
  if (set.spec.updateStrategy?.type !== 'OnDelete') planUpdate(set, wanted, { view, steps })
  return steps
}

interface Sorted {
  /** One place an ordinal, lowest first. */
  readonly wanted: readonly (Pod | undefined)[]
  /** Highest ordinal first. */
  readonly condemned: readonly Pod[]
}

function sort(set: StatefulSet, pods: readonly Pod[]): Sorted {
  const start = startOrdinal(set)
  const wanted: (Pod | undefined)[] = Array.from({ length: replicasOf(set) }, () => undefined)
  const condemned: { ordinal: number; pod: Pod }[] = []
  for (const pod of pods) {
    const ordinal = ordinalOf(set, pod)
    if (ordinal === undefined) continue
    if (ordinal >= start && ordinal < start + wanted.length) wanted[ordinal - start] = pod
    else condemned.push({ ordinal, pod })
  }
  const ordered = condemned.toSorted((a, b) => b.ordinal - a.ordinal)
  return { wanted, condemned: ordered.map(({ pod }) => pod) }
}

interface Planning {
  readonly view: StatefulView
  readonly steps: Step[]
}

/** False: something must happen first before anything else may. */
function planWanted(
  set: StatefulSet,
  wanted: Sorted['wanted'],
  { view, steps }: Planning,
): boolean {
  const ordered = isOrdered(set)
  for (const [at, pod] of wanted.entries()) {
    const ordinal = startOrdinal(set) + at
    if (pod === undefined) {
      steps.push({ type: 'create', ordinal, revision: revisionFor(set, ordinal, view) })
      if (ordered) return false
    } else if (isPodTerminal(pod) && pod.metadata.deletionTimestamp === undefined) {
      steps.push({ type: 'delete', pod, reason: 'ended' })
      if (ordered) return false
    } else if (ordered && !isHealthy(set, pod, view.nowMs)) return false
    else if (!hasIdentity(pod, ordinal)) steps.push({ type: 'identify', pod, ordinal })
  }
  return steps.every(({ type }) => type === 'identify') || !ordered
}

function isHealthy(set: StatefulSet, pod: Pod, nowMs: number): boolean {
  return pod.metadata.deletionTimestamp === undefined && isRunningAndAvailable(set, pod, nowMs)
}

/** The partition keeps lower ordinals on the current revision. */
function revisionFor(set: StatefulSet, ordinal: number, view: StatefulView): string {
  const { updateStrategy } = set.spec
  const start = startOrdinal(set)
  if (updateStrategy?.type === 'OnDelete') return view.update
  const partition = updateStrategy?.rollingUpdate?.partition
  const keeps = partition ?? set.status?.currentReplicas ?? 0
  return ordinal < start + keeps ? view.current : view.update
}

function planCondemned(
  set: StatefulSet,
  condemned: readonly Pod[],
  { wanted, view, steps }: Planning & { readonly wanted: Sorted['wanted'] },
): boolean {
  const ordered = isOrdered(set)
  const firstUnhealthy = firstUnhealthyOf(set, { wanted, condemned }, view)
  for (const pod of condemned) {
    const isGoing = pod.metadata.deletionTimestamp !== undefined
    if (isGoing && ordered) return false
    if (isGoing) continue
    const mayGo = isRunningAndAvailable(set, pod, view.nowMs) || pod === firstUnhealthy
    if (ordered && !mayGo) return false
    steps.push({ type: 'delete', pod, reason: 'scale' })
    if (ordered) return false
  }
  return true
}

/** Scaling down in order waits for health, but never for the one pod that is to go itself. */
function firstUnhealthyOf(set: StatefulSet, { wanted, condemned }: Sorted, view: StatefulView) {
  const all = [...wanted.flatMap((pod) => pod ?? []), ...condemned.toReversed()]
  return all.find((pod) => !isHealthy(set, pod, view.nowMs))
}

/** From the highest ordinal down, as many at once as may be unavailable. */
function planUpdate(set: StatefulSet, wanted: Sorted['wanted'], { view, steps }: Planning): void {
  const { partition = 0, maxUnavailable = 1 } = set.spec.updateStrategy?.rollingUpdate ?? {}
  const limits = { total: replicasOf(set), roundUp: false }
  const allowed = Math.max(1, scaledValue(maxUnavailable, limits))
  const present = wanted.flatMap((pod) => pod ?? [])
  let unavailable = wanted.length - present.length
  unavailable += present.filter((pod) => !isHealthy(set, pod, view.nowMs)).length
  for (let at = wanted.length - 1; at >= partition; at--) {
    const pod = wanted[at]
    if (pod === undefined) continue
    const isOutdated = revisionNameOf(pod) !== view.update
    if (isOutdated && pod.metadata.deletionTimestamp === undefined) {
      // One that serves nobody costs nothing to replace.
      const isServing = isHealthy(set, pod, view.nowMs)
      if (isServing && unavailable >= allowed) return
      if (isServing) unavailable++
      steps.push({ type: 'delete', pod, reason: 'update' })
      if (allowed === 1) return
    } else if (!isHealthy(set, pod, view.nowMs) && allowed === 1) return
  }
}

/** Upstream: the first part of updateStatefulSet, and completeRollingUpdate. */
export function statusOf(set: StatefulSet, view: StatefulView): StatefulSetStatus {
  const counts = { replicas: 0, ready: 0, available: 0, current: 0, updated: 0 }
  for (const pod of view.pods) {
    if (ordinalOf(set, pod) === undefined) continue
    counts.replicas++
    if (isRunningAndReady(pod)) counts.ready++
    if (isRunningAndAvailable(set, pod, view.nowMs)) counts.available++
    if (pod.metadata.deletionTimestamp !== undefined) continue
    const revision = revisionNameOf(pod)
    if (revision === view.current) counts.current++
    if (revision === view.update) counts.updated++
  }
  const { collisionCount, conditions } = set.status ?? {}
  const { generation } = set.metadata
  const isRolledOut =
    set.spec.updateStrategy?.type !== 'OnDelete' &&
    counts.updated === counts.replicas &&
    counts.ready === counts.replicas &&
    counts.replicas === replicasOf(set)
  return {
    ...(generation === undefined ? {} : { observedGeneration: generation }),
    replicas: counts.replicas,
    readyReplicas: counts.ready,
    currentReplicas: isRolledOut ? counts.updated : counts.current,
    updatedReplicas: counts.updated,
    currentRevision: isRolledOut ? view.update : view.current,
    updateRevision: view.update,
    ...(collisionCount === undefined ? {} : { collisionCount }),
    ...(conditions === undefined ? {} : { conditions }),
    availableReplicas: counts.available,
  }
}
