/** From a claim to the volume that it is bound to. Upstream: desired_state_of_world_populator.go. */
import type { PersistentVolume, PersistentVolumeClaim } from '#api/core/v1.gen.ts'

export interface ClaimSource {
  claim(namespace: string, name: string): Promise<PersistentVolumeClaim>
  volume(name: string): Promise<PersistentVolume>
}

export interface ClaimedVolume {
  readonly source: PersistentVolume['spec']
  readonly readOnly: boolean
}

/** Rejects with an Error that says why the claim gives no volume. */
export async function claimedVolume(
  claims: ClaimSource,
  namespace: string,
  name: string,
): Promise<ClaimedVolume> {
  const where = `PVC ${namespace}/${name}`
  const claim = await claims.claim(namespace, name)
  if (claim.metadata.deletionTimestamp !== undefined) {
    throw new Error(`error processing ${where}: PVC is being deleted`)
  }
  const volumeName = claim.spec.volumeName ?? ''
  if (claim.status?.phase !== 'Bound' || volumeName === '') {
    throw new Error(`error processing ${where}: PVC is not bound`)
  }
  if (claim.spec.volumeMode === 'Block') {
    throw new Error(`error processing ${where}: block volumes are not supported`)
  }
  const volume = await claims.volume(volumeName)
  const { claimRef, accessModes = [] } = volume.spec
  if (claimRef?.uid !== claim.metadata.uid) {
    throw new Error(`error processing ${where}: PV ${volumeName} is bound to another PVC`)
  }
  const readOnly = accessModes.length > 0 && accessModes.every((mode) => mode === 'ReadOnlyMany')
  return { source: volume.spec, readOnly }
}
