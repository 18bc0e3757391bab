/**
 * Who sends a request: the user of its certificate or of its bearer token, or whom a front proxy names.
 * Upstream: staging/src/k8s.io/apiserver/pkg/endpoints/filters/authentication.go and
 * pkg/kubeapiserver/authenticator/config.go, v1.36.
 */
import type { IncomingHttpHeaders } from 'node:http'
import type { Clock } from '#base/clock.ts'
import { unauthorized } from '#api/meta/status.ts'
import type { Authenticator, UserInfo } from '#apiserver/authentication/authenticator.ts'
import { proxiedUser } from '#apiserver/authentication/request-header.ts'
import type { RequestHeaderOptions } from '#apiserver/authentication/request-header.ts'
import type { Connection } from './connection.ts'
import { bearerTokenOf } from './credentials.ts'

export interface Sender {
  readonly connection: Connection
  readonly headers: IncomingHttpHeaders
  readonly rawHeaders: readonly string[]
  readonly path: string
}

export type Authenticate = (sender: Sender) => UserInfo | Promise<UserInfo>

export interface AuthenticateOptions {
  readonly authenticator: Authenticator
  readonly clock: Clock
  /** Absent: nobody may speak for others. */
  readonly requestHeader?: RequestHeaderOptions
}

/** Throws Unauthorized. A connection's certificate is looked at once, as long as it is valid. */
export function authenticate(options: AuthenticateOptions): Authenticate {
  const { authenticator, clock, requestHeader } = options
  return (sender) => {
    const { connection, path } = sender
    const proxied = requestHeader && onBehalfOf(requestHeader, sender, clock)
    const bearerToken = proxied === undefined ? bearerTokenOf(sender.headers) : undefined
    const certificate = certificateOf(connection, clock)
    const isPlain = bearerToken === undefined && proxied === undefined
    if (isPlain) {
      if (certificate === 'refused') throw unauthorized()
      if (connection.certificateUser !== undefined && certificate !== undefined) {
        return connection.certificateUser
      }
    }
    const verified = certificate === 'refused' ? undefined : certificate
    const user = authenticator({ certificate: verified, bearerToken, proxied, path })
    const known = (found: UserInfo | undefined): UserInfo => {
      if (found === undefined) throw unauthorized()
      if (isPlain && verified !== undefined) connection.certificateUser = found
      return found
    }
    return user instanceof Promise ? user.then(known) : known(user)
  }
}

type Certificate = Parameters<Authenticator>[0]['certificate']

function certificateOf({ peer }: Connection, clock: Clock): Certificate | 'refused' {
  if (peer.type === 'none') return undefined
  if (peer.type === 'refused' || !peer.signedBy.clientCa) return 'refused'
  return clock.nowMs() > peer.validUntilMs ? 'refused' : peer.certificate
}

function onBehalfOf(
  options: RequestHeaderOptions,
  { connection: { peer }, rawHeaders }: Sender,
  clock: Clock,
): UserInfo | undefined {
  if (peer.type !== 'verified' || !peer.signedBy.requestHeaderCa) return undefined
  if (clock.nowMs() > peer.validUntilMs) return undefined
  return proxiedUser(options, peer.certificate, rawHeaders)
}
