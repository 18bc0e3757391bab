/**
 * Binds claims to volumes that suit them, and follows both through their lives. Making volumes is for
 * provisioners, which are asked by an annotation.
 * Upstream: pkg/controller/volume/persistentvolume/pv_controller.go at v1.36.
 */
import type { PersistentVolume, PersistentVolumeClaim } from '#api/core/v1.gen.ts'
import type { ApiObject } from '#api/resource-type.ts'
import { persistentvolumeclaims, persistentvolumes, storageclasses } from '#api/resources.gen.ts'
import type { StorageClass } from '#api/storage/v1.gen.ts'
import type { Client } from '#client/client.ts'
import type { EventRecorder } from '#client/events.ts'
import type { ReadonlyStore } from '#client/informer.ts'
import { objectKey } from '#client/object-store.ts'
import { defineController, done } from '#controllers/controller.ts'
import { equal } from '#controllers/equal.ts'
import { referenceOf } from '#controllers/pod-control.ts'
import { unlessGone } from '#controllers/writes.ts'
import { explain } from './explain.ts'
import { bindClaim, bindVolume, classOf, findVolume, isReservedFor, phaseOf } from './plan.ts'

interface Deps {
  readonly client: Client
  readonly recorder: EventRecorder
  readonly claims: ReadonlyStore<PersistentVolumeClaim>
  readonly volumes: ReadonlyStore<PersistentVolume>
  readonly classes: ReadonlyStore<StorageClass>
}

interface Doing {
  readonly deps: Deps
  readonly signal: AbortSignal
}

const selectedNode = 'volume.kubernetes.io/selected-node'

export const persistentVolumeBinder = defineController<Deps>({
  name: 'persistentvolume-binder-controller',
  primary: persistentvolumeclaims,
  watches: [
    { type: persistentvolumes, keys: (volume, deps) => wokenBy(volume as PersistentVolume, deps) },
    { type: persistentvolumeclaims, keys: (claim) => volumeOf(claim) },
    {
      type: storageclasses,
      keys: ({ metadata }, deps) =>
        waiting(deps)
          .filter((claim) => classOf(claim) === metadata.name)
          .map(objectKey),
    },
  ],
  writes: [
    'persistentvolumes',
    'persistentvolumes/status',
    'persistentvolumeclaims',
    'persistentvolumeclaims/status',
  ],
  // One at a time: a volume must not be promised twice.
  workersMax: 1,

  open: ({ client, recorder, informer }) => ({
    client,
    recorder,
    claims: informer(persistentvolumeclaims).store,
    volumes: informer(persistentvolumes).store,
    classes: informer(storageclasses).store,
  }),

  async reconcile(key, deps, signal) {
    // Keys of claims have a namespace, those of volumes have none.
    if (key.includes('/')) {
      const claim = deps.claims.get(key)
      if (claim !== undefined) await syncClaim(claim, { deps, signal })
    } else {
      const volume = deps.volumes.get(key)
      if (volume !== undefined) await syncVolume(volume, { deps, signal })
    }
    return done
  },
})

function waiting({ claims }: Deps): readonly PersistentVolumeClaim[] {
  return claims.list().filter(({ spec }) => !spec?.volumeName)
}

/** The volume itself, the claim it is for, and the claims that it may be for. */
function wokenBy(volume: PersistentVolume, deps: Deps): readonly string[] {
  const { claimRef } = volume.spec
  const { name } = volume.metadata
  if (claimRef !== undefined) return [name, `${claimRef.namespace}/${claimRef.name}`]
  const claims = waiting(deps).filter((claim) => classOf(claim) === classOf(volume))
  return [name, ...claims.map(objectKey)]
}

function volumeOf(claim: ApiObject): readonly string[] {
  const { volumeName } = (claim as PersistentVolumeClaim).spec ?? {}
  return volumeName ? [volumeName] : []
}

