/** Upstream: pkg/registry/coordination/lease/strategy.go, pkg/apis/coordination/validation/validation.go. */
import type { Lease } from '#api/coordination/v1.gen.ts'
import {
  forbiddenField,
  invalidValue,
  notSupported,
  type FieldError,
} from '#api/meta/field-error.ts'
import { leases as type } from '#api/resources.gen.ts'
import { checkNotNegative, empty, positive } from './checks/checks.ts'
import { ageColumn, nameColumn, stringColumn } from './columns.ts'
import { subdomainName } from './names.ts'
import { defineResource } from './resource.ts'
import { served } from './served.ts'

export const leases = defineResource<Lease>({
  ...served(type),
  allowCreateOnUpdate: true,
  allowUnconditionalUpdate: false,
  validateName: subdomainName,
  default(lease) {
    lease.spec ??= {}
  },
  validate,
  validateUpdate: validate,
  columns: [
    nameColumn(),
    stringColumn(
      'Holder',
      'holderIdentity contains the identity of the holder of a current lease.',
      ({ spec }) => spec?.holderIdentity ?? '',
    ),
    ageColumn(),
  ],
})

function validate({ spec }: Lease): readonly FieldError[] {
  const errors: FieldError[] = []
  const seconds = spec?.leaseDurationSeconds
  if (seconds !== undefined && seconds <= 0) {
    errors.push(invalidValue('spec.leaseDurationSeconds', seconds, positive))
  }
  checkNotNegative(spec?.leaseTransitions, 'spec.leaseTransitions', errors)
  const { strategy, preferredHolder } = spec ?? {}
  if (strategy !== undefined && strategy !== 'OldestEmulationVersion' && !strategy.includes('/')) {
    errors.push(notSupported('spec.strategy', strategy, ['OldestEmulationVersion']))
  }
  if (!empty(preferredHolder) && empty(strategy)) {
    const detail = 'may only be specified when `strategy` is defined'
    errors.push(forbiddenField('spec.preferredHolder', detail))
  }
  return errors
}
