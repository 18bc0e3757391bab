/**
 * Who may approve, sign and ask for certificates.
 * Upstream: plugin/pkg/admission/certificates/{approval,signing,subjectrestriction,ctbattest} and
 * plugin/pkg/admission/certificates/util.go.
 */
import { isDeepStrictEqual } from 'node:util'
import type { CertificateSigningRequest } from '#api/certificates/v1.gen.ts'
import type { ClusterTrustBundle } from '#api/certificates/v1beta1.gen.ts'
import { goQuote } from '#api/meta/go-quote.ts'
import { certificatesigningrequests, clustertrustbundles } from '#api/resources.gen.ts'
import { parseCertificateRequest } from '#base/certificate-request.ts'
import type { CertificateRequest } from '#base/certificate-request.ts'
import { wellKnown } from '#apiserver/authentication/authenticator.ts'
import type { AdmissionDeps } from './create-admission.ts'
import type { AdmissionPlugin, AdmissionRequest } from './plugin.ts'
import { isAbout, isOf, refusal } from './refusal.ts'

const clientSigner = 'kubernetes.io/kube-apiserver-client'

export function certificateApproval(deps: AdmissionDeps): AdmissionPlugin {
  return {
    name: 'CertificateApproval',
    handles: (request) =>
      request.operation === 'UPDATE' &&
      request.subresource === 'approval' &&
      isOf(request, certificatesigningrequests),
    async validate(request) {
      const { signerName } = (request.prior as CertificateSigningRequest).spec
      if (await mayActFor(deps, request, { verb: 'approve', signerName })) return
      throw refusal(
        request,
        `user not permitted to approve requests with signerName ${goQuote(signerName)}`,
      )
    },
  }
}

export function certificateSigning(deps: AdmissionDeps): AdmissionPlugin {
  return {
    name: 'CertificateSigning',
    handles: (request) =>
      request.operation === 'UPDATE' &&
      request.subresource === 'status' &&
      isOf(request, certificatesigningrequests),
    async validate(request) {
      const next = request.object as CertificateSigningRequest
      const prior = request.prior as CertificateSigningRequest
      if (isDeepStrictEqual(signed(next), signed(prior))) return
      const { signerName } = prior.spec
      if (await mayActFor(deps, request, { verb: 'sign', signerName })) return
      throw refusal(
        request,
        `user not permitted to sign requests with signerName ${goQuote(signerName)}`,
      )
    },
  }
}

export function certificateSubjectRestriction(): AdmissionPlugin {
  return {
    name: 'CertificateSubjectRestriction',
    handles: (request) =>
      request.operation === 'CREATE' && isAbout(request, certificatesigningrequests),
    validate(request) {
      const { spec } = request.object as CertificateSigningRequest
      if (spec.signerName !== clientSigner) return
      if (!readRequest(request).organizations.includes(wellKnown.masters)) return
      throw refusal(
        request,
        `use of ${spec.signerName} signer with ${wellKnown.masters} group is not allowed`,
      )
    },
  }
}

export function clusterTrustBundleAttest(deps: AdmissionDeps): AdmissionPlugin {
  return {
    name: 'ClusterTrustBundleAttest',
    handles: (request) =>
      (request.operation === 'CREATE' || request.operation === 'UPDATE') &&
      isAbout(request, clustertrustbundles),
    async validate(request) {
      const signerName = (request.object as ClusterTrustBundle).spec.signerName ?? ''
      if (signerName === '') return
      if (await mayActFor(deps, request, { verb: 'attest', signerName })) return
      throw refusal(request, `user not permitted to attest for signerName ${goQuote(signerName)}`)
    },
  }
}

/** The PKCS #10 request inside. Throws Forbidden when it cannot be read. */
export function readRequest(request: AdmissionRequest): CertificateRequest {
  const { spec } = request.object as CertificateSigningRequest
  try {
    return parseCertificateRequest(Buffer.from(spec.request, 'base64').toString())
  } catch (error) {
    throw refusal(request, `unable to parse CSR: ${(error as Error).message}`)
  }
}

/** The right for the signer itself, or for all of its domain. */
async function mayActFor(
  { authorizer }: AdmissionDeps,
  { user }: AdmissionRequest,
  asked: { readonly verb: string; readonly signerName: string },
): Promise<boolean> {
  const [domain = ''] = asked.signerName.split('/', 1)
  const signer = {
    group: 'certificates.k8s.io',
    version: '*',
    resource: 'signers',
    subresource: '',
    namespace: '',
  }
  for (const name of [asked.signerName, `${domain}/*`]) {
    const question = { user, verb: asked.verb, resource: { ...signer, name } }
    if ((await authorizer().authorize(question)).allowed) return true
  }
  return false
}

/** What a signer writes: the certificate, and that it failed. */
function signed({ status }: CertificateSigningRequest): unknown {
  return [status?.certificate, status?.conditions?.filter(({ type }) => type === 'Failed') ?? []]
}
