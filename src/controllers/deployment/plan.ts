/**
 * Which ReplicaSets to scale next. One pass takes one step; what the step brings about wakes the next.
 * Upstream: pkg/controller/deployment/{rolling,recreate,sync}.go at v1.36.
 */
import type { Deployment, ReplicaSet } from '#api/apps/v1.gen.ts'
import {
  numberAnnotation,
  desiredReplicasAnnotation,
  maxReplicasAnnotation,
} from './annotations.ts'
import {
  isRollingUpdate,
  maxSurge,
  maxUnavailable,
  replicasOf,
  totalAvailable,
  totalReplicas,
} from './bounds.ts'
import type { Family } from './replica-sets.ts'
import { activeOf, allOf, byCreation, byRevision, newReplicas } from './replica-sets.ts'

export interface Scaling {
  readonly replicaSet: ReplicaSet
  readonly replicas: number
}

const nothing: readonly Scaling[] = []

/** Whether somebody changed the Deployment's size: then it is scaled first and rolled out later. */
export function isScalingEvent(
  deployment: Deployment,
  replicaSets: readonly ReplicaSet[],
): boolean {
  return activeOf(replicaSets).some((replicaSet) => {
    const desired = numberAnnotation(replicaSet, desiredReplicasAnnotation)
    return desired !== undefined && desired !== replicasOf(deployment)
  })
}

/** Up with the new, then down with the old, within maxSurge and maxUnavailable. */
export function planRollingUpdate(
  deployment: Deployment,
  newest: ReplicaSet,
  old: readonly ReplicaSet[],
): readonly Scaling[] {
  const replicas = newestReplicas(deployment, newest, old)
  if (replicas !== replicasOf(newest)) return [{ replicaSet: newest, replicas }]
  return planOld(deployment, newest, old)
}

function newestReplicas(
  deployment: Deployment,
  newest: ReplicaSet,
  old: readonly ReplicaSet[],
): number {
  const [current, wanted] = [replicasOf(newest), replicasOf(deployment)]
  return current >= wanted ? wanted : newReplicas(deployment, old, current)
}

/** Unhealthy old pods go first: they cost no availability. Then as many as availability allows. */
function planOld(
  deployment: Deployment,
  newest: ReplicaSet,
  old: readonly ReplicaSet[],
): readonly Scaling[] {
  const active = activeOf(old).toSorted(byCreation)
  if (active.length === 0) return nothing
  const minAvailable = replicasOf(deployment) - maxUnavailable(deployment)
  const newUnavailable = replicasOf(newest) - (newest.status?.availableReplicas ?? 0)
  const maxDown = totalReplicas([...active, newest]) - minAvailable - newUnavailable
  if (maxDown <= 0) return nothing
  const sizes = new Map(active.map((replicaSet) => [replicaSet, replicasOf(replicaSet)]))
  takeUnhealthy(sizes, maxDown)
  takeAvailable(sizes, totalAvailable([...active, newest]) - minAvailable)
  return scalings(sizes)
}

function takeUnhealthy(sizes: Map<ReplicaSet, number>, max: number): void {
  let left = max
  for (const [replicaSet, size] of sizes) {
    const unhealthy = size - (replicaSet.status?.availableReplicas ?? 0)
    const take = Math.min(left, Math.max(0, unhealthy))
    sizes.set(replicaSet, size - take)
    left -= take
  }
}

function takeAvailable(sizes: Map<ReplicaSet, number>, max: number): void {
  let left = Math.max(0, max)
  for (const [replicaSet, size] of sizes) {
    const take = Math.min(left, size)
    sizes.set(replicaSet, size - take)
    left -= take
  }
}

function scalings(sizes: ReadonlyMap<ReplicaSet, number>): readonly Scaling[] {
  return [...sizes]
    .filter(([replicaSet, replicas]) => replicas !== replicasOf(replicaSet))
    .map(([replicaSet, replicas]) => ({ replicaSet, replicas }))
}

/** All of the old go. */
export function planRecreate(old: readonly ReplicaSet[]): readonly Scaling[] {
  return activeOf(old).map((replicaSet) => ({ replicaSet, replicas: 0 }))
}

