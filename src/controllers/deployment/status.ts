/**
 * What a Deployment's status says, its Progressing condition above all.
 * Upstream: pkg/controller/deployment/progress.go and util/deployment_util.go at v1.36.
 */
import type {
  Deployment,
  DeploymentCondition,
  DeploymentStatus,
  ReplicaSet,
} from '#api/apps/v1.gen.ts'
import { findCondition, withoutCondition } from '#api/meta/conditions.ts'
import { timestamp } from '#base/clock.ts'
import { maxUnavailable, replicasOf, totalAvailable, totalReplicas } from './bounds.ts'
import type { Family } from './replica-sets.ts'
import { allOf } from './replica-sets.ts'

type Conditions = readonly DeploymentCondition[]

export function hasProgressDeadline({ spec }: Deployment): boolean {
  const seconds = spec.progressDeadlineSeconds
  return seconds !== undefined && seconds !== 2 ** 31 - 1
}

/** A condition of now. */
export function condition(
  type: string,
  status: 'True' | 'False' | 'Unknown',
  words: { readonly reason: string; readonly message: string; readonly nowMs: number },
): DeploymentCondition {
  const { reason, message, nowMs } = words
  const now = timestamp(nowMs)
  return { type, status, lastUpdateTime: now, lastTransitionTime: now, reason, message }
}

/** The same status for the same reason changes nothing, whatever the message. */
export function setCondition(prior: Conditions | undefined, next: DeploymentCondition) {
  const current = findCondition(prior, next.type)
  if (current?.status === next.status && current.reason === next.reason) return [...(prior ?? [])]
  const lastTransitionTime =
    current?.status === next.status ? current.lastTransitionTime : next.lastTransitionTime
  const dated = lastTransitionTime === undefined ? next : { ...next, lastTransitionTime }
  return [...withoutCondition(prior, next.type), dated]
}

/** The Progressing condition around a pause, when it must change. Upstream: checkPausedConditions. */
export function pauseCondition(
  deployment: Deployment,
  nowMs: number,
): DeploymentCondition | undefined {
  if (!hasProgressDeadline(deployment)) return undefined
  const current = findCondition(deployment.status?.conditions, 'Progressing')
  if (current?.reason === 'ProgressDeadlineExceeded') return undefined
  const said = current?.reason === 'DeploymentPaused'
  const paused = deployment.spec.paused === true
  if (paused === said) return undefined
  const [reason, message] = paused
    ? ['DeploymentPaused', 'Deployment is paused']
    : ['DeploymentResumed', 'Deployment is resumed']
  return condition('Progressing', 'Unknown', { reason, message, nowMs })
}

/** Counts and availability; other conditions stay. Upstream: calculateStatus. */
export function countStatus(
  deployment: Deployment,
  family: Family,
  nowMs: number,
): DeploymentStatus {
  const all = allOf(family)
  const available = totalAvailable(all)
  const { conditions, collisionCount } = deployment.status ?? {}
  const actual = (sets: readonly ReplicaSet[]) =>
    sets.reduce((sum, { status }) => sum + (status?.replicas ?? 0), 0)
  const isEnough = available >= replicasOf(deployment) - maxUnavailable(deployment)
  const availability = isEnough
    ? condition('Available', 'True', {
        reason: 'MinimumReplicasAvailable',
        message: 'Deployment has minimum availability.',
        nowMs,
      })
    : condition('Available', 'False', {
        reason: 'MinimumReplicasUnavailable',
        message: 'Deployment does not have minimum availability.',
        nowMs,
      })
  return {
    ...(deployment.metadata.generation === undefined
      ? {}
      : { observedGeneration: deployment.metadata.generation }),
    replicas: actual(all),
    updatedReplicas: actual(family.newest === undefined ? [] : [family.newest]),
    readyReplicas: all.reduce((sum, { status }) => sum + (status?.readyReplicas ?? 0), 0),
    availableReplicas: available,
    unavailableReplicas: Math.max(0, totalReplicas(all) - available),
    terminatingReplicas: all.reduce(
      (sum, { status }) => sum + (status?.terminatingReplicas ?? 0),
      0,
    ),
    ...(collisionCount === undefined ? {} : { collisionCount }),
    conditions: setCondition(conditions, availability),
  }
}

/** The status during a rollout: counts, progress, and why ReplicaSets fail. Upstream: syncRolloutStatus. */
export function rolloutStatus(
  deployment: Deployment,
  family: Family,
  nowMs: number,
): DeploymentStatus {
  const status = countStatus(deployment, family, nowMs)
  const progressed = progressConditions(deployment, { status, family, nowMs })
  return { ...status, conditions: failureConditions(progressed, family) }
}

interface Progress {
  readonly status: DeploymentStatus
  readonly family: Family
  readonly nowMs: number
}

