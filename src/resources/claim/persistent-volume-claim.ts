/** Upstream: pkg/registry/core/persistentvolumeclaim/strategy.go. */
import type { PersistentVolumeClaim } from '#api/core/v1.gen.ts'
import { persistentvolumeclaims as type } from '#api/resources.gen.ts'
import { ageColumn, nameColumn, stringColumn, wide } from '#resources/columns.ts'
import { keepSpec, keepStatus } from '#resources/generation.ts'
import { subdomainName } from '#resources/names.ts'
import { defineResource } from '#resources/resource.ts'
import { served } from '#resources/served.ts'
import { formatAccessModes } from '#resources/volume/access-modes.ts'
import { defaultClaim } from './defaults.ts'
import { validateClaim, validateClaimStatusUpdate, validateClaimUpdate } from './validate.ts'

const betaClass = 'volume.beta.kubernetes.io/storage-class'

export const persistentVolumeClaims = defineResource<PersistentVolumeClaim>({
  ...served(type),
  shortNames: ['pvc'],
  status: true,
  returnsDeletedObject: true,
  validateName: subdomainName,
  default: defaultClaim,
  prepareForCreate(claim) {
    claim.status = { phase: 'Pending' }
    mirrorDataSource(claim)
  },
  prepareForUpdate(next, prior) {
    keepStatus(next, prior)
    mirrorDataSource(next)
  },
  prepareForStatusUpdate: keepSpec,
  validate: validateClaim,
  validateUpdate: validateClaimUpdate,
  validateStatusUpdate: validateClaimStatusUpdate,
  columns: [
    nameColumn(),
    stringColumn(
      'Status',
      'phase represents the current phase of PersistentVolumeClaim.',
      ({ metadata, status }) =>
        metadata.deletionTimestamp === undefined ? (status?.phase ?? '') : 'Terminating',
    ),
    stringColumn(
      'Volume',
      'volumeName is the binding reference to the PersistentVolume backing this claim.',
      ({ spec }) => spec?.volumeName ?? '',
    ),
    stringColumn(
      'Capacity',
      'capacity represents the actual resources of the underlying volume.',
      ({ spec, status }) => (spec?.volumeName ? (status?.capacity?.['storage'] ?? '0') : ''),
    ),
    stringColumn(
      'Access Modes',
      'accessModes contains the actual access modes the volume backing the PVC has.',
      ({ spec, status }) => (spec?.volumeName ? formatAccessModes(status?.accessModes) : ''),
    ),
    stringColumn(
      'StorageClass',
      'StorageClass of the pvc',
      ({ spec, metadata }) => metadata.annotations?.[betaClass] ?? spec?.storageClassName ?? '',
    ),
    stringColumn(
      'VolumeAttributesClass',
      'VolumeAttributesClass of the pvc',
      ({ spec }) => spec?.volumeAttributesClassName ?? '<unset>',
    ),
    ageColumn(),
    wide(
      stringColumn(
        'VolumeMode',
        'volumeMode defines what type of volume is required by the claim.',
        ({ spec }) => spec?.volumeMode ?? '<unset>',
      ),
    ),
  ],
  selectableFields: { name: ({ metadata }) => metadata.name },
})

const claimKinds: readonly (readonly [string, string])[] = [
  ['', 'PersistentVolumeClaim'],
  ['snapshot.storage.k8s.io', 'VolumeSnapshot'],
]

/** dataSourceRef took the place of dataSource; whichever is given, both say it. */
function mirrorDataSource({ spec }: PersistentVolumeClaim): void {
  if (spec === undefined) return
  const { dataSource, dataSourceRef } = spec
  if (dataSource !== undefined) {
    const known = claimKinds.some(
      ([group, kind]) => (dataSource.apiGroup ?? '') === group && dataSource.kind === kind,
    )
    if (!known) delete spec.dataSource
    else if (dataSourceRef === undefined) spec.dataSourceRef = { ...dataSource }
  } else if (dataSourceRef !== undefined && !dataSourceRef.namespace) {
    const { apiGroup, kind, name } = dataSourceRef
    spec.dataSource = { ...(apiGroup !== undefined && { apiGroup }), kind, name }
  }
}
