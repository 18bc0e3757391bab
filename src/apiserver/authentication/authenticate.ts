/**
 * The order in which credentials are looked at: front proxy, certificate, bearer token, anonymous. The
 * first yes wins; a bad credential without a yes is 401, never anonymous.
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
  readonly anonymous: AnonymousOptions
}

export interface AnonymousOptions {
  /** `--anonymous-auth` */
  readonly enabled: boolean
  /** `anonymous.conditions` of an AuthenticationConfiguration; absent: everywhere. */
  readonly paths?: readonly string[]
}

const anonymousUser: UserInfo = {
  name: wellKnown.anonymous,
  groups: [wellKnown.unauthenticated],
}

export function createAuthenticator(options: AuthenticationOptions): Authenticator {
  const { anonymous } = options
  return ({ proxied, certificate, bearerToken, path = '' }) => {
    if (proxied !== undefined) return authenticated(proxied)
    const known = certificate === undefined ? undefined : certificateUser(certificate)
    if (known !== undefined) return authenticated(known)
    if (bearerToken !== undefined && bearerToken !== '') return tokenUser(options, bearerToken)
    if (!anonymous.enabled || anonymous.paths?.includes(path) === false) throw unauthorized()
    return anonymousUser
  }
}

type Found = TokenIdentity | undefined

/** Asks one after the other; a later yes outweighs an earlier objection. Throws TokenError. */
export function firstOf(authenticators: readonly TokenAuthenticator[]): TokenAuthenticator {
  return (token, audiences) => {
    const objections: string[] = []
    const object = (error: unknown): undefined => {
      if (!(error instanceof TokenError)) throw error
      objections.push(error.message)
    }
    const from = (at: number): Found | Promise<Found> => {
      for (const [offset, authenticator] of authenticators.slice(at).entries()) {
        try {
          const found = authenticator(token, audiences)
          if (found instanceof Promise) {
            return found.catch(object).then((later) => later ?? from(at + offset + 1))
          }
          if (found !== undefined) return found
        } catch (error) {
          object(error)
        }
      }
      if (objections.length === 0) return undefined
      throw new TokenError(`[${['invalid bearer token', ...objections].join(', ')}]`)
    }
    return from(0)
  }
}

/**
 * For tokens that say nothing of audiences: they are meant for the API server.
 * Upstream: staging/src/k8s.io/apiserver/pkg/authentication/authenticator/audagnostic.go.
 */
export function meantForApi(
  apiAudiences: readonly string[],
  authenticator: TokenAuthenticator,
): TokenAuthenticator {
  return (token, audiences) => {
    const shared = apiAudiences.filter((audience) => audiences.includes(audience))
    return shared.length === 0 ? undefined : authenticator(token, shared)
  }
}

/** The identity behind a token with every authenticated user's group. Throws TokenError. */
export async function requireToken(
  tokens: TokenAuthenticator,
  token: string,
  audiences: readonly string[],
): Promise<TokenIdentity> {
  const identity = await tokens(token, audiences)
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

/** A promise only when somebody else has to be asked. Throws Unauthorized. */
function tokenUser(
  { tokens, audiences }: AuthenticationOptions,
  token: string,
): UserInfo | Promise<UserInfo> {
  try {
    const found = tokens(token, audiences)
    if (!(found instanceof Promise)) return knownUser(found)
    return found.then(knownUser, refuseToken)
  } catch (error) {
    return refuseToken(error)
  }
}

function knownUser(identity: Found): UserInfo {
  if (identity === undefined) throw unauthorized()
  return authenticated(identity.user)
}

/** What is wrong with it is not the client's business. */
function refuseToken(error: unknown): never {
  throw error instanceof TokenError ? unauthorized() : error
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
