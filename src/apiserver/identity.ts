/** Who may come in: certificates, service accounts' tokens, bootstrap tokens; and the endpoints about it. */
import type { Clock } from '#base/clock.ts'
import { admitEndpoint } from './admission/admit-endpoint.ts'
import type { AdmissionPlugin } from './admission/plugin.ts'
import { createAuthenticator, firstOf } from './authentication/authenticate.ts'
import type { Authenticator } from './authentication/authenticator.ts'
import { bootstrapTokens } from './authentication/bootstrap-tokens.ts'
import { signingKey, verificationKey } from './authentication/jwt.ts'
import { openIdEndpoints } from './authentication/openid.ts'
import { selfSubjectReviewEndpoint, tokenReviewEndpoint } from './authentication/reviews.ts'
import { serviceAccountTokens } from './authentication/service-account-tokens.ts'
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
  const { issuer, publicKeys = [], apiAudiences = [issuer] } = options.serviceAccount
  const key = signingKey(options.serviceAccount.key)
  const keys = [key, ...publicKeys.map(verificationKey)]
  const stored = (): Objects => objects
  const tokens = firstOf([
    serviceAccountTokens({ objects: stored, clock, issuers: [issuer], keys, apiAudiences }),
    bootstrapTokens({ objects: stored, clock }),
  ])
  const tokenRequest = tokenRequestEndpoint({
    objects: stored,
    clock,
    issuer,
    key,
    apiAudiences,
    extendExpiration: true,
    newId: () => options.uid(),
    admit: (request, object) => admitEndpoint(admission, request, object),
  })
  return {
    authenticator: createAuthenticator({
      tokens,
      audiences: apiAudiences,
      anonymous: options.anonymousAuth ?? true,
    }),
    endpoints: new Map([
      ['POST serviceaccounts/token', tokenRequest],
      ['POST tokenreviews', tokenReviewEndpoint({ tokens, apiAudiences })],
      ['POST selfsubjectreviews', selfSubjectReviewEndpoint(clock)],
      ...openIdEndpoints({ issuer, jwksUri: `${url}/openid/v1/jwks`, keys }),
    ]),
  }
}
