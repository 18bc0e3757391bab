/**
 * Signs certificate requests, as the csrsigning controller and the TLS bootstrap need it.
 * Upstream: pkg/controller/certificates/authority/{authority,policies}.go.
 */
import { createPublicKey, verify } from 'node:crypto'
import { digestOf, parseCertificateRequest } from '#base/certificate-request.ts'
import type { CertificateRequest } from '#base/certificate-request.ts'
import { signCertificate } from './certificate.ts'
import type { Authority } from './certificate.ts'
import { usagesNamed } from './usages.ts'

export interface SignRequestOptions {
  /** As a CertificateSigningRequest spells them: `digital signature`, `client auth` … */
  readonly usages: readonly string[]
  readonly nowMs: number
  readonly lifetimeMs: number
}

const backdateMs = 5 * 60_000
/** A shorter life is not shortened further by the backdating. */
const shortLifeMs = 8 * 60 * 60_000

/**
 * A certificate with the request's subject, names and key, PEM. Throws an Error when the request cannot
 * be read or is not signed by its own key, or when a usage is not known.
 */
export function signRequest(
  authority: Authority,
  pem: string,
  { usages, nowMs, lifetimeMs }: SignRequestOptions,
): string {
  const request = parseCertificateRequest(pem)
  const lostMs = lifetimeMs < shortLifeMs ? 0 : backdateMs
  return signCertificate(authority, {
    ...usagesNamed(usages),
    notBeforeMs: nowMs - backdateMs,
    notAfterMs: nowMs + lifetimeMs - lostMs,
    subjectName: request.subject,
    publicKey: provenKey(request),
    dnsNames: request.dnsNames,
    ipAddresses: request.ipAddresses,
    emailAddresses: request.emailAddresses,
    uris: request.uris,
  })
}

function provenKey(request: CertificateRequest): ReturnType<typeof createPublicKey> {
  const key = Buffer.from(request.publicKey)
  const publicKey = createPublicKey({ key, format: 'der', type: 'spki' })
  const digest = digestOf(request)
  if (digest === undefined || !verify(digest, request.signed, publicKey, request.signature)) {
    throw new Error('x509: the signature of the certificate request is not valid')
  }
  return publicKey
}
