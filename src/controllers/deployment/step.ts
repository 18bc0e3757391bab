/** The acting part of a rollout: makes, refreshes and scales ReplicaSets. */
import type { Deployment, DeploymentCondition, ReplicaSet } from '#api/apps/v1.gen.ts'
import type { Pod } from '#api/core/v1.gen.ts'
import { findCondition } from '#api/meta/conditions.ts'
import { isControlledBy } from '#api/meta/owners.ts'
import { isStatus } from '#api/meta/status.ts'
import { deployments, replicasets } from '#api/resources.gen.ts'
import type { Clock } from '#base/clock.ts'
import type { Client } from '#client/client.ts'
import type { EventRecorder } from '#client/events.ts'
import type { StartedInformer } from '#client/start-informer.ts'
import { equal } from '#controllers/equal.ts'
import type { PendingWrites } from '#controllers/pending-writes.ts'
import { referenceOf } from '#controllers/pod-control.ts'
import { isNamespaceTerminating } from '#controllers/writes.ts'
import {
  hasAnnotations,
  maxRevision,
  replicaSetAnnotations,
  revisionAnnotation,
  sizeAnnotations,
} from './annotations.ts'
import { replicasOf } from './bounds.ts'
import type { Scaling } from './plan.ts'
import type { Family } from './replica-sets.ts'
import { isSameTemplate, newReplicaSet } from './replica-sets.ts'
import { condition, hasProgressDeadline, setCondition } from './status.ts'

export interface DeploymentDeps {
  readonly client: Client
  readonly clock: Clock
  readonly recorder: EventRecorder
  readonly deployments: StartedInformer<Deployment>
  readonly replicaSets: StartedInformer<ReplicaSet>
  readonly pods: StartedInformer<Pod>
  readonly pending: PendingWrites<ReplicaSet>
}

/** One pass over a Deployment. */
export interface Step {
  readonly key: string
  /** As the server has it. */
  readonly deployment: Deployment
  /** With the revision and the conditions that this pass adds; written with the status. */
  draft: Deployment
  readonly deps: DeploymentDeps
  readonly signal: AbortSignal
}

/** The family with a newest member that carries what it should; it is made if need be. */
export async function ensureNewest(
  step: Step,
  family: Family,
): Promise<Family & { readonly newest: ReplicaSet }> {
  if (family.newest === undefined) return { ...family, newest: await create(step, family.old) }
  return { ...family, newest: await refresh(step, family.newest, family.old) }
}

/** As `ensureNewest`, without making one. */
export async function refreshNewest(step: Step, family: Family): Promise<Family> {
  if (family.newest === undefined) return family
  return { ...family, newest: await refresh(step, family.newest, family.old) }
}

/** Applies the plan; returns the family with the ReplicaSets as they are now. */
export async function scaleAll<F extends Family>(
  step: Step,
  family: F,
  plan: readonly Scaling[],
): Promise<F> {
  const changed = new Map<ReplicaSet, ReplicaSet>()
  for (const { replicaSet, replicas } of plan) {
    changed.set(replicaSet, await scale(step, replicaSet, replicas))
  }
  const now = (replicaSet: ReplicaSet) => changed.get(replicaSet) ?? replicaSet
  const newest = family.newest === undefined ? {} : { newest: now(family.newest) }
  return { ...family, old: family.old.map(now), ...newest }
}

async function scale(
  { key, deployment, deps, signal }: Step,
  replicaSet: ReplicaSet,
  replicas: number,
): Promise<ReplicaSet> {
  const prior = replicasOf(replicaSet)
  const sizes = sizeAnnotations(deployment)
  if (prior === replicas && hasAnnotations(replicaSet.metadata.annotations, sizes)) {
    return replicaSet
  }
  const { metadata, spec } = replicaSet
  const annotations = { ...metadata.annotations, ...sizes }
  const next = {
    ...replicaSet,
    metadata: { ...metadata, annotations },
    spec: { ...spec, replicas },
  }
  const { namespace = '', name } = metadata
  const updated = await deps.client.in(replicasets, namespace).update(next, { signal })
  deps.pending.wrote(key, updated)
  if (prior !== replicas) {
    const direction = prior < replicas ? 'up' : 'down'
    const text = `Scaled ${direction} replica set ${name} from ${prior} to ${replicas}`
    const reference = referenceOf(deployments, deployment)
    deps.recorder.event(reference, 'Normal', 'ScalingReplicaSet', text)
  }
  return updated
}

