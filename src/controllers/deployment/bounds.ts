/** How many pods a Deployment may have too many or too few during a rollout. */
import type { Deployment, ReplicaSet } from '#api/apps/v1.gen.ts'
import { scaledValue } from '#controllers/int-or-percent.ts'

export function replicasOf({ spec }: Deployment | ReplicaSet): number {
  return spec.replicas ?? 1
}

export function isRollingUpdate({ spec }: Deployment): boolean {
  return (spec.strategy?.type ?? 'RollingUpdate') === 'RollingUpdate'
}

/** 0 for Recreate. */
export function maxSurge(deployment: Deployment): number {
  return isRollingUpdate(deployment) ? fenceposts(deployment).surge : 0
}

/** Never more than all; 0 for Recreate. */
export function maxUnavailable(deployment: Deployment): number {
  const replicas = replicasOf(deployment)
  if (!isRollingUpdate(deployment) || replicas === 0) return 0
  return Math.min(fenceposts(deployment).unavailable, replicas)
}

/** Upstream: ResolveFenceposts. Both 0 would stop every rollout, so that one may be missing then. */
function fenceposts(deployment: Deployment): { surge: number; unavailable: number } {
  const total = replicasOf(deployment)
  const { maxSurge: over = '25%', maxUnavailable: under = '25%' } =
    deployment.spec.strategy?.rollingUpdate ?? {}
  const surge = scaledValue(over, { total, roundUp: true })
  const unavailable = scaledValue(under, { total, roundUp: false })
  return { surge, unavailable: surge === 0 && unavailable === 0 ? 1 : unavailable }
}

/** What the ReplicaSets are asked for together. */
export function totalReplicas(replicaSets: readonly ReplicaSet[]): number {
  return replicaSets.reduce((sum, replicaSet) => sum + replicasOf(replicaSet), 0)
}

export function totalAvailable(replicaSets: readonly ReplicaSet[]): number {
  return replicaSets.reduce((sum, { status }) => sum + (status?.availableReplicas ?? 0), 0)
}
