/**
 * Who sends a request: the user of its certificate or of its bearer token.
 * Upstream: staging/src/k8s.io/apiserver/pkg/endpoints/filters/authentication.go and
 * pkg/kubeapiserver/authenticator/config.go, v1.36.
 */
import type { Clock } from '#base/clock.ts'
import { unauthorized } from '#api/meta/status.ts'
import type { Authenticator, UserInfo } from '#apiserver/authentication/authenticator.ts'
import type { Connection } from './connection.ts'

export interface Sender {
  readonly connection: Connection
  /** The Authorization header. */
  readonly authorization: string | undefined
}

export type Authenticate = (sender: Sender) => UserInfo | Promise<UserInfo>

/** Throws Unauthorized. A connection's certificate is looked at once, as long as it is valid. */
export function authenticate(authenticator: Authenticator, clock: Clock): Authenticate {
  return (sender) => {
    const { connection } = sender
    const bearerToken = bearerTokenOf(sender.authorization)
    const certificate = certificateOf(connection, clock)
    if (bearerToken === undefined) {
      if (certificate === 'refused') throw unauthorized()
      if (connection.certificateUser !== undefined && certificate !== undefined) {
        return connection.certificateUser
      }
    }
    const verified = certificate === 'refused' ? undefined : certificate
    const user = authenticator({ certificate: verified, bearerToken })
    const known = (found: UserInfo | undefined): UserInfo => {
      if (found === undefined) throw unauthorized()
      if (bearerToken === undefined && verified !== undefined) connection.certificateUser = found
      return found
    }
    return user instanceof Promise ? user.then(known) : known(user)
  }
}

type Certificate = Parameters<Authenticator>[0]['certificate']

function certificateOf({ peer }: Connection, clock: Clock): Certificate | 'refused' {
  switch (peer.type) {
    case 'none':
      return undefined
    case 'refused':
      return 'refused'
    case 'verified':
      return clock.nowMs() > peer.validUntilMs ? 'refused' : peer.certificate
  }
}

/** Undefined when there is none, also when the header is of another scheme. */
function bearerTokenOf(authorization: string | undefined): string | undefined {
  if (authorization === undefined) return undefined
  const match = /^bearer +(\S+)/i.exec(authorization.trim())
  return match?.[1]
}
