/** Upstream: pkg/registry/networking/ipaddress/strategy.go, pkg/apis/networking/validation/validation.go. */
import type { IPAddress, ParentReference } from '#api/networking/v1.gen.ts'
import { required, type FieldError } from '#api/meta/field-error.ts'
import { validateDns1123Subdomain, validatePathSegment } from '#api/meta/names.ts'
import { ipaddresses as type } from '#api/resources.gen.ts'
import { checkImmutable, empty, refuse } from './checks/checks.ts'
import { isIp } from './checks/ip.ts'
import { checkSegment } from './checks/references.ts'
import { nameColumn, stringColumn, ageColumn } from './columns.ts'
import { defineResource } from './resource.ts'
import { served } from './served.ts'

export const ipAddresses = defineResource<IPAddress>({
  ...served(type),
  shortNames: ['ip'],
  validateName: (name) =>
    isIp(name) ? [] : ['must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)'],
  validate,
  validateUpdate(next, prior) {
    const errors: FieldError[] = []
    checkImmutable(next.spec?.parentRef, prior.spec?.parentRef, 'spec.parentRef', errors)
    return errors
  },
  columns: [
    nameColumn(),
    stringColumn(
      'ParentRef',
      'ParentRef references the resource that an IPAddress is attached to. An IPAddress must reference a parent object.',
      ({ spec }) => formatParent(spec?.parentRef),
    ),
    ageColumn(),
  ],
  selectableFields: {
    'spec.parentRef.group': ({ spec }) => spec?.parentRef?.group ?? '',
    'spec.parentRef.resource': ({ spec }) => spec?.parentRef?.resource ?? '',
    'spec.parentRef.namespace': ({ spec }) => spec?.parentRef?.namespace ?? '',
    'spec.parentRef.name': ({ spec }) => spec?.parentRef?.name ?? '',
  },
})

function formatParent(parent: ParentReference | undefined): string {
  if (parent === undefined) return '<none>'
  const { group, resource, namespace, name } = parent
  const kind = empty(group) ? resource : `${resource}.${group}`
  return [kind.toLowerCase(), ...(empty(namespace) ? [] : [namespace]), name].join('/')
}

function validate({ spec }: IPAddress): readonly FieldError[] {
  const path = 'spec.parentRef'
  const parent = spec?.parentRef
  if (parent === undefined) return [required(path, '')]
  const errors: FieldError[] = []
  const { group, namespace } = parent
  if (!empty(group)) refuse(errors, `${path}.group`, group, validateDns1123Subdomain(group))
  checkSegment(parent.resource, `${path}.resource`, '', errors)
  checkSegment(parent.name, `${path}.name`, '', errors)
  if (!empty(namespace)) {
    refuse(errors, `${path}.namespace`, namespace, validatePathSegment(namespace))
  }
  return errors
}