/**
 * Another size, or a pause: the one ReplicaSet that counts gets all, or, in the middle of a rollout, each
 * gets its share. Upstream: DeploymentController.scale.
 */
export function planScale(deployment: Deployment, family: Family): readonly Scaling[] {
  const only = activeOrLatest(family)
  if (only !== undefined) return [{ replicaSet: only, replicas: replicasOf(deployment) }]
  if (isSaturated(deployment, family.newest)) return planRecreate(family.old)
  return isRollingUpdate(deployment) ? proportional(deployment, family) : nothing
}

/** Upstream: FindActiveOrLatest. Undefined when several are active. */
function activeOrLatest(family: Family): ReplicaSet | undefined {
  const active = activeOf(allOf(family))
  if (active.length > 1) return undefined
  return active[0] ?? family.newest ?? family.old.toSorted(byCreation).at(-1)
}

function isSaturated(deployment: Deployment, newest: ReplicaSet | undefined): boolean {
  if (newest === undefined) return false
  const wanted = replicasOf(deployment)
  return (
    replicasOf(newest) === wanted &&
    numberAnnotation(newest, desiredReplicasAnnotation) === wanted &&
    (newest.status?.availableReplicas ?? 0) === wanted
  )
}

function proportional(deployment: Deployment, family: Family): readonly Scaling[] {
  const active = activeOf(allOf(family))
  const wanted = replicasOf(deployment)
  const allowed = wanted > 0 ? wanted + maxSurge(deployment) : 0
  const toAdd = allowed - totalReplicas(active)
  const ordered = active.toSorted(toAdd > 0 ? bySizeNewer : bySizeOlder)
  let added = 0
  const sizes = ordered.map((replicaSet) => {
    const share = proportion(deployment, replicaSet, { toAdd, added })
    added += share
    return replicasOf(replicaSet) + share
  })
  // What rounding left over goes to the largest.
  if (sizes[0] !== undefined) sizes[0] = Math.max(0, sizes[0] + toAdd - added)
  return ordered.map((replicaSet, at) => ({ replicaSet, replicas: sizes[at] ?? 0 }))
}

function proportion(
  deployment: Deployment,
  replicaSet: ReplicaSet,
  { toAdd, added }: { readonly toAdd: number; readonly added: number },
): number {
  if (replicasOf(replicaSet) === 0 || toAdd === 0 || toAdd === added) return 0
  const fraction = fractionOf(deployment, replicaSet)
  return toAdd > 0 ? Math.min(fraction, toAdd - added) : Math.max(fraction, toAdd - added)
}

function fractionOf(deployment: Deployment, replicaSet: ReplicaSet): number {
  const size = replicasOf(replicaSet)
  const wanted = replicasOf(deployment)
  if (wanted === 0) return -size
  const before =
    numberAnnotation(replicaSet, maxReplicasAnnotation) || (deployment.status?.replicas ?? 0)
  if (before === 0) return 0
  return Math.round((size * (wanted + maxSurge(deployment))) / before) - size
}

function bySizeNewer(a: ReplicaSet, b: ReplicaSet): number {
  return replicasOf(b) - replicasOf(a) || byCreation(b, a)
}

function bySizeOlder(a: ReplicaSet, b: ReplicaSet): number {
  return replicasOf(b) - replicasOf(a) || byCreation(a, b)
}

/** Old ReplicaSets beyond the history limit that are empty and may go, oldest revision first. */
export function planCleanup(
  deployment: Deployment,
  old: readonly ReplicaSet[],
): readonly ReplicaSet[] {
  const limit = deployment.spec.revisionHistoryLimit
  if (limit === undefined || limit === 2 ** 31 - 1) return []
  const cleanable = old.filter(({ metadata }) => metadata.deletionTimestamp === undefined)
  const surplus = cleanable.length - limit
  if (surplus <= 0) return []
  return cleanable.toSorted(byRevision).slice(0, surplus).filter(isIdle)
}

function isIdle(replicaSet: ReplicaSet): boolean {
  const { metadata, status } = replicaSet
  return (
    (status?.replicas ?? 0) === 0 &&
    replicasOf(replicaSet) === 0 &&
    (metadata.generation ?? 0) <= (status?.observedGeneration ?? 0)
  )
}
