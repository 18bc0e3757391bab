/**
 * The order in which credentials are looked at: certificate, bearer token, anonymous. The first yes wins;
 * a bad credential without a yes is 401, never anonymous.
 * Upstream: pkg/kubeapiserver/authenticator/config.go and
 * staging/src/k8s.io/apiserver/pkg/authentication/group/authenticated_group_adder.go.
 */
import { unauthorized } from '#api/meta/status.ts'
import { TokenError, wellKnown } from './authenticator.ts'
import type {
  Authenticator,
  ClientCertificate,
  TokenAuthenticator,
  TokenIdentity,
  UserInfo,
} from './authenticator.ts'
import { extraKeys } from './authenticator.ts'

export interface AuthenticationOptions {
  readonly tokens: TokenAuthenticator
  /** What a token must be meant for to be let in here. */
  readonly audiences: readonly string[]
  /** `--anonymous-auth` */
  readonly anonymous: boolean
}

const anonymousUser: UserInfo = {
  name: wellKnown.anonymous,
  groups: [wellKnown.unauthenticated],
}

export function createAuthenticator(options: AuthenticationOptions): Authenticator {
  return ({ certificate, bearerToken }) => {
    const known = certificate === undefined ? undefined : certificateUser(certificate)
    if (known !== undefined) return authenticated(known)
    if (bearerToken !== undefined && bearerToken !== '') {
      return authenticated(tokenUser(options, bearerToken))
    }
    if (!options.anonymous) throw unauthorized()
    return anonymousUser
  }
}

/** Asks one after the other; a later yes outweighs an earlier objection. Throws TokenError. */
export function firstOf(authenticators: readonly TokenAuthenticator[]): TokenAuthenticator {
  return (token, audiences) => {
    const objections: string[] = []
    for (const authenticator of authenticators) {
      try {
        const identity = authenticator(token, audiences)
        if (identity !== undefined) return identity
      } catch (error) {
        if (!(error instanceof TokenError)) throw error
        objections.push(error.message)
      }
    }
    if (objections.length === 0) return undefined
    throw new TokenError(`[${['invalid bearer token', ...objections].join(', ')}]`)
  }
}

/** The identity behind a token with every authenticated user's group. Throws TokenError. */
export function requireToken(
  tokens: TokenAuthenticator,
  token: string,
  audiences: readonly string[],
): TokenIdentity {
  const identity = tokens(token, audiences)
  if (identity === undefined) throw new TokenError('invalid bearer token')
  return { ...identity, user: authenticated(identity.user) }
}

/**
 * The common name is the user, organizations are groups; undefined without a common name.
 * Upstream: staging/src/k8s.io/apiserver/pkg/authentication/request/x509/x509.go.
 */
export function certificateUser(certificate: ClientCertificate): UserInfo | undefined {
  const name = texts(certificate.subject.CN).at(-1) ?? ''
  if (name === '') return undefined
  const id = certificate.fingerprint256?.replaceAll(':', '').toLowerCase()
  return {
    name,
    groups: texts(certificate.subject.O),
    ...(id !== undefined && { extra: { [extraKeys.credentialId]: [`X509SHA256=${id}`] } }),
  }
}

function tokenUser(options: AuthenticationOptions, token: string): UserInfo {
  try {
    const identity = options.tokens(token, options.audiences)
    if (identity !== undefined) return identity.user
  } catch (error) {
    if (!(error instanceof TokenError)) throw error
  }
  throw unauthorized()
}

/** Remembered per user object, so that a cached user keeps one identity. */
const withGroup = new WeakMap<UserInfo, UserInfo>()

function authenticated(user: UserInfo): UserInfo {
  if (user.groups.includes(wellKnown.authenticated)) return user
  const known = withGroup.get(user)
  if (known !== undefined) return known
  const added = { ...user, groups: [...user.groups, wellKnown.authenticated] }
  withGroup.set(user, added)
  return added
}

/** One attribute, several, or none: node:tls has a shape for each. */
function texts(value: string | readonly string[] | undefined): readonly string[] {
  if (value === undefined) return []
  return typeof value === 'string' ? [value] : value
}