/** Brings revision, copied annotations and minReadySeconds of the newest ReplicaSet up to date. */
async function refresh(
  step: Step,
  newest: ReplicaSet,
  old: readonly ReplicaSet[],
): Promise<ReplicaSet> {
  const { key, deployment, deps, signal } = step
  const { metadata, spec } = newest
  const annotations = replicaSetAnnotations(deployment, metadata.annotations, maxRevision(old) + 1)
  setRevision(step, annotations[revisionAnnotation] ?? '')
  if (findCondition(step.draft.status?.conditions, 'Progressing') === undefined) {
    const message = `Found new replica set "${metadata.name}"`
    setProgressing(step, 'True', { reason: 'FoundNewReplicaSet', message })
  }
  const { minReadySeconds = 0 } = deployment.spec
  const isCurrent =
    equal(annotations, metadata.annotations) && (spec.minReadySeconds ?? 0) === minReadySeconds
  if (isCurrent) return newest
  const next = {
    ...newest,
    metadata: { ...metadata, annotations },
    spec: { ...spec, minReadySeconds },
  }
  const replicaSets = deps.client.in(replicasets, metadata.namespace ?? '')
  const updated = await replicaSets.update(next, { signal })
  deps.pending.wrote(key, updated)
  return updated
}

async function create(step: Step, old: readonly ReplicaSet[]): Promise<ReplicaSet> {
  const { key, deployment, deps, signal } = step
  const revision = maxRevision(old) + 1
  const wanted = newReplicaSet(deployment, old, revision)
  const name = wanted.metadata?.name ?? ''
  const { namespace = '' } = deployment.metadata
  try {
    const created = await deps.client.in(replicasets, namespace).create(wanted, { signal })
    deps.pending.wrote(key, created)
    announce(step, created)
    setRevision(step, String(revision))
    const message = `Created new replica set "${name}"`
    setProgressing(step, 'True', { reason: 'NewReplicaSetCreated', message })
    return created
  } catch (error) {
    if (!isStatus(error, 'AlreadyExists')) return await reportFailure(step, name, error)
    return await settleCollision(step, name)
  }
}

function announce({ deployment, deps }: Step, created: ReplicaSet): void {
  const replicas = replicasOf(created)
  if (replicas === 0) return
  const text = `Scaled up replica set ${created.metadata.name} from 0 to ${replicas}`
  deps.recorder.event(referenceOf(deployments, deployment), 'Normal', 'ScalingReplicaSet', text)
}

/** The name is taken: by our own ReplicaSet, not seen yet, or by another with the same hash. */
async function settleCollision(step: Step, name: string): Promise<ReplicaSet> {
  const { deployment, deps, signal } = step
  const { namespace = '' } = deployment.metadata
  const existing = await deps.client.in(replicasets, namespace).get(name, { signal })
  const isOurs = isControlledBy(existing, deployment)
  if (isOurs && isSameTemplate(existing.spec.template, deployment.spec.template)) return existing
  const collisionCount = (deployment.status?.collisionCount ?? 0) + 1
  const next = { ...deployment, status: { ...deployment.status, collisionCount } }
  await deps.client.in(deployments, namespace).update(next, { subresource: 'status', signal })
  throw new Error(
    `the name ${name} is taken by another ReplicaSet: collision count raised to ${collisionCount}`,
  )
}

async function reportFailure(step: Step, name: string, error: unknown): Promise<never> {
  const { deployment, deps, signal } = step
  if (signal.aborted || isNamespaceTerminating(error)) throw error
  const reason = 'ReplicaSetCreateError'
  const message = `Failed to create new replica set "${name}": ${(error as Error).message}`
  deps.recorder.event(referenceOf(deployments, deployment), 'Warning', reason, message)
  setProgressing(step, 'False', { reason, message })
  if (!equal(deployment.status, step.draft.status)) {
    const { namespace = '' } = deployment.metadata
    await deps.client
      .in(deployments, namespace)
      .update(step.draft, { subresource: 'status', signal })
  }
  throw error
}

function setRevision(step: Step, revision: string): void {
  const { draft } = step
  if (draft.metadata.annotations?.[revisionAnnotation] === revision) return
  const annotations = { ...draft.metadata.annotations, [revisionAnnotation]: revision }
  step.draft = { ...draft, metadata: { ...draft.metadata, annotations } }
}

function setProgressing(
  step: Step,
  status: 'True' | 'False',
  words: Pick<DeploymentCondition & { reason: string; message: string }, 'reason' | 'message'>,
): void {
  const { draft, deps } = step
  if (!hasProgressDeadline(draft)) return
  const next = condition('Progressing', status, { ...words, nowMs: deps.clock.nowMs() })
  const conditions = setCondition(draft.status?.conditions, next)
  step.draft = { ...draft, status: { ...draft.status, conditions } }
}
