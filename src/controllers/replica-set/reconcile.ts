/**
 * Keeps as many pods as wanted; shared by ReplicaSets and ReplicationControllers, whose only difference
 * is the shape of their selector.
 * Upstream: pkg/controller/replicaset/replica_set.go at v1.36.
 */
import type { Pod } from '#api/core/v1.gen.ts'
import { controllerOf } from '#api/meta/owners.ts'
import { isPodActive } from '#api/meta/pods.ts'
import type { ResourceType } from '#api/resource-type.ts'
import { pods } from '#api/resources.gen.ts'
import type { Clock } from '#base/clock.ts'
import { timestamp } from '#base/clock.ts'
import { unreachable } from '#base/assert.ts'
import type { StartedInformer } from '#client/start-informer.ts'
import type { ControllerContext, Outcome } from '#controllers/controller.ts'
import { done } from '#controllers/controller.ts'
import { claim, indexByController, ownedBy } from '#controllers/ownership.ts'
import { PendingWrites, unsettled } from '#controllers/pending-writes.ts'
import type { PodControl } from '#controllers/pod-control.ts'
import { createPod, deletePod, podFromTemplate } from '#controllers/pod-control.ts'
import { nextAvailableMs } from '#controllers/pods.ts'
import { slowStart } from '#controllers/slow-start.ts'
import { isNamespaceTerminating, unlessGone } from '#controllers/writes.ts'
import type { Action, Failure, Replicas } from './plan.ts'
import { isSameStatus, plan, statusOf } from './plan.ts'
import type { Ranking } from './ranking.ts'

export interface ReplicasDeps extends PodControl {
  readonly clock: Clock
  readonly ownerType: ResourceType<Replicas>
  /** The owner as its kind spells it, from what `reconcileReplicas` was given. */
  readonly spelled: (owner: Replicas) => Replicas
  readonly owners: StartedInformer<Replicas>
  readonly pods: StartedInformer<Pod>
  readonly pending: PendingWrites<Pod>
}

/** For owners of `ownerType`; `spelled` turns their common shape into their own. */
export function openReplicas(
  context: ControllerContext,
  ownerType: ResourceType<Replicas>,
  spelled: (owner: Replicas) => Replicas,
): ReplicasDeps {
  const { client, clock, recorder, informer } = context
  const podInformer = informer(pods)
  const owners = informer(ownerType)
  indexByController(podInformer)
  indexByController(owners)
  const pending = new PendingWrites(podInformer, clock)
  return { client, clock, recorder, ownerType, spelled, owners, pods: podInformer, pending }
}

/** One pass over an owner: adopt, create or delete pods, write the status. */
export async function reconcileReplicas(
  key: string,
  owner: Replicas | undefined,
  deps: ReplicasDeps,
  signal: AbortSignal,
): Promise<Outcome> {
  if (owner === undefined) {
    deps.pending.forget(key)
    return done
  }
  const { client, ownerType, clock, pending } = deps
  if (!pending.settled(key)) return unsettled
  const owned = await claim({ client, informer: deps.pods, type: pods, ownerType }, owner, signal)
  const ranking = () => ({ onNode: relatedByNode(owner, deps), nowMs: clock.nowMs() })
  const { failure, error } = await act(plan(owner, owned, ranking), { key, owner, deps, signal })
  await writeStatus(owner, { owned, failure, deps, signal })
  if (error !== undefined) throw error
  return nextLook(owner, owned, clock.nowMs())
}

interface Acting {
  readonly key: string
  readonly owner: Replicas
  readonly deps: ReplicasDeps
  readonly signal: AbortSignal
}

interface Acted {
  /** For the status. */
  readonly failure: Failure | undefined
  /** For the queue; a namespace that is going away is no reason to try again. */
  readonly error: unknown
}

async function act(action: Action, acting: Acting): Promise<Acted> {
  switch (action.type) {
    case 'none':
      return { failure: undefined, error: undefined }
    case 'create':
      return acted('FailedCreate', await createPods(action.count, acting))
    case 'delete':
      return acted('FailedDelete', await deletePods(action.pods, acting))
    default:
      return unreachable(action)
  }
}

function acted(reason: Failure['reason'], error: unknown): Acted {
  if (error === undefined || isNamespaceTerminating(error)) {
    return { failure: undefined, error: undefined }
  }
  const message = error instanceof Error ? error.message : JSON.stringify(error)
  return { failure: { reason, message }, error }
}

async function createPods(count: number, { key, owner, deps, signal }: Acting): Promise<unknown> {
  const { template } = owner.spec
  if (template === undefined) return undefined
  const pod = podFromTemplate(deps.ownerType, owner, template)
  const { failure } = await slowStart(count, async () => {
    deps.pending.wrote(key, await createPod(deps, { owner, pod, signal }))
  })
  return failure
}

async function deletePods(
  surplus: readonly Pod[],
  { key, owner, deps, signal }: Acting,
): Promise<unknown> {
  const results = await Promise.allSettled(
    surplus.map(async (pod) => {
      await deletePod(deps, { owner, pod, signal })
      deps.pending.deleted(key, pod)
    }),
  )
  const failed = results.find((result) => result.status === 'rejected')
  return failed?.reason
}

interface StatusInput {
  readonly owned: readonly Pod[]
  readonly failure: Failure | undefined
  readonly deps: ReplicasDeps
  readonly signal: AbortSignal
}

async function writeStatus(
  owner: Replicas,
  { owned, failure, deps, signal }: StatusInput,
): Promise<void> {
  const nowMs = deps.clock.nowMs()
  const status = statusOf(owner, { pods: owned, failure, nowMs, now: timestamp(nowMs) })
  const next = deps.spelled({ ...owner, status })
  if (next.status === undefined || isSameStatus(owner.status, next.status)) return
  const { namespace = '' } = owner.metadata
  await unlessGone(
    deps.client.in(deps.ownerType, namespace).update(next, { subresource: 'status', signal }),
  )
}

/** Pods that are ready become available by time alone: nothing wakes us then. */
function nextLook(owner: Replicas, owned: readonly Pod[], nowMs: number): Outcome {
  const minReadySeconds = owner.spec.minReadySeconds ?? 0
  if (minReadySeconds === 0) return done
  const waitMs = nextAvailableMs(owned.filter(isPodActive), { minReadySeconds, nowMs })
  return waitMs === undefined ? done : { retryAfterMs: waitMs }
}

/**
 * How many active pods of the owner and of its siblings (the other ReplicaSets of its Deployment) each
 * node runs. Upstream: getPodsRankedByRelatedPodsOnSameNode.
 */
function relatedByNode(owner: Replicas, deps: ReplicasDeps): Ranking['onNode'] {
  const counts = new Map<string, number>()
  const parent = controllerOf(owner)
  const family =
    parent === undefined ? [owner] : deps.owners.store.byIndex('controller', parent.uid)
  for (const member of family) {
    for (const pod of ownedBy(deps.pods, member)) {
      const { nodeName } = pod.spec
      if (nodeName && isPodActive(pod)) counts.set(nodeName, (counts.get(nodeName) ?? 0) + 1)
    }
  }
  return counts
}
