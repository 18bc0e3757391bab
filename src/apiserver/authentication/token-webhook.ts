/**
 * Asks another server whose a token is, by a TokenReview, and remembers what it said.
 * Upstream: staging/src/k8s.io/apiserver/plugin/pkg/authenticator/token/webhook/webhook.go and
 * …/pkg/authentication/token/cache/cached_token_authenticator.go, v1.36.
 */
import { createHash } from 'node:crypto'
import { LRUCache } from 'lru-cache'
import type { TokenReviewStatus } from '#api/authentication/v1.gen.ts'
import type { Clock } from '#base/clock.ts'
import type { Logger } from '#base/logger.ts'
import type { Post } from '#apiserver/webhook-client/connection.ts'
import { reviewStatus } from '#apiserver/webhook-client/decode-review.ts'
import { retried } from '#apiserver/webhook-client/retry.ts'
import { TokenError } from './authenticator.ts'
import type { TokenAuthenticator, TokenIdentity, UserInfo } from './authenticator.ts'

export const reviewVersions = ['v1', 'v1beta1'] as const

export type ReviewVersion = (typeof reviewVersions)[number]

export interface TokenWebhookOptions {
  readonly post: Post
  readonly clock: Clock
  readonly random: () => number
  readonly log: Logger
  readonly version: ReviewVersion
  /** `--authentication-token-webhook-cache-ttl`, of a yes as of a no. */
  readonly cacheTtlMs: number
}

const limits = {
  /** Upstream's: 32 caches of 128. */
  answersMax: 4096,
} as const

interface Remembered {
  readonly identity: TokenIdentity | undefined
  readonly untilMs: number
}

type Answer = Promise<TokenIdentity | undefined>

/** `apiAudiences`: for whom a token is, if the other server does not say. */
export function tokenWebhook(
  options: TokenWebhookOptions,
  apiAudiences: readonly string[],
): TokenAuthenticator {
  const { clock, cacheTtlMs } = options
  const remembered = new LRUCache<string, Remembered>({ max: limits.answersMax })
  /** Who asks for a token that is being asked for waits for the same answer. */
  const asking = new Map<string, Answer>()
  const ask = async (key: string, token: string, audiences: readonly string[]): Answer => {
    try {
      const identity = await review(options, { token, audiences, apiAudiences })
      if (cacheTtlMs > 0) {
        remembered.set(key, { identity, untilMs: clock.nowMs() + cacheTtlMs })
      }
      return identity
    } finally {
      asking.delete(key)
    }
  }
  return (token, audiences) => {
    const key = keyOf(token, audiences)
    const known = remembered.get(key)
    if (known !== undefined && known.untilMs > clock.nowMs()) return known.identity
    const begun = asking.get(key) ?? ask(key, token, audiences)
    asking.set(key, begun)
    return begun
  }
}

/** Tokens are not kept. */
function keyOf(token: string, audiences: readonly string[]): string {
  return createHash('sha256')
    .update(JSON.stringify([token, ...audiences]))
    .digest('base64')
}

interface Question {
  readonly token: string
  readonly audiences: readonly string[]
  readonly apiAudiences: readonly string[]
}

async function review(options: TokenWebhookOptions, question: Question): Answer {
  const { token, audiences, apiAudiences } = question
  const apiVersion = `authentication.k8s.io/${options.version}`
  const spec = { token, audiences }
  const asked = { kind: 'TokenReview', apiVersion, metadata: {}, spec }
  const status = statusOf(await posted(options, asked))
  const meantFor = status.audiences?.length ? status.audiences : apiAudiences
  const shared = audiences.filter((audience) => meantFor.includes(audience))
  if (shared.length === 0) return undefined
  if (status.authenticated !== true) {
    if (!status.error) return undefined
    throw new TokenError(status.error)
  }
  return { user: userOf(status), audiences: shared }
}

async function posted(options: TokenWebhookOptions, asked: object): Promise<unknown> {
  try {
    return await retried(() => options.post(asked), options)
  } catch (error) {
    options.log.error('Failed to make webhook authenticator request', error)
    throw new TokenError(error instanceof Error ? error.message : String(error))
  }
}

/** Throws TokenError when the answer is no review. */
function statusOf(answer: unknown): Partial<TokenReviewStatus> {
  try {
    return reviewStatus<TokenReviewStatus>(answer, 'authentication/v1.TokenReview')
  } catch (error) {
    throw new TokenError((error as Error).message)
  }
}

function userOf({ user = {} }: Partial<TokenReviewStatus>): UserInfo {
  const { username = '', uid = '', groups, extra } = user
  return {
    name: username,
    ...(uid !== '' && { uid }),
    groups: groups ?? [],
    ...(extra !== undefined && { extra }),
  }
}
