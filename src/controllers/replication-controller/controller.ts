/**
 * ReplicationControllers: ReplicaSets in an older spelling.
 * Upstream: pkg/controller/replication at v1.36.
 */
import type { Pod, ReplicationController } from '#api/core/v1.gen.ts'
import type { ApiObject, ResourceType } from '#api/resource-type.ts'
import { pods, replicationcontrollers } from '#api/resources.gen.ts'
import { labelsMatcher } from '#api/meta/labels.ts'
import { controllerOf } from '#api/meta/owners.ts'
import { objectKey } from '#client/object-store.ts'
import { defineController } from '#controllers/controller.ts'
import type { Replicas } from '#controllers/replica-set/plan.ts'
import type { ReplicasDeps } from '#controllers/replica-set/reconcile.ts'
import { openReplicas, reconcileReplicas } from '#controllers/replica-set/reconcile.ts'

const ownerType = replicationcontrollers as ResourceType<ApiObject> as ResourceType<Replicas>

export const replicationControllerController = defineController<ReplicasDeps>({
  name: 'replicationcontroller-controller',
  primary: replicationcontrollers,
  owns: [pods],
  watches: [
    {
      type: pods,
      keys: (pod, { owners }) =>
        adopters(pod as Pod, owners.store.inNamespace(pod.metadata.namespace ?? '')),
    },
  ],
  writes: ['pods', 'replicationcontrollers/status'],
  workersMax: 5,
  open: (context) => openReplicas(context, ownerType, asController),
  reconcile: (key, deps, signal) => {
    const owner = deps.owners.store.get(key)
    return reconcileReplicas(key, owner === undefined ? undefined : asReplicas(owner), deps, signal)
  },
})

function adopters(pod: Pod, owners: readonly ApiObject[]): readonly string[] {
  if (controllerOf(pod) !== undefined || pod.metadata.deletionTimestamp !== undefined) return []
  return owners
    .filter((owner) => {
      const { selector } = (owner as ReplicationController).spec ?? {}
      return selector !== undefined && labelsMatcher(selector).matches(pod.metadata.labels)
    })
    .map(objectKey)
}

/** The informer holds it in its own spelling: the selector is a map of labels. */
function asReplicas(owner: ApiObject): Replicas {
  const controller = owner as ReplicationController
  const { selector, ...spec } = controller.spec ?? {}
  return {
    ...controller,
    spec: { ...spec, ...(selector === undefined ? {} : { selector: { matchLabels: selector } }) },
  } as Replicas
}

function asController(owner: Replicas): Replicas {
  const { selector, ...spec } = owner.spec
  const { terminatingReplicas: _, ...status } = owner.status ?? { replicas: 0 }
  const spelled = { ...owner, spec: { ...spec, selector: selector?.matchLabels ?? {} }, status }
  return spelled as Replicas
}
