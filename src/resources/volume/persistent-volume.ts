/** Upstream: pkg/registry/core/persistentvolume/strategy.go, pkg/apis/core/v1/defaults.go. */
import { timestamp } from '#base/clock.ts'
import type { PersistentVolume } from '#api/core/v1.gen.ts'
import { persistentvolumes as type } from '#api/resources.gen.ts'
import { ageColumn, nameColumn, stringColumn, wide } from '#resources/columns.ts'
import { keepSpec, keepStatus } from '#resources/generation.ts'
import { subdomainName } from '#resources/names.ts'
import { defaultHostPath, defaultLegacy } from '#resources/pod/volume-defaults.ts'
import { defineResource } from '#resources/resource.ts'
import { served } from '#resources/served.ts'
import { formatAccessModes } from './access-modes.ts'
import { validateVolume, validateVolumeUpdate } from './validate.ts'

const betaClass = 'volume.beta.kubernetes.io/storage-class'

export const persistentVolumes = defineResource<PersistentVolume>({
  ...served(type),
  shortNames: ['pv'],
  status: true,
  returnsDeletedObject: true,
  validateName: subdomainName,
  default(volume) {
    const spec = (volume.spec ??= {})
    spec.persistentVolumeReclaimPolicy ||= 'Retain'
    spec.volumeMode ??= 'Filesystem'
    if (spec.hostPath !== undefined) defaultHostPath(spec.hostPath)
    defaultLegacy(spec)
    const status = (volume.status ??= {})
    status.phase ||= 'Pending'
  },
  prepareForCreate(volume, { nowMs }) {
    volume.status = { phase: 'Pending', lastPhaseTransitionTime: timestamp(nowMs) }
  },
  prepareForUpdate: keepStatus,
  prepareForStatusUpdate(next, prior, { nowMs }) {
    keepSpec(next, prior)
    const status = (next.status ??= {})
    const before = prior.status ?? {}
    if (status.phase === before.phase) {
      if (before.lastPhaseTransitionTime === undefined) return
      status.lastPhaseTransitionTime ??= before.lastPhaseTransitionTime
    } else if (status.lastPhaseTransitionTime === before.lastPhaseTransitionTime) {
      status.lastPhaseTransitionTime = timestamp(nowMs)
    }
  },
  validate: validateVolume,
  validateUpdate: validateVolumeUpdate,
  warnings({ spec }) {
    return spec?.persistentVolumeReclaimPolicy === 'Recycle'
      ? [
          'spec.persistentVolumeReclaimPolicy: The Recycle reclaim policy is deprecated. Instead, the recommended approach is to use dynamic provisioning.',
        ]
      : []
  },
  columns: [
    nameColumn(),
    stringColumn(
      'Capacity',
      "capacity is the description of the persistent volume's resources and capacity.",
      ({ spec }) => spec?.capacity?.['storage'] ?? '0',
    ),
    stringColumn(
      'Access Modes',
      'accessModes contains all ways the volume can be mounted.',
      ({ spec }) => formatAccessModes(spec?.accessModes),
    ),
    stringColumn(
      'Reclaim Policy',
      'persistentVolumeReclaimPolicy defines what happens to a persistent volume when released from its claim.',
      ({ spec }) => spec?.persistentVolumeReclaimPolicy ?? '',
    ),
    stringColumn(
      'Status',
      'phase indicates if a volume is available, bound to a claim, or released by a claim.',
      ({ metadata, status }) =>
        metadata.deletionTimestamp === undefined ? (status?.phase ?? '') : 'Terminating',
    ),
    stringColumn(
      'Claim',
      'claimRef is part of a bi-directional binding between PersistentVolume and PersistentVolumeClaim.',
      claimOf,
    ),
    stringColumn(
      'StorageClass',
      'StorageClass of the pv',
      ({ spec, metadata }) => metadata.annotations?.[betaClass] ?? spec?.storageClassName ?? '',
    ),
    stringColumn(
      'VolumeAttributesClass',
      'VolumeAttributesClass of the pv',
      ({ spec }) => spec?.volumeAttributesClassName ?? '<unset>',
    ),
    stringColumn(
      'Reason',
      'reason is a brief CamelCase string that describes any failure and is meant for machine parsing and tidy display in the CLI.',
      ({ status }) => status?.reason ?? '',
    ),
    ageColumn(),
    wide(
      stringColumn(
        'VolumeMode',
        'volumeMode defines if a volume is intended to be used with a formatted filesystem or to remain in raw block state.',
        ({ spec }) => spec?.volumeMode ?? '<unset>',
      ),
    ),
  ],
  selectableFields: { name: ({ metadata }) => metadata.name },
})

function claimOf({ spec }: PersistentVolume): string {
  const claim = spec?.claimRef
  return claim === undefined ? '' : `${claim.namespace ?? ''}/${claim.name ?? ''}`
}
