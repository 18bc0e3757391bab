/** Upstream: pkg/registry/networking/servicecidr/strategy.go, pkg/apis/networking/validation/validation.go. */
import type { ServiceCIDR } from '#api/networking/v1.gen.ts'
import { invalidValue, required, type FieldError } from '#api/meta/field-error.ts'
import { servicecidrs as type } from '#api/resources.gen.ts'
import { checkImmutable } from './checks/checks.ts'
import { checkCidr, isDualStack } from './checks/ip.ts'
import { ageColumn, nameColumn, stringColumn } from './columns.ts'
import { keepSpec, keepStatus } from './generation.ts'
import { subdomainName } from './names.ts'
import { defineResource } from './resource.ts'
import { served } from './served.ts'

export const serviceCidrs = defineResource<ServiceCIDR>({
  ...served(type),
  status: true,
  validateName: subdomainName,
  default(serviceCidr) {
    serviceCidr.status ??= {}
  },
  prepareForCreate(serviceCidr) {
    serviceCidr.status = {}
  },
  prepareForUpdate: keepStatus,
  prepareForStatusUpdate: keepSpec,
  validate,
  validateUpdate(next, prior) {
    const errors: FieldError[] = []
    checkImmutable(next.spec?.cidrs, prior.spec?.cidrs, 'spec.cidrs', errors)
    return errors
  },
  columns: [
    nameColumn(),
    stringColumn(
      'CIDRs',
      'CIDRs defines the IP blocks in CIDR notation (e.g. "192.168.0.0/24" or "2001:db8::/64") from which to assign service cluster IPs. Max of two CIDRs is allowed, one of each IP family.',
      ({ spec }) => (spec?.cidrs ?? []).join(','),
    ),
    ageColumn(),
  ],
})

function validate({ spec }: ServiceCIDR): readonly FieldError[] {
  const path = 'spec.cidrs'
  const cidrs = spec?.cidrs ?? []
  if (cidrs.length === 0) return [required(path, 'at least one CIDR required')]
  if (cidrs.length > 2) return [invalidValue(path, spec, 'may only hold up to 2 values')]
  if (cidrs.length === 2 && !isDualStack(cidrs)) {
    const detail =
      'may specify no more than one IP for each IP family, i.e 192.168.0.0/24 and 2001:db8::/64'
    return [invalidValue(path, spec, detail)]
  }
  const errors: FieldError[] = []
  cidrs.forEach((cidr, at) => checkCidr(cidr, `${path}[${at}]`, errors))
  return errors
}
