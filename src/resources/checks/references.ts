/** References to other objects by kind and name. */
import { required } from '#api/meta/field-error.ts'
import { validateDns1123Subdomain, validatePathSegment } from '#api/meta/names.ts'
import { empty, refuse, type Errors } from './checks.ts'

/** Upstream: pkg/apis/networking/validation/validation.go, validateIngressTypedLocalObjectReference. */
export function checkTypedReference(
  reference: { readonly apiGroup?: string; readonly kind?: string; readonly name?: string },
  path: string,
  errors: Errors,
): void {
  const { apiGroup } = reference
  if (apiGroup !== undefined) {
    refuse(errors, `${path}.apiGroup`, apiGroup, validateDns1123Subdomain(apiGroup))
  }
  checkSegment(reference.kind, `${path}.kind`, 'kind is required', errors)
  checkSegment(reference.name, `${path}.name`, 'name is required', errors)
}

/** Required, and fit for a path. */
export function checkSegment(
  value: string | undefined,
  path: string,
  detail: string,
  errors: Errors,
): void {
  if (empty(value)) errors.push(required(path, detail))
  else refuse(errors, path, value, validatePathSegment(value))
}
