/** Upstream: staging/src/k8s.io/apimachinery/pkg/util/validation/validation.go, IsDomainPrefixedPath. */
import { invalidValue, required } from '#api/meta/field-error.ts'
import { validateDns1123Subdomain } from '#api/meta/names.ts'
import { refuse, type Errors } from './checks.ts'

const pathPattern = "[A-Za-z0-9/\\-._~%!$&'()*+,;=:]+"
const validPath = new RegExp(`^${pathPattern}$`)

/** `example.com/foo`: a domain and a path. */
export function checkDomainPath(value: string | undefined, path: string, errors: Errors): void {
  if (value === undefined || value === '') {
    errors.push(required(path, ''))
    return
  }
  const slash = value.indexOf('/')
  if (slash <= 0 || slash === value.length - 1) {
    const detail = 'must be a domain-prefixed path (such as "acme.io/foo")'
    errors.push(invalidValue(path, value, detail))
    return
  }
  const domain = value.slice(0, slash)
  const rest = value.slice(slash + 1)
  refuse(errors, path, domain, validateDns1123Subdomain(domain))
  if (!validPath.test(rest)) {
    const detail = `Invalid path (regex used for validation is '${pathPattern}')`
    errors.push(invalidValue(path, rest, detail))
  }
}
