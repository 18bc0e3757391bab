/** Upstream: pkg/registry/storage/storageclass/strategy.go, pkg/apis/storage/validation/validation.go. */
import type { StorageClass } from '#api/storage/v1.gen.ts'
import { forbiddenField, required, type FieldError } from '#api/meta/field-error.ts'
import { storageclasses as type } from '#api/resources.gen.ts'
import {
  checkEnum,
  checkImmutable,
  checkQualifiedName,
  checkSupported,
  empty,
} from './checks/checks.ts'
import { semanticEqual } from './checks/equality.ts'
import { checkTopologySelectorTerm } from './checks/node-selector.ts'
import { checkParameters } from './checks/parameters.ts'
import { ageColumn, nameColumn, stringColumn } from './columns.ts'
import { subdomainName } from './names.ts'
import { defineResource, type Column } from './resource.ts'
import { served } from './served.ts'

const defaultAnnotations = [
  'storageclass.kubernetes.io/is-default-class',
  'storageclass.beta.kubernetes.io/is-default-class',
]

export const storageClasses = defineResource<StorageClass>({
  ...served(type),
  shortNames: ['sc'],
  returnsDeletedObject: true,
  validateName: subdomainName,
  default(storageClass) {
    storageClass.reclaimPolicy ??= 'Delete'
    storageClass.volumeBindingMode ??= 'Immediate'
  },
  validate,
  validateUpdate,
  columns: [
    nameOfDefault(defaultAnnotations),
    stringColumn(
      'Provisioner',
      'provisioner indicates the type of the provisioner.',
      ({ provisioner }) => provisioner,
    ),
    stringColumn(
      'ReclaimPolicy',
      'reclaimPolicy controls the reclaimPolicy for dynamically provisioned PersistentVolumes of this storage class. Defaults to Delete.',
      ({ reclaimPolicy }) => reclaimPolicy ?? 'Delete',
    ),
    stringColumn(
      'VolumeBindingMode',
      'volumeBindingMode indicates how PersistentVolumeClaims should be provisioned and bound. When unset, VolumeBindingImmediate is used.',
      ({ volumeBindingMode }) => volumeBindingMode ?? 'Immediate',
    ),
    stringColumn(
      'AllowVolumeExpansion',
      'allowVolumeExpansion shows whether the storage class allow volume expand.',
      ({ allowVolumeExpansion }) => allowVolumeExpansion ?? false,
    ),
    ageColumn(),
  ],
})

/** The default of its kind is marked behind its name. */
export function nameOfDefault<T extends StorageClass | { metadata: StorageClass['metadata'] }>(
  annotations: readonly string[],
): Column<T> {
  return {
    ...nameColumn<T>(),
    cell: ({ metadata }) =>
      annotations.some((annotation) => metadata.annotations?.[annotation] === 'true')
        ? `${metadata.name} (default)`
        : metadata.name,
  }
}

function validate(storageClass: StorageClass): readonly FieldError[] {
  const errors: FieldError[] = []
  const provisioner = storageClass.provisioner ?? ''
  if (provisioner === '') errors.push(required('provisioner', ''))
  else checkQualifiedName(provisioner.toLowerCase(), 'provisioner', errors)
  checkParameters(storageClass.parameters ?? {}, 'parameters', errors)
  if (!empty(storageClass.reclaimPolicy)) {
    checkSupported(storageClass.reclaimPolicy, ['Delete', 'Retain'], 'reclaimPolicy', errors)
  }
  const modes = ['Immediate', 'WaitForFirstConsumer']
  checkEnum(storageClass.volumeBindingMode, modes, 'volumeBindingMode', errors)
  storageClass.allowedTopologies?.forEach((term, at) => {
    checkTopologySelectorTerm(term, `allowedTopologies[${at}]`, errors)
  })
  return errors
}

function validateUpdate(next: StorageClass, prior: StorageClass): readonly FieldError[] {
  const errors: FieldError[] = []
  for (const field of ['parameters', 'provisioner', 'reclaimPolicy'] as const) {
    if (semanticEqual(next[field], prior[field])) continue
    errors.push(forbiddenField(field, `updates to ${field} are forbidden.`))
  }
  checkImmutable(next.volumeBindingMode, prior.volumeBindingMode, 'volumeBindingMode', errors)
  return errors
}
