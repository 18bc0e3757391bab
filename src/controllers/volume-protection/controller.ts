/**
 * Keeps volumes and claims that are in use, although somebody deleted them, until they no longer are.
 * Upstream: pkg/controller/volume/{pvcprotection,pvprotection} at v1.36.
 */
import type { PersistentVolume, PersistentVolumeClaim, Pod } from '#api/core/v1.gen.ts'
import { isPodTerminal } from '#api/meta/pods.ts'
import { persistentvolumeclaims, persistentvolumes, pods } from '#api/resources.gen.ts'
import type { Client } from '#client/client.ts'
import type { ReadonlyStore } from '#client/informer.ts'
import { defineController, done } from '#controllers/controller.ts'
import { unlessGone } from '#controllers/writes.ts'

const claimFinalizer = 'kubernetes.io/pvc-protection'
const volumeFinalizer = 'kubernetes.io/pv-protection'

/** The names of the claims that a pod mounts, those made for it alone included. */
export function claimsOf({ metadata, spec }: Pod): readonly string[] {
  return (spec.volumes ?? []).flatMap(({ name, persistentVolumeClaim, ephemeral }) => {
    if (persistentVolumeClaim !== undefined) return persistentVolumeClaim.claimName
    return ephemeral === undefined ? [] : `${metadata.name}-${name}`
  })
}

/** Kubelets start no pod whose claim is being deleted: only pods that have a node hold it. */
function holds(pod: Pod, claim: string): boolean {
  return Boolean(pod.spec.nodeName) && !isPodTerminal(pod) && claimsOf(pod).includes(claim)
}

interface ClaimDeps {
  readonly client: Client
  readonly claims: ReadonlyStore<PersistentVolumeClaim>
  readonly pods: ReadonlyStore<Pod>
}

export const claimProtectionController = defineController<ClaimDeps>({
  name: 'persistentvolumeclaim-protection-controller',
  primary: persistentvolumeclaims,
  watches: [
    {
      type: pods,
      keys: (pod) => claimsOf(pod as Pod).map((claim) => `${pod.metadata.namespace}/${claim}`),
    },
  ],
  writes: ['persistentvolumeclaims'],
  workersMax: 1,

  open: ({ client, informer }) => ({
    client,
    claims: informer(persistentvolumeclaims).store,
    pods: informer(pods).store,
  }),

  async reconcile(key, { client, claims, pods: store }, signal) {
    const claim = claims.get(key)
    if (claim?.metadata.deletionTimestamp === undefined) return done
    const { name, namespace = '', finalizers = [] } = claim.metadata
    if (!finalizers.includes(claimFinalizer)) return done
    if (store.inNamespace(namespace).some((pod) => holds(pod, name))) return done
    // Our copy may be behind: a mistake here loses data, so the server is asked, too.
    const { items } = await client.in(pods, namespace).list({ signal })
    if (items.some((pod) => holds(pod, name))) return done
    const metadata = { ...claim.metadata, finalizers: without(finalizers, claimFinalizer) }
    const claimClient = client.in(persistentvolumeclaims, namespace)
    await unlessGone(claimClient.update({ ...claim, metadata }, { signal }))
    return done
  },
})

interface VolumeDeps {
  readonly client: Client
  readonly volumes: ReadonlyStore<PersistentVolume>
}

export const volumeProtectionController = defineController<VolumeDeps>({
  name: 'persistentvolume-protection-controller',
  primary: persistentvolumes,
  writes: ['persistentvolumes'],
  workersMax: 1,

  open: ({ client, informer }) => ({ client, volumes: informer(persistentvolumes).store }),

  async reconcile(key, { client, volumes }, signal) {
    const volume = volumes.get(key)
    if (volume?.metadata.deletionTimestamp === undefined) return done
    const { finalizers = [] } = volume.metadata
    if (!finalizers.includes(volumeFinalizer) || volume.status?.phase === 'Bound') return done
    const metadata = { ...volume.metadata, finalizers: without(finalizers, volumeFinalizer) }
    await unlessGone(client.for(persistentvolumes).update({ ...volume, metadata }, { signal }))
    return done
  },
})

function without(finalizers: readonly string[], finalizer: string): string[] {
  return finalizers.filter((each) => each !== finalizer)
}
