/** Signs certificate requests, as the csrsigning controller and the TLS bootstrap need it. */
import { createPublicKey, verify } from 'node:crypto'
import { parseCertificateRequest } from '#base/certificate-request.ts'
import { signCertificate } from './certificate.ts'
import type { Authority } from './certificate.ts'
import type { ExtendedUsage } from './encode-certificate.ts'

export interface SignRequestOptions {
  readonly extendedUsages: readonly ExtendedUsage[]
  readonly nowMs: number
  readonly days: number
}

/** Digests by the OID of the signature's algorithm. */
const digests: Readonly<Record<string, string | null>> = {
  '1.2.840.10045.4.3.2': 'sha256',
  '1.2.840.10045.4.3.3': 'sha384',
  '1.2.840.10045.4.3.4': 'sha512',
  '1.2.840.113549.1.1.11': 'sha256',
  '1.2.840.113549.1.1.12': 'sha384',
  '1.2.840.113549.1.1.13': 'sha512',
  '1.3.101.112': null,
}

/**
 * A certificate with the request's subject, names and key, PEM. Throws an Error when the request cannot
 * be read or is not signed by its own key.
 */
export function signRequest(
  authority: Authority,
  pem: string,
  options: SignRequestOptions,
): string {
  const request = parseCertificateRequest(pem)
  const publicKey = createPublicKey({
    key: Buffer.from(request.publicKey),
    format: 'der',
    type: 'spki',
  })
  const digest = digests[request.signatureAlgorithm]
  if (digest === undefined || !verify(digest, request.signed, publicKey, request.signature)) {
    throw new Error('x509: the signature of the certificate request is not valid')
  }
  return signCertificate(authority, {
    ...options,
    subjectName: request.subject,
    publicKey,
    dnsNames: request.dnsNames,
    ipAddresses: request.ipAddresses,
  })
}