function progressConditions(
  deployment: Deployment,
  { status, family, nowMs }: Progress,
): readonly DeploymentCondition[] {
  const conditions = status.conditions ?? []
  if (!hasProgressDeadline(deployment)) return withoutCondition(conditions, 'Progressing')
  const current = findCondition(deployment.status?.conditions, 'Progressing')
  const isDone = status.replicas === status.updatedReplicas
  if (isDone && current?.reason === 'NewReplicaSetAvailable') return conditions
  const subject =
    family.newest === undefined
      ? `Deployment "${deployment.metadata.name}"`
      : `ReplicaSet "${family.newest.metadata.name}"`
  if (isComplete(deployment, status)) {
    const message = `${subject} has successfully progressed.`
    const words = { reason: 'NewReplicaSetAvailable', message, nowMs }
    return setCondition(conditions, condition('Progressing', 'True', words))
  }
  if (isProgressing(deployment, status)) {
    const words = { reason: 'ReplicaSetUpdated', message: `${subject} is progressing.`, nowMs }
    return progressed(conditions, current, condition('Progressing', 'True', words))
  }
  if (!hasTimedOut(deployment, conditions, nowMs)) return conditions
  const message = `${subject} has timed out progressing.`
  const words = { reason: 'ProgressDeadlineExceeded', message, nowMs }
  return setCondition(conditions, condition('Progressing', 'False', words))
}

/** Each progress moves the update time, from which the deadline counts. */
function progressed(
  conditions: Conditions,
  current: DeploymentCondition | undefined,
  next: DeploymentCondition,
): readonly DeploymentCondition[] {
  const since = current?.status === 'True' ? current.lastTransitionTime : undefined
  const dated = since === undefined ? next : { ...next, lastTransitionTime: since }
  return [...withoutCondition(conditions, 'Progressing'), dated]
}

/** The newest ReplicaSet's trouble counts; without it that of any. */
function failureConditions(conditions: Conditions, { newest, old }: Family): DeploymentCondition[] {
  const failure =
    findCondition(newest?.status?.conditions, 'ReplicaFailure') ??
    old.flatMap(({ status }) => findCondition(status?.conditions, 'ReplicaFailure') ?? []).at(0)
  if (failure === undefined) return withoutCondition(conditions, 'ReplicaFailure')
  const { lastTransitionTime } = failure
  return setCondition(conditions, {
    ...failure,
    ...(lastTransitionTime === undefined ? {} : { lastUpdateTime: lastTransitionTime }),
  })
}

/** All pods are of the new template and available. */
export function isComplete(deployment: Deployment, status: DeploymentStatus): boolean {
  const wanted = replicasOf(deployment)
  return (
    (status.updatedReplicas ?? 0) === wanted &&
    (status.replicas ?? 0) === wanted &&
    (status.availableReplicas ?? 0) === wanted &&
    (status.observedGeneration ?? 0) >= (deployment.metadata.generation ?? 0)
  )
}

function isProgressing(deployment: Deployment, next: DeploymentStatus): boolean {
  const prior = deployment.status ?? {}
  const more = (name: 'updatedReplicas' | 'readyReplicas' | 'availableReplicas') =>
    (next[name] ?? 0) > (prior[name] ?? 0)
  const outdated = ({ replicas = 0, updatedReplicas = 0 }: DeploymentStatus) =>
    replicas - updatedReplicas
  return (
    more('updatedReplicas') ||
    more('readyReplicas') ||
    more('availableReplicas') ||
    outdated(next) < outdated(prior)
  )
}

function hasTimedOut(deployment: Deployment, conditions: Conditions, nowMs: number): boolean {
  const current = findCondition(conditions, 'Progressing')
  if (current === undefined || current.reason === 'NewReplicaSetAvailable') return false
  if (current.reason === 'ProgressDeadlineExceeded') return true
  return deadlineMs(deployment, current) < nowMs
}

function deadlineMs({ spec }: Deployment, { lastUpdateTime }: DeploymentCondition): number {
  return Date.parse(lastUpdateTime ?? '') + (spec.progressDeadlineSeconds ?? 0) * 1000
}

/** When to look whether the deadline has passed; undefined when nothing waits for it. */
export function deadlineCheckMs(
  deployment: Deployment,
  status: DeploymentStatus,
  nowMs: number,
): number | undefined {
  const current = findCondition(status.conditions, 'Progressing')
  if (!hasProgressDeadline(deployment) || current === undefined) return undefined
  if (isComplete(deployment, status)) return undefined
  const { reason } = current
  if (reason === 'ProgressDeadlineExceeded' || reason === 'NewReplicaSetAvailable') return undefined
  return Math.max(0, deadlineMs(deployment, current) - nowMs) + 1000
}
