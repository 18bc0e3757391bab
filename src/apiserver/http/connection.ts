/** Who is at the other end of a TLS connection. */
import { X509Certificate } from 'node:crypto'
import type { DetailedPeerCertificate, TLSSocket } from 'node:tls'
import type { Credentials, UserInfo } from '#apiserver/authentication/authenticator.ts'

export interface Connection {
  readonly peer: Peer
  readonly remoteAddress: string
  /** What the certificate was found to mean; kept so that one connection asks once. */
  certificateUser: UserInfo | undefined
}

export type Peer =
  | { readonly type: 'none' }
  | {
      readonly type: 'verified'
      readonly certificate: NonNullable<Credentials['certificate']>
      readonly validUntilMs: number
      readonly signedBy: Signers
    }
  /** A certificate was shown, but none of ours signed it, or it is not valid. */
  | { readonly type: 'refused'; readonly reason: string }

/** Whose certificates are for users, and whose are for front proxies; they may be the same. */
export interface Signers {
  readonly clientCa: boolean
  readonly requestHeaderCa: boolean
}

/** The fingerprints of the authorities' certificates. */
export interface Trust {
  readonly clientCa: ReadonlySet<string>
  readonly requestHeaderCa: ReadonlySet<string>
}

/** Of PEM bundles. */
export function trustOf(clientCa: string, requestHeaderCa: string | undefined): Trust {
  return {
    clientCa: fingerprints(clientCa),
    requestHeaderCa: fingerprints(requestHeaderCa ?? ''),
  }
}

function fingerprints(bundle: string): ReadonlySet<string> {
  const blocks = bundle.match(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g) ?? []
  return new Set(blocks.map((pem) => new X509Certificate(pem).fingerprint256))
}

export function connectionOf(socket: TLSSocket, trust: Trust): Connection {
  return {
    peer: peerOf(socket, trust),
    remoteAddress: socket.remoteAddress ?? '',
    certificateUser: undefined,
  }
}

function peerOf(socket: TLSSocket, trust: Trust): Peer {
  // The chain is only needed to tell two kinds of authorities apart.
  const hasProxies = trust.requestHeaderCa.size > 0
  const certificate = socket.getPeerCertificate(hasProxies as true)
  if (Object.keys(certificate).length === 0) return { type: 'none' }
  if (!socket.authorized) return { type: 'refused', reason: String(socket.authorizationError) }
  const { subject, fingerprint256 } = certificate
  return {
    type: 'verified',
    certificate: { subject, fingerprint256 },
    validUntilMs: Date.parse(certificate.valid_to),
    signedBy: hasProxies
      ? signersOf(certificate, trust)
      : { clientCa: true, requestHeaderCa: false },
  }
}

/** Chains that TLS has verified end at one of the authorities. */
function signersOf(certificate: DetailedPeerCertificate, trust: Trust): Signers {
  const chain = new Set<string>()
  for (let at = certificate; at && !chain.has(at.fingerprint256); at = at.issuerCertificate) {
    chain.add(at.fingerprint256)
  }
  chain.delete(certificate.fingerprint256)
  return {
    clientCa: !chain.isDisjointFrom(trust.clientCa),
    requestHeaderCa: !chain.isDisjointFrom(trust.requestHeaderCa),
  }
}
