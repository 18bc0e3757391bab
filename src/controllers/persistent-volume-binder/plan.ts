/**
 * Which volume suits a claim.
 * Upstream: staging/src/k8s.io/component-helpers/storage/volume/pv_helpers.go, FindMatchingVolume, and
 * pkg/controller/volume/persistentvolume at v1.36.
 */
import type { PersistentVolume, PersistentVolumeClaim } from '#api/core/v1.gen.ts'
import { everything, labelSelectorMatcher } from '#api/meta/labels.ts'
import { compareQuantities } from '#api/meta/quantity.ts'

export const boundByController = 'pv.kubernetes.io/bound-by-controller'
export const bindCompleted = 'pv.kubernetes.io/bind-completed'
const betaClass = 'volume.beta.kubernetes.io/storage-class'

/** '' for none. */
export function classOf({ metadata, spec }: PersistentVolume | PersistentVolumeClaim): string {
  return metadata.annotations?.[betaClass] ?? spec?.storageClassName ?? ''
}

/** Whether the volume is reserved for this claim, by name or already by uid. */
export function isReservedFor(
  { spec }: PersistentVolume,
  { metadata }: PersistentVolumeClaim,
): boolean {
  const { claimRef } = spec
  if (claimRef === undefined) return false
  return (
    claimRef.name === metadata.name &&
    claimRef.namespace === metadata.namespace &&
    (claimRef.uid === undefined || claimRef.uid === '' || claimRef.uid === metadata.uid)
  )
}

/** One that is reserved for the claim, else the smallest that suits; undefined when none does. */
export function findVolume(
  claim: PersistentVolumeClaim,
  volumes: readonly PersistentVolume[],
): PersistentVolume | undefined {
  const suitable = volumes.filter((volume) => suits(volume, claim))
  const reserved = suitable.find((volume) => isReservedFor(volume, claim))
  if (reserved !== undefined) return reserved
  const selector = claim.spec?.selector
  const matcher = selector === undefined ? everything : labelSelectorMatcher(selector)
  return suitable
    .filter(
      ({ metadata, spec, status }) =>
        spec.claimRef === undefined &&
        status?.phase === 'Available' &&
        metadata.deletionTimestamp === undefined &&
        matcher.matches(metadata.labels),
    )
    .toSorted((a, b) => compareQuantities(sizeOf(a), sizeOf(b)))[0]
}

function sizeOf({ spec }: PersistentVolume): string {
  return spec.capacity?.['storage'] ?? '0'
}

function suits(volume: PersistentVolume, claim: PersistentVolumeClaim): boolean {
  const { accessModes = [], resources, volumeMode, volumeAttributesClassName } = claim.spec ?? {}
  const offered = volume.spec.accessModes ?? []
  return (
    (volume.spec.claimRef === undefined || isReservedFor(volume, claim)) &&
    (volume.spec.volumeMode ?? 'Filesystem') === (volumeMode ?? 'Filesystem') &&
    classOf(volume) === classOf(claim) &&
    (volume.spec.volumeAttributesClassName ?? '') === (volumeAttributesClassName ?? '') &&
    accessModes.every((mode) => offered.includes(mode)) &&
    compareQuantities(sizeOf(volume), resources?.requests?.['storage'] ?? '0') >= 0
  )
}

/** The volume, reserved for the claim; itself if it is. */
export function bindVolume(
  volume: PersistentVolume,
  claim: PersistentVolumeClaim,
): PersistentVolume {
  if (volume.spec.claimRef?.uid === claim.metadata.uid) return volume
  const { name, namespace = '', uid, resourceVersion } = claim.metadata
  const claimRef = {
    kind: 'PersistentVolumeClaim',
    apiVersion: 'v1',
    namespace,
    name,
    uid,
    resourceVersion,
  }
  const annotations = { ...volume.metadata.annotations }
  // A volume that somebody reserved by name stays reserved when its claim goes.
  if (volume.spec.claimRef === undefined) annotations[boundByController] = 'yes'
  return {
    ...volume,
    metadata: { ...volume.metadata, annotations },
    spec: { ...volume.spec, claimRef },
  }
}

/** The claim with its volume; itself if it has it. */
export function bindClaim(
  claim: PersistentVolumeClaim,
  volume: PersistentVolume,
): PersistentVolumeClaim {
  const { name } = volume.metadata
  const isNamed = claim.spec?.volumeName === name
  if (isNamed && claim.metadata.annotations?.[bindCompleted] !== undefined) return claim
  const annotations: Record<string, string> = {
    ...claim.metadata.annotations,
    [bindCompleted]: 'yes',
  }
  if (!isNamed) annotations[boundByController] = 'yes'
  return {
    ...claim,
    metadata: { ...claim.metadata, annotations },
    spec: { ...claim.spec, volumeName: name },
  }
}

export type VolumePhase = 'Available' | 'Bound' | 'Released'

/** What the volume is, given the claim that it is reserved for. */
export function phaseOf(
  { spec }: PersistentVolume,
  claim: PersistentVolumeClaim | undefined,
): VolumePhase {
  const { claimRef } = spec
  if (claimRef?.uid === undefined || claimRef.uid === '') return 'Available'
  return claim?.metadata.uid === claimRef.uid ? 'Bound' : 'Released'
}
