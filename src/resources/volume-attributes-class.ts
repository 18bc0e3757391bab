/** Upstream: pkg/registry/storage/volumeattributesclass/strategy.go. */
import type { VolumeAttributesClass } from '#api/storage/v1.gen.ts'
import { forbiddenField, required, type FieldError } from '#api/meta/field-error.ts'
import { volumeattributesclasses as type } from '#api/resources.gen.ts'
import { semanticEqual } from './checks/equality.ts'
import { checkParameters } from './checks/parameters.ts'
import { checkCsiDriverName } from './checks/storage-sources.ts'
import { ageColumn, stringColumn } from './columns.ts'
import { subdomainName } from './names.ts'
import { defineResource } from './resource.ts'
import { served } from './served.ts'
import { nameOfDefault } from './storage-class.ts'

export const volumeAttributesClasses = defineResource<VolumeAttributesClass>({
  ...served(type),
  shortNames: ['vac'],
  returnsDeletedObject: true,
  validateName: subdomainName,
  validate,
  validateUpdate(next, prior) {
    const errors: FieldError[] = []
    for (const field of ['driverName', 'parameters'] as const) {
      if (semanticEqual(next[field], prior[field])) continue
      errors.push(forbiddenField(field, `updates to ${field} are forbidden.`))
    }
    return errors
  },
  columns: [
    nameOfDefault(['volumeattributesclass.kubernetes.io/is-default-class']),
    stringColumn(
      'DriverName',
      'Name of the CSI driver. This field is immutable.',
      ({ driverName }) => driverName,
    ),
    ageColumn(),
  ],
})

function validate({ driverName, parameters = {} }: VolumeAttributesClass): readonly FieldError[] {
  const errors: FieldError[] = []
  checkCsiDriverName(driverName, 'driverName', errors)
  if (Object.keys(parameters).length === 0) {
    errors.push(required('parameters', 'must contain at least one key/value pair'))
  }
  checkParameters(parameters, 'parameters', errors)
  return errors
}