async function syncClaim(claim: PersistentVolumeClaim, doing: Doing): Promise<void> {
  const { deps, signal } = doing
  const { volumeName } = claim.spec ?? {}
  if (volumeName) {
    const volume = deps.volumes.get(volumeName)
    if (volume === undefined) return await lose(claim, doing)
    const isFree = volume.spec.claimRef === undefined || isReservedFor(volume, claim)
    if (isFree) await bind(claim, volume, doing)
    return
  }
  if (claim.metadata.deletionTimestamp !== undefined) return
  const { client, recorder, classes } = deps
  const storageClass = classes.get(classOf(claim))
  const isDelayed = waitsForConsumer(claim, storageClass)
  const all = deps.volumes.list()
  const reserved = all.filter((volume) => isReservedFor(volume, claim))
  const volume = findVolume(claim, isDelayed ? reserved : all)
  if (volume !== undefined) await bind(claim, volume, doing)
  else await explain(claim, { client, recorder, storageClass, isDelayed, signal })
}

/** Some classes wait for the pod, so that the volume is where the pod can run. */
function waitsForConsumer(
  { metadata }: PersistentVolumeClaim,
  storageClass: StorageClass | undefined,
): boolean {
  const isDelayed = storageClass?.volumeBindingMode === 'WaitForFirstConsumer'
  return isDelayed && metadata.annotations?.[selectedNode] === undefined
}

/** First the volume, then the claim: a crash in between is taken up where it happened. */
async function bind(
  claim: PersistentVolumeClaim,
  volume: PersistentVolume,
  { deps, signal }: Doing,
): Promise<void> {
  const held = await holdVolume(claim, volume, { deps, signal })
  if (held === undefined) return
  const claims = deps.client.in(persistentvolumeclaims, claim.metadata.namespace ?? '')
  const bound = bindClaim(claim, volume)
  const kept = bound === claim ? claim : await unlessGone(claims.update(bound, { signal }))
  if (kept === undefined) return
  const { accessModes, capacity } = volume.spec
  const status = {
    ...kept.status,
    phase: 'Bound',
    ...(accessModes === undefined ? {} : { accessModes }),
    ...(capacity === undefined ? {} : { capacity }),
  }
  if (equal(kept.status, status)) return
  await unlessGone(claims.update({ ...kept, status }, { subresource: 'status', signal }))
}

async function holdVolume(
  claim: PersistentVolumeClaim,
  volume: PersistentVolume,
  { deps, signal }: Doing,
): Promise<PersistentVolume | undefined> {
  const volumes = deps.client.for(persistentvolumes)
  const reserved = bindVolume(volume, claim)
  const held = reserved === volume ? volume : await unlessGone(volumes.update(reserved, { signal }))
  if (held === undefined || held.status?.phase === 'Bound') return held
  const status = { ...held.status, phase: 'Bound' }
  return await unlessGone(volumes.update({ ...held, status }, { subresource: 'status', signal }))
}

async function lose(claim: PersistentVolumeClaim, { deps, signal }: Doing): Promise<void> {
  if (claim.status?.phase !== 'Bound') return
  const text = 'Bound claim has lost its PersistentVolume. Data on the volume is lost!'
  const reference = referenceOf(persistentvolumeclaims, claim)
  deps.recorder.event(reference, 'Warning', 'ClaimLost', text)
  const claims = deps.client.in(persistentvolumeclaims, claim.metadata.namespace ?? '')
  const next = { ...claim, status: { phase: 'Lost' } }
  await unlessGone(claims.update(next, { subresource: 'status', signal }))
}

async function syncVolume(volume: PersistentVolume, { deps, signal }: Doing): Promise<void> {
  const { claimRef, persistentVolumeReclaimPolicy: policy } = volume.spec
  const key = `${claimRef?.namespace}/${claimRef?.name}`
  const claim = claimRef === undefined ? undefined : deps.claims.get(key)
  const phase = phaseOf(volume, claim)
  const prior = volume.status?.phase
  if (prior === phase || prior === 'Failed') return
  if (phase === 'Released' && policy === 'Recycle') {
    const text = 'Recycle is not supported: use dynamic provisioning'
    const reference = referenceOf(persistentvolumes, volume)
    deps.recorder.event(reference, 'Warning', 'VolumeFailedRecycle', text)
  }
  const status = { ...volume.status, phase }
  const volumes = deps.client.for(persistentvolumes)
  await unlessGone(volumes.update({ ...volume, status }, { subresource: 'status', signal }))
}
