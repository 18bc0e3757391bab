/** What claims and templates of claims have alike. Upstream: describe.go, printPersistentVolumeClaim. */
import type { PersistentVolumeClaimSpec, PersistentVolumeClaimStatus } from '#api/core/v1.gen.ts'
import type { ObjectMeta } from '#api/meta/v1.gen.ts'
import { goText } from '#api/json-path/go-text.ts'
import { writeAnnotations, writeLabels } from '#kubectl/describe/metadata.ts'
import type { PrefixWriter } from '#kubectl/describe/prefix-writer.ts'
import { quantityText } from '#kubectl/describe/values.ts'
import { accessModesText } from './access-modes.ts'

export interface ClaimLike {
  readonly metadata?: Partial<ObjectMeta>
  readonly spec: PersistentVolumeClaimSpec
  readonly status?: PersistentVolumeClaimStatus
}

const classAnnotation = 'volume.beta.kubernetes.io/storage-class'

/** Upstream: kubectl pkg/util/storage (GetPersistentVolumeClaimClass). */
export function storageClassOf({ metadata, spec }: ClaimLike): string {
  return metadata?.annotations?.[classAnnotation] ?? spec.storageClassName ?? ''
}

/** `status` and `finalizers` are lines of a claim that a template has not. */
export function writeClaimDetails(
  w: PrefixWriter,
  claim: ClaimLike,
  { status, finalizers }: { readonly status?: string; readonly finalizers?: boolean } = {},
): void {
  const { metadata = {}, spec } = claim
  w.write(0, `StorageClass:\t${storageClassOf(claim)}\n`)
  if (status !== undefined) w.write(0, `Status:\t${status}\n`)
  w.write(0, `Volume:\t${spec.volumeName ?? ''}\n`)
  writeLabels(w, 'Labels', metadata.labels)
  writeAnnotations(w, 'Annotations', metadata.annotations)
  if (finalizers === true) w.write(0, `Finalizers:\t${goText(metadata.finalizers ?? [])}\n`)
  const isBound = (spec.volumeName ?? '') !== ''
  const { capacity, accessModes } = claim.status ?? {}
  w.write(0, `Capacity:\t${isBound ? quantityText(capacity?.['storage']) : ''}\n`)
  w.write(0, `Access Modes:\t${isBound ? accessModesText(accessModes) : ''}\n`)
  if (spec.volumeMode !== undefined) w.write(0, `VolumeMode:\t${spec.volumeMode}\n`)
  writeDataSource(w, spec)
}

function writeDataSource(w: PrefixWriter, { dataSource }: PersistentVolumeClaimSpec): void {
  if (dataSource === undefined) return
  w.write(0, 'DataSource:\n')
  if (dataSource.apiGroup !== undefined) w.write(1, `APIGroup:\t${dataSource.apiGroup}\n`)
  w.write(1, `Kind:\t${dataSource.kind}\n`)
  w.write(1, `Name:\t${dataSource.name}\n`)
}
