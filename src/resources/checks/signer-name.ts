/** Upstream: pkg/apis/core/validation/names.go, ValidateSignerName. */
import { invalidValue, required, tooLong } from '#api/meta/field-error.ts'
import { validateDns1123Subdomain } from '#api/meta/names.ts'
import type { Errors } from './checks.ts'

const domainMax = 63
const pathMax = 253
const signerNameMax = domainMax + 1 + domainMax + 1 + 253

/** `example.com/my-name`: two names that a slash divides. */
export function checkSignerName(name: string, path: string, errors: Errors): void {
  if (name === '') {
    errors.push(required(path, ''))
    return
  }
  const segments = name.split('/')
  if (segments.length !== 2) {
    errors.push(
      invalidValue(
        path,
        name,
        'must be a fully qualified domain and path of the form "example.com/signer-name"',
      ),
    )
    return
  }
  const [domain, signer] = segments as [string, string]
  checkDomain(domain, name, path, errors)
  for (const message of validateDns1123Subdomain(signer)) {
    errors.push(invalidValue(path, signer, message))
  }
  if (signer.length > pathMax || name.length > signerNameMax) {
    errors.push(tooLong(path, name, signerNameMax))
  }
}

function checkDomain(domain: string, name: string, path: string, errors: Errors): void {
  const messages = validateDns1123Subdomain(domain)
  for (const message of messages) errors.push(invalidValue(path, domain, message))
  if (messages.length === 0 && !domain.includes('.')) {
    errors.push(
      invalidValue(path, name, 'should be a domain with at least two segments separated by dots'),
    )
  }
}
