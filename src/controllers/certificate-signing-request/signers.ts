/**
 * What each of the built-in signers signs.
 * Upstream: pkg/apis/certificates/helpers.go and pkg/controller/certificates/signer/signer.go.
 */
import type { CertificateRequest } from '#base/certificate-request.ts'

export const signerNames = {
  kubeletServing: 'kubernetes.io/kubelet-serving',
  kubeletClient: 'kubernetes.io/kube-apiserver-client-kubelet',
  client: 'kubernetes.io/kube-apiserver-client',
  legacyUnknown: 'kubernetes.io/legacy-unknown',
} as const

/** Why a signer does not sign such a request; undefined: it does. */
export type Judge = (request: CertificateRequest, usages: readonly string[]) => string | undefined

export const judges: Readonly<Record<string, Judge>> = {
  [signerNames.kubeletServing]: judgeKubeletServing,
  [signerNames.kubeletClient]: judgeKubeletClient,
  [signerNames.client]: (_request, usages) => judgeClientUsages(usages),
  [signerNames.legacyUnknown]: () => undefined,
}

const notOfNodes = 'subject organization is not system:nodes'
const notANode = 'subject common name does not begin with system:node:'
const nodePrefix = 'system:node:'

function judgeKubeletServing(
  request: CertificateRequest,
  usages: readonly string[],
): string | undefined {
  if (!isOfNodes(request)) return notOfNodes
  if (request.dnsNames.length === 0 && request.ipAddresses.length === 0) {
    return 'DNS or IP subjectAltName is required'
  }
  if (request.emailAddresses.length > 0) return 'Email subjectAltNames are not allowed'
  if (request.uris.length > 0) return 'URI subjectAltNames are not allowed'
  if (!isFor(usages, 'server auth')) return usagesText('server auth')
  return request.commonName.startsWith(nodePrefix) ? undefined : notANode
}

export function judgeKubeletClient(
  request: CertificateRequest,
  usages: readonly string[],
): string | undefined {
  if (!isOfNodes(request)) return notOfNodes
  if (request.dnsNames.length > 0) return 'DNS subjectAltNames are not allowed'
  if (request.emailAddresses.length > 0) return 'Email subjectAltNames are not allowed'
  if (request.ipAddresses.length > 0) return 'IP subjectAltNames are not allowed'
  if (request.uris.length > 0) return 'URI subjectAltNames are not allowed'
  if (!request.commonName.startsWith(nodePrefix)) return notANode
  return isFor(usages, 'client auth') ? undefined : usagesText('client auth')
}

function judgeClientUsages(usages: readonly string[]): string | undefined {
  const allowed = ['client auth', 'digital signature', 'key encipherment']
  const other = usages.find((usage) => !allowed.includes(usage))
  if (other !== undefined) return `invalid usage for client certificate: ${other}`
  if (usages.includes('client auth')) return undefined
  return 'missing required usage for client certificate: client auth'
}

function isOfNodes({ organizations }: CertificateRequest): boolean {
  return organizations.length === 1 && organizations[0] === 'system:nodes'
}

/** Exactly these; the key encipherment of RSA may be left out. */
function isFor(usages: readonly string[], purpose: string): boolean {
  const asked = new Set(usages)
  asked.delete('key encipherment')
  return asked.size === 2 && asked.has('digital signature') && asked.has(purpose)
}

function usagesText(purpose: string): string {
  const list = [purpose, 'digital signature', 'key encipherment'].toSorted()
  return `usages did not match [${list.join(' ')}]`
}
