/**
 * Tokens of another issuer: who holds one is whom its claims name.
 * Upstream: staging/src/k8s.io/apiserver/plugin/pkg/authenticator/token/oidc/oidc.go, v1.36.
 */
import { errors, jwtVerify } from 'jose'
import type { JWTPayload } from 'jose'
import { LRUCache } from 'lru-cache'
import type { Clock } from '#base/clock.ts'
import { TokenError } from '#apiserver/authentication/authenticator.ts'
import type { TokenAuthenticator, UserInfo } from '#apiserver/authentication/authenticator.ts'
import { peekClaims } from '#apiserver/authentication/jwt.ts'
import { userMapping } from './claims.ts'
import { signingAlgorithms } from './issuer.ts'
import type { JwtIssuer } from './issuer.ts'
import { issuerKeys } from './issuer-keys.ts'
import type { IssuerKeys } from './issuer-keys.ts'

const limits = {
  /** Upstream's time for which a verified token is not looked at again. */
  rememberedMs: 10_000,
  rememberedMax: 4096,
} as const

interface Remembered {
  readonly user: UserInfo
  readonly untilMs: number
}

/** Compiles the mapping. Throws an Error when an expression of it is wrong. */
export function jwtTokens(
  issuer: JwtIssuer,
  clock: Clock,
  keys: IssuerKeys = issuerKeys(issuer, clock),
): TokenAuthenticator {
  const userOf = userMapping(issuer)
  const remembered = new LRUCache<string, Remembered>({ max: limits.rememberedMax })
  const ask = async (token: string, audiences: readonly string[]) => {
    const payload = await verify(issuer, { token, clock, keys })
    const user = userOf(payload)
    const endMs = (payload.exp ?? 0) * 1000
    const untilMs = Math.min(endMs, clock.nowMs() + limits.rememberedMs)
    remembered.set(token, { user, untilMs })
    return { user, audiences }
  }
  return (token, audiences) => {
    const known = remembered.get(token)
    if (known !== undefined && known.untilMs > clock.nowMs()) return { user: known.user, audiences }
    // Other issuers' tokens are other authenticators' business.
    if (peekClaims(token)?.['iss'] !== issuer.url) return undefined
    return ask(token, audiences)
  }
}

interface Proof {
  readonly token: string
  readonly clock: Clock
  readonly keys: IssuerKeys
}

/** Throws TokenError. */
async function verify(
  { url, audiences, algorithms = signingAlgorithms }: JwtIssuer,
  { token, clock, keys }: Proof,
): Promise<JWTPayload> {
  const keySet = await keys().catch((error: Error) => {
    throw new TokenError(
      `oidc: authenticator for issuer ${JSON.stringify(url)} is not initialized: ${error.message}`,
    )
  })
  try {
    const { payload } = await jwtVerify(token, keySet, {
      algorithms: [...algorithms],
      issuer: url,
      currentDate: new Date(clock.nowMs()),
      requiredClaims: ['exp'],
    })
    const own = [payload.aud ?? []].flat()
    if (own.some((audience) => audiences.includes(audience))) return payload
    throw new TokenError(
      `oidc: verify token: oidc: expected audience in ${list(audiences)} got ${list(own)}`,
    )
  } catch (error) {
    if (error instanceof TokenError) throw error
    if (error instanceof errors.JWTExpired) {
      throw new TokenError('oidc: verify token: oidc: token is expired')
    }
    throw new TokenError(
      `oidc: verify token: failed to verify signature: ${(error as Error).message}`,
    )
  }
}

function list(names: readonly string[]): string {
  return `[${names.map((name) => JSON.stringify(name)).join(' ')}]`
}
