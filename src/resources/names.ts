/**
 * How kinds may be named; a row's `validateName`.
 * Upstream: staging/src/k8s.io/apimachinery/pkg/api/validation/generic.go.
 */
import {
  type NameValidator,
  objectName,
  validateDns1035Label,
  validateDns1123Label,
  validateDns1123Subdomain,
  validatePathSegment,
} from '#api/meta/names.ts'

export const subdomainName = objectName(validateDns1123Subdomain)
export const labelName = objectName(validateDns1123Label)
export const label1035Name = objectName(validateDns1035Label)
/** RBAC's names: anything that fits into a URL's path. */
export const pathSegmentName: NameValidator = validatePathSegment
