/**
 * Keeps the status of PodDisruptionBudgets true, by which evictions are allowed or not.
 * Upstream: pkg/controller/disruption/disruption.go at v1.36.
 */
import type { Pod } from '#api/core/v1.gen.ts'
import { labelSelectorMatcher } from '#api/meta/labels.ts'
import { controllerOf } from '#api/meta/owners.ts'
import type { OwnerReference } from '#api/meta/v1.gen.ts'
import type { PodDisruptionBudget } from '#api/policy/v1.gen.ts'
import type { ApiObject } from '#api/resource-type.ts'
import {
  deployments,
  poddisruptionbudgets,
  pods,
  replicasets,
  replicationcontrollers,
  statefulsets,
} from '#api/resources.gen.ts'
import type { Clock } from '#base/clock.ts'
import type { Client } from '#client/client.ts'
import type { EventRecorder } from '#client/events.ts'
import type { ReadonlyStore } from '#client/informer.ts'
import { objectKey } from '#client/object-store.ts'
import type { Outcome } from '#controllers/controller.ts'
import { defineController, done } from '#controllers/controller.ts'
import { sameStatus } from '#controllers/equal.ts'
import { referenceOf } from '#controllers/pod-control.ts'
import { unlessGone } from '#controllers/writes.ts'
import { evictionsOf, expectationOf, failedStatus, statusOf } from './plan.ts'

interface Scalable extends ApiObject {
  spec?: { replicas?: number }
}

interface Deps {
  readonly client: Client
  readonly clock: Clock
  readonly recorder: EventRecorder
  readonly budgets: ReadonlyStore<PodDisruptionBudget>
  readonly pods: ReadonlyStore<Pod>
  /** By kind. */
  readonly owners: Readonly<Record<string, ReadonlyStore<Scalable>>>
}

export const disruptionController = defineController<Deps>({
  name: 'disruption-controller',
  primary: poddisruptionbudgets,
  watches: [
    { type: pods, keys: (pod, { budgets }) => budgetsOf(pod, budgets) },
    ...[deployments, replicasets, statefulsets, replicationcontrollers].map((type) => ({
      type,
      /** Another size asks for another number of healthy pods. */
      keys(owner: ApiObject, deps: Deps, other?: ApiObject) {
        const replicas = (object: ApiObject) => (object as Scalable).spec?.replicas
        if (other !== undefined && replicas(owner) === replicas(other)) return []
        return deps.budgets.inNamespace(owner.metadata.namespace ?? '').map(objectKey)
      },
    })),
  ],
  writes: ['policy/poddisruptionbudgets/status'],
  workersMax: 1,

  open: ({ client, clock, recorder, informer }) => ({
    client,
    clock,
    recorder,
    budgets: informer(poddisruptionbudgets).store,
    pods: informer(pods).store,
    owners: {
      Deployment: informer(deployments).store,
      ReplicaSet: informer(replicasets).store,
      StatefulSet: informer(statefulsets).store,
      ReplicationController: informer(replicationcontrollers).store as ReadonlyStore<Scalable>,
    },
  }),

  async reconcile(key, deps, signal) {
    const budget = deps.budgets.get(key)
    return budget === undefined ? done : await sync(budget, deps, signal)
  },
})

function budgetsOf(pod: ApiObject, budgets: ReadonlyStore<PodDisruptionBudget>): readonly string[] {
  return budgets
    .inNamespace(pod.metadata.namespace ?? '')
    .filter((budget) => selects(budget, pod))
    .map((budget) => objectKey(budget))
}

function selects({ spec }: PodDisruptionBudget, { metadata }: ApiObject): boolean {
  return labelSelectorMatcher(spec?.selector).matches(metadata.labels)
}

async function sync(
  budget: PodDisruptionBudget,
  deps: Deps,
  signal: AbortSignal,
): Promise<Outcome> {
  const nowMs = deps.clock.nowMs()
  const { namespace = '' } = budget.metadata
  const guarded = deps.pods.inNamespace(namespace).filter((pod) => selects(budget, pod))
  const evictions = evictionsOf(budget, guarded, nowMs)
  tell(budget, guarded, { failed: evictions.failed, deps })
  try {
    const expectation = expectationOf(budget, guarded, () => scaleOf(guarded, deps))
    const status = statusOf(budget, guarded, { expectation, evictions, nowMs })
    await write({ ...budget, status }, budget, { deps, signal })
  } catch (error) {
    if (!(error instanceof ScaleError)) throw error
    const text = `Failed to calculate the number of expected pods: ${error.message}`
    const reference = referenceOf(poddisruptionbudgets, budget)
    deps.recorder.event(reference, 'Warning', 'CalculateExpectedPodCountFailed', text)
    const status = failedStatus(budget, error.message, nowMs)
    await write({ ...budget, status }, budget, { deps, signal })
  }
  return evictions.waitMs === undefined ? done : { retryAfterMs: evictions.waitMs + 1 }
}

function tell(
  budget: PodDisruptionBudget,
  guarded: readonly Pod[],
  { failed, deps }: { readonly failed: readonly Pod[]; readonly deps: Deps },
): void {
  const { name, namespace } = budget.metadata
  if (guarded.length === 0) {
    const reference = referenceOf(poddisruptionbudgets, budget)
    deps.recorder.event(reference, 'Normal', 'NoPods', 'No matching pods found')
  }
  for (const pod of failed) {
    const text = `Pod was expected by PDB ${namespace}/${name} to be deleted but it wasn't`
    deps.recorder.event(referenceOf(pods, pod), 'Warning', 'NotDeleted', text)
  }
}

async function write(
  next: PodDisruptionBudget,
  prior: PodDisruptionBudget,
  { deps, signal }: { readonly deps: Deps; readonly signal: AbortSignal },
): Promise<void> {
  if (sameStatus(prior.status, next.status)) return
  const client = deps.client.in(poddisruptionbudgets, prior.metadata.namespace ?? '')
  await unlessGone(client.update(next, { subresource: 'status', signal }))
}

/** The pods' owners cannot say how many pods they want. */
class ScaleError extends Error {
  override readonly name = 'ScaleError'
}

/** Upstream: getExpectedScale. Pods that nobody controls count for nothing. */
function scaleOf(guarded: readonly Pod[], deps: Deps): number {
  const scales = new Map<string, number>()
  for (const pod of guarded) {
    const owner = controllerOf(pod)
    if (owner === undefined) continue
    const found = topOwner(owner, pod.metadata.namespace ?? '', deps)
    scales.set(found.metadata.uid, found.spec?.replicas ?? 1)
  }
  return [...scales.values()].reduce((sum, replicas) => sum + replicas, 0)
}

function topOwner(reference: OwnerReference, namespace: string, deps: Deps): Scalable {
  const { kind, name, uid, apiVersion } = reference
  const store = deps.owners[kind]
  if (store === undefined) {
    throw new ScaleError(`${kind} of ${apiVersion} does not implement the scale subresource`)
  }
  const owner = store.get(`${namespace}/${name}`)
  if (owner?.metadata.uid !== uid) throw new ScaleError(`found no controller ref for pod: ${name}`)
  const parent = controllerOf(owner)
  return parent === undefined ? owner : topOwner(parent, namespace, deps)
}
