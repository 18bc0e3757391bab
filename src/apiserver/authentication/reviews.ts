/**
 * Who is this? TokenReview for a token, SelfSubjectReview for the caller.
 * Upstream: pkg/registry/authentication/{tokenreview/storage.go,selfsubjectreview/rest.go}.
 */
import type {
  SelfSubjectReview,
  TokenReview,
  TokenReviewStatus,
  UserInfo as ReviewedUser,
} from '#api/authentication/v1.gen.ts'
import { badRequest } from '#api/meta/status.ts'
import { timestamp } from '#base/clock.ts'
import type { Clock } from '#base/clock.ts'
import type { Endpoint } from '#apiserver/http/endpoint.ts'
import { requireToken } from './authenticate.ts'
import { TokenError } from './authenticator.ts'
import type { TokenAuthenticator, UserInfo } from './authenticator.ts'

export interface TokenReviewDeps {
  readonly tokens: TokenAuthenticator
  readonly apiAudiences: readonly string[]
}

export function tokenReviewEndpoint(deps: TokenReviewDeps): Endpoint {
  return async (request) => {
    const review = (request.object ?? {}) as Partial<TokenReview>
    const namespace = review.metadata?.namespace ?? ''
    if (namespace !== '') throw badRequest(`namespace is not allowed on this type: ${namespace}`)
    if (!review.spec?.token) throw badRequest('token is required for TokenReview in authentication')
    const asked = review.spec.audiences ?? []
    const audiences = asked.length > 0 ? asked : deps.apiAudiences
    const status = await reviewToken(deps.tokens, review.spec.token, audiences)
    return { type: 'object', status: 201, object: { ...review, status } }
  }
}

export function selfSubjectReviewEndpoint(clock: Clock): Endpoint {
  return ({ user }) => {
    const object: SelfSubjectReview = {
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'SelfSubjectReview',
      metadata: { creationTimestamp: timestamp(clock.nowMs()) } as SelfSubjectReview['metadata'],
      status: { userInfo: reviewed(user) },
    }
    return { type: 'object', status: 201, object }
  }
}

async function reviewToken(
  tokens: TokenAuthenticator,
  token: string,
  audiences: readonly string[],
): Promise<TokenReviewStatus> {
  try {
    const identity = await requireToken(tokens, token, audiences)
    return {
      authenticated: true,
      user: reviewed(identity.user),
      audiences: [...identity.audiences],
    }
  } catch (error) {
    if (!(error instanceof TokenError)) throw error
    return { user: {}, error: error.message }
  }
}

function reviewed({ name, uid, groups, extra = {} }: UserInfo): ReviewedUser {
  const copied: Record<string, string[]> = {}
  for (const [key, values] of Object.entries(extra)) copied[key] = [...values]
  return {
    username: name,
    ...(uid !== undefined && uid !== '' && { uid }),
    groups: [...groups],
    ...(Object.keys(copied).length > 0 && { extra: copied }),
  }
}
