/** Upstream: pkg/registry/storage/csistoragecapacity/strategy.go, pkg/apis/storage/validation/validation.go. */
import type { CSIStorageCapacity } from '#api/storage/v1.gen.ts'
import type { FieldError } from '#api/meta/field-error.ts'
import { csistoragecapacities as type } from '#api/resources.gen.ts'
import { checkImmutable, checkSubdomain } from './checks/checks.ts'
import { checkLabelSelector } from './checks/label-selector.ts'
import { checkQuantityNotNegative } from './checks/resources.ts'
import { nameColumn, stringColumn } from './columns.ts'
import { subdomainName } from './names.ts'
import { defineResource } from './resource.ts'
import { served } from './served.ts'

export const csiStorageCapacities = defineResource<CSIStorageCapacity>({
  ...served(type),
  allowUnconditionalUpdate: false,
  validateName: subdomainName,
  validate,
  validateUpdate(next, prior) {
    const errors: FieldError[] = [...validate(next)]
    checkImmutable(next.nodeTopology, prior.nodeTopology, 'nodeTopology', errors)
    checkImmutable(next.storageClassName, prior.storageClassName, 'storageClassName', errors)
    return errors
  },
  columns: [
    nameColumn(),
    stringColumn(
      'StorageClassName',
      'storageClassName represents the name of the StorageClass that the reported capacity applies to.',
      ({ storageClassName }) => storageClassName,
    ),
    stringColumn(
      'Capacity',
      'capacity is the value reported by the CSI driver in its GetCapacityResponse for a GetCapacityRequest with topology and parameters that match the previous fields.',
      ({ capacity }) => capacity ?? '<unset>',
    ),
  ],
})

function validate(capacity: CSIStorageCapacity): readonly FieldError[] {
  const errors: FieldError[] = []
  checkSubdomain(capacity.storageClassName ?? '', 'storageClassName', errors)
  for (const field of ['capacity', 'maximumVolumeSize'] as const) {
    const quantity = capacity[field]
    if (quantity !== undefined) checkQuantityNotNegative(quantity, field, errors)
  }
  checkLabelSelector(capacity.nodeTopology, 'nodeTopology', errors)
  return errors
}
