/** ReplicaSets: see `reconcile.ts`. */
import type { Pod } from '#api/core/v1.gen.ts'
import type { ApiObject, ResourceType } from '#api/resource-type.ts'
import { pods, replicasets } from '#api/resources.gen.ts'
import { defineController } from '#controllers/controller.ts'
import { wakeAdopters } from '#controllers/adopters.ts'
import type { Replicas } from './plan.ts'
import type { ReplicasDeps } from './reconcile.ts'
import { openReplicas, reconcileReplicas } from './reconcile.ts'

const ownerType = replicasets as ResourceType<ApiObject> as ResourceType<Replicas>

export const replicaSetController = defineController<ReplicasDeps>({
  name: 'replicaset-controller',
  primary: replicasets,
  owns: [pods],
  watches: [{ type: pods, keys: (pod, { owners }) => wakeAdopters(pod as Pod, owners.store) }],
  writes: ['pods', 'apps/replicasets/status'],
  workersMax: 5,
  open: (context) => openReplicas(context, ownerType, (owner) => owner),
  reconcile: (key, deps, signal) =>
    reconcileReplicas(key, deps.owners.store.get(key), deps, signal),
})
