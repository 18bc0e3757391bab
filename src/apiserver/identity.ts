/** Who may come in: certificates, service accounts' tokens, bootstrap tokens; and the endpoints about it. */
import type { Clock } from '#base/clock.ts'
import { admitEndpoint } from './admission/admit-endpoint.ts'
import type { AdmissionPlugin } from './admission/plugin.ts'
import { createAuthenticator, firstOf, meantForApi } from './authentication/authenticate.ts'
import type { Authenticator, TokenAuthenticator } from './authentication/authenticator.ts'
import { bootstrapTokens } from './authentication/bootstrap-tokens.ts'
import { signingKey, verificationKey } from './authentication/jwt.ts'
import type { VerificationKey } from './authentication/jwt.ts'
import { openIdEndpoints } from './authentication/openid.ts'
import { selfSubjectReviewEndpoint, tokenReviewEndpoint } from './authentication/reviews.ts'
import { serviceAccountTokens } from './authentication/service-account-tokens.ts'
import { staticTokens } from './authentication/token-file.ts'
import { tokenRequestEndpoint } from './authentication/token-request.ts'
import type { Endpoint } from './http/endpoint.ts'
import type { Objects } from './registry/objects.ts'
import type { ApiServerOptions } from './server-options.ts'

export interface Identity {
  readonly authenticator: Authenticator
  /** Keys: as in `Endpoints.plain`. */
  readonly endpoints: ReadonlyMap<string, Endpoint>
}

export interface IdentityOptions {
  readonly options: ApiServerOptions
  readonly objects: Objects
  readonly clock: Clock
  /** `https://192.0.2.2:6443` */
  readonly url: string
  /** Has its say on requests for tokens. */
  readonly admission: readonly AdmissionPlugin[]
}

export function createIdentity(given: IdentityOptions): Identity {
  const { options, objects, clock, url, admission } = given
  const { serviceAccount, authentication = {} } = options
  const { issuer, publicKeys = [], apiAudiences = [issuer] } = serviceAccount
  const key = signingKey(serviceAccount.key)
  const keys = distinct([key, ...publicKeys.map(verificationKey)])
  const stored = (): Objects => objects
  const tokens = firstOf(authenticators(given, keys, apiAudiences))
  const { maxExpirationSeconds, extendExpiration = true } = serviceAccount
  const tokenRequest = tokenRequestEndpoint({
    objects: stored,
    clock,
    issuer,
    key,
    apiAudiences,
    extendExpiration,
    ...(maxExpirationSeconds !== undefined && { maxExpirationSeconds }),
    newId: () => options.uid(),
    admit: (request, object) => admitEndpoint(admission, request, object),
  })
  const { jwksUri = `${url}/openid/v1/jwks` } = serviceAccount
  return {
    authenticator: createAuthenticator({
      tokens,
      audiences: apiAudiences,
      anonymous: authentication.anonymous ?? { enabled: true },
    }),
    endpoints: new Map([
      ['POST serviceaccounts/token', tokenRequest],
      ['POST tokenreviews', tokenReviewEndpoint({ tokens, apiAudiences })],
      ['POST selfsubjectreviews', selfSubjectReviewEndpoint(clock)],
      ...openIdEndpoints({ issuer, jwksUri, keys }),
    ]),
  }
}

/** In upstream's order. */
function authenticators(
  { options, objects, clock }: IdentityOptions,
  keys: readonly VerificationKey[],
  apiAudiences: readonly string[],
): readonly TokenAuthenticator[] {
  const { serviceAccount, authentication = {} } = options
  const { staticTokens: users, bootstrapTokens: bootstrap = false } = authentication
  const { otherTokens = [], tokenWebhook } = authentication
  const issuers = [serviceAccount.issuer, ...(serviceAccount.otherIssuers ?? [])]
  const stored = (): Objects => objects
  const agnostic = (authenticator: TokenAuthenticator) => meantForApi(apiAudiences, authenticator)
  return [
    ...(users === undefined ? [] : [agnostic(staticTokens(users))]),
    serviceAccountTokens({ objects: stored, clock, issuers, keys, apiAudiences }),
    ...(bootstrap ? [agnostic(bootstrapTokens({ objects: stored, clock }))] : []),
    ...otherTokens.map(agnostic),
    ...(tokenWebhook === undefined ? [] : [tokenWebhook(apiAudiences)]),
  ]
}

/** The public half of the signing key is often given once more. */
function distinct(keys: readonly VerificationKey[]): readonly VerificationKey[] {
  return keys.filter(({ id }, at) => keys.findIndex((other) => other.id === id) === at)
}
