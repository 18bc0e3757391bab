/**
 * Who asks for a certificate must hold the key: the request is signed with it. Upstream checks that in
 * pkg/apis/certificates/validation/validation.go; here it stands beside admission, because rows of
 * resources know no cryptography.
 */
import { createPublicKey, verify } from 'node:crypto'
import type { CertificateSigningRequest } from '#api/certificates/v1.gen.ts'
import { invalidValue } from '#api/meta/field-error.ts'
import { invalid } from '#api/meta/status.ts'
import { certificatesigningrequests } from '#api/resources.gen.ts'
import { digestOf, parseCertificateRequest } from '#base/certificate-request.ts'
import type { CertificateRequest } from '#base/certificate-request.ts'
import type { AdmissionPlugin } from './plugin.ts'
import { isAbout } from './refusal.ts'

/** Validation has read the request already. */
export const certificateRequestProof: AdmissionPlugin = {
  name: 'CertificateRequestProof',
  handles: (request) =>
    request.operation === 'CREATE' && isAbout(request, certificatesigningrequests),
  validate({ object, resource, name }) {
    const { spec } = object as CertificateSigningRequest
    const detail = problemOf(parseCertificateRequest(atob(spec.request)))
    if (detail === undefined) return
    throw invalid(resource, name, [invalidValue('spec.request', spec.request, detail)])
  },
}

/** In Go's words. */
const failures: Readonly<Record<string, string>> = {
  ec: 'x509: ECDSA verification failure',
  ed25519: 'x509: Ed25519 verification failure',
  rsa: 'crypto/rsa: verification error',
}

function problemOf(request: CertificateRequest): string | undefined {
  const digest = digestOf(request)
  try {
    const key = Buffer.from(request.publicKey)
    const publicKey = createPublicKey({ key, format: 'der', type: 'spki' })
    if (digest !== undefined && verify(digest, request.signed, publicKey, request.signature)) {
      return undefined
    }
    return digest === undefined ? unknown : failures[publicKey.asymmetricKeyType ?? '']
  } catch {
    return unknown
  }
}

const unknown = 'x509: cannot verify signature: algorithm unimplemented'
