/** What has been decided about a request. Upstream: pkg/controller/certificates/certificate_controller_utils.go. */
import type { CertificateSigningRequest } from '#api/certificates/v1.gen.ts'

type Request = CertificateSigningRequest

export function hasCondition({ status }: Request, type: string): boolean {
  return status?.conditions?.some((condition) => condition.type === type) === true
}

export function isDecided(request: Request): boolean {
  return hasCondition(request, 'Approved') || hasCondition(request, 'Denied')
}

/** Approved, and nobody objected. */
export function isApproved(request: Request): boolean {
  return hasCondition(request, 'Approved') && !hasCondition(request, 'Denied')
}

export function isIssued({ status }: Request): boolean {
  return (status?.certificate ?? '') !== ''
}
