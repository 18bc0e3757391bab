/** How many pods a ReplicaSet lacks or has too many, and what its status says. */
import type { ReplicaSetCondition, ReplicaSetStatus } from '#api/apps/v1.gen.ts'
import type { Pod, PodTemplateSpec } from '#api/core/v1.gen.ts'
import type { LabelSelector } from '#api/meta/v1.gen.ts'
import type { ApiObject } from '#api/resource-type.ts'
import { findCondition, withCondition, withoutCondition } from '#api/meta/conditions.ts'
import { isPodActive, isPodAvailable, isPodReady } from '#api/meta/pods.ts'
import { isPodTerminating } from '#controllers/pods.ts'
import type { Ranking } from './ranking.ts'
import { inDeletionOrder } from './ranking.ts'

/** What ReplicaSets and ReplicationControllers have in common. */
export interface Replicas extends ApiObject {
  spec: {
    replicas?: number
    minReadySeconds?: number
    template?: PodTemplateSpec
    selector?: LabelSelector
  }
  status?: ReplicaSetStatus
}

export type Action =
  | { readonly type: 'create'; readonly count: number }
  | { readonly type: 'delete'; readonly pods: readonly Pod[] }
  | { readonly type: 'none' }

/** Pods made or removed in one go; the rest follows when these are seen. Upstream: BurstReplicas. */
export const burstReplicasMax = 500

export function plan(owner: Replicas, pods: readonly Pod[], ranking: () => Ranking): Action {
  if (owner.metadata.deletionTimestamp !== undefined) return { type: 'none' }
  const active = pods.filter(isPodActive)
  const missing = (owner.spec.replicas ?? 1) - active.length
  if (missing > 0) return { type: 'create', count: Math.min(missing, burstReplicasMax) }
  if (missing === 0) return { type: 'none' }
  const surplus = Math.min(-missing, burstReplicasMax)
  return { type: 'delete', pods: inDeletionOrder(active, ranking()).slice(0, surplus) }
}

/** What went wrong with the last action; undefined: nothing. */
export interface Failure {
  readonly reason: 'FailedCreate' | 'FailedDelete'
  readonly message: string
}

export interface Observed {
  readonly pods: readonly Pod[]
  readonly failure: Failure | undefined
  readonly nowMs: number
  /** RFC 3339 */
  readonly now: string
}

/** The status after an action. Upstream: calculateStatus in replica_set_utils.go. */
export function statusOf(
  owner: Replicas,
  { pods, failure, nowMs, now }: Observed,
): ReplicaSetStatus {
  const active = pods.filter(isPodActive)
  const minReadySeconds = owner.spec.minReadySeconds ?? 0
  const templateLabels = Object.entries(owner.spec.template?.metadata?.labels ?? {})
  const conditions = conditionsOf(owner.status?.conditions, failure, now)
  const { generation } = owner.metadata
  return {
    replicas: active.length,
    fullyLabeledReplicas: active.filter(({ metadata }) =>
      templateLabels.every(([name, value]) => metadata.labels?.[name] === value),
    ).length,
    readyReplicas: active.filter(isPodReady).length,
    availableReplicas: active.filter((pod) => isPodAvailable(pod, minReadySeconds, nowMs)).length,
    terminatingReplicas: pods.filter(isPodTerminating).length,
    ...(generation === undefined ? {} : { observedGeneration: generation }),
    ...(conditions.length === 0 ? {} : { conditions }),
  }
}

function conditionsOf(
  prior: readonly ReplicaSetCondition[] | undefined,
  failure: Failure | undefined,
  now: string,
): ReplicaSetCondition[] {
  const type = 'ReplicaFailure'
  if (failure === undefined) return withoutCondition(prior, type)
  // The first failure is kept as it is, so that repeats write nothing.
  if (findCondition(prior, type) !== undefined) return [...(prior ?? [])]
  return withCondition(prior, { type, status: 'True', lastTransitionTime: now, ...failure })
}

/** Whether writing `next` would tell the server nothing new; counts that are absent are 0. */
export function isSameStatus(prior: ReplicaSetStatus | undefined, next: ReplicaSetStatus): boolean {
  const counts = [
    'replicas',
    'fullyLabeledReplicas',
    'readyReplicas',
    'availableReplicas',
    'terminatingReplicas',
    'observedGeneration',
  ] as const
  return (
    counts.every((name) => (prior?.[name] ?? 0) === (next[name] ?? 0)) &&
    JSON.stringify(prior?.conditions ?? []) === JSON.stringify(next.conditions ?? [])
  )
}
