/** Who is at the other end of a TLS connection. */
import type { TLSSocket } from 'node:tls'
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
    }
  /** A certificate was shown, but not one of the client CA's, or not a valid one. */
  | { readonly type: 'refused'; readonly reason: string }

export function connectionOf(socket: TLSSocket): Connection {
  return {
    peer: peerOf(socket),
    remoteAddress: socket.remoteAddress ?? '',
    certificateUser: undefined,
  }
}

function peerOf(socket: TLSSocket): Peer {
  const certificate = socket.getPeerCertificate()
  if (Object.keys(certificate).length === 0) return { type: 'none' }
  if (!socket.authorized) return { type: 'refused', reason: String(socket.authorizationError) }
  const { subject, fingerprint256 } = certificate
  return {
    type: 'verified',
    certificate: { subject, fingerprint256 },
    validUntilMs: Date.parse(certificate.valid_to),
  }
}
