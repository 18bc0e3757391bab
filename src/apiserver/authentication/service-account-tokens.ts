/**
 * Service accounts' tokens: who holds one is the account, as long as the account and what the token is
 * bound to exist. Signatures are proven once; existence is looked up at each request.
 * Upstream: pkg/serviceaccount/jwt.go, claims.go and legacy.go.
 */
import { LRUCache } from 'lru-cache'
import { nodes, pods, secrets, serviceaccounts } from '#api/resources.gen.ts'
import type { ApiObject, ResourceType } from '#api/resource-type.ts'
import type { Clock } from '#base/clock.ts'
import type { Objects } from '#apiserver/registry/objects.ts'
import { TokenError, extraKeys, wellKnown } from './authenticator.ts'
import type { LocalTokenAuthenticator, UserInfo } from './authenticator.ts'
import { peekClaims, verifyToken } from './jwt.ts'
import type { Claims, VerificationKey } from './jwt.ts'
import { checkLegacySecret, LastUse } from './legacy-token.ts'
import { limits } from './limits.ts'
import {
  decodeClaims,
  decodeLegacyClaims,
  legacyIssuer,
  userName,
} from './service-account-claims.ts'
import type { BoundClaims, LegacyClaims, Reference } from './service-account-claims.ts'

export interface ServiceAccountTokenDeps {
  readonly objects: () => Objects
  readonly clock: Clock
  /** The first one signs; tokens of the others are accepted. */
  readonly issuers: readonly string[]
  readonly keys: readonly VerificationKey[]
  /** Audiences of the API server itself; tokens from secrets are meant for it and for nobody else. */
  readonly apiAudiences: readonly string[]
}

interface Verified {
  readonly claims: BoundClaims | LegacyClaims
  readonly user: UserInfo
}

export function serviceAccountTokens(deps: ServiceAccountTokenDeps): LocalTokenAuthenticator {
  const verified = new LRUCache<string, Verified>({ max: limits.verifiedTokensMax })
  const kindOf = issuerKinds(deps.issuers)
  const lastUse = new LastUse(deps)
  return (token, audiences) => {
    let known = verified.get(token)
    if (known === undefined) {
      const kind = kindOf.get(peekClaims(token)?.['iss'])
      if (kind === undefined) return undefined
      known = prove(kind, verifyToken(token, deps.keys))
      verified.set(token, known)
    }
    const { claims, user } = known
    const meantFor = claims.type === 'bound' ? claims.audiences : deps.apiAudiences
    const shared = meantFor.filter((audience) => audiences.includes(audience))
    if (shared.length === 0) throw new TokenError(audienceText(meantFor, audiences))
    if (claims.type === 'bound') checkBound(deps, claims)
    else useLegacy(deps, lastUse, { claims, token })
    return { user, audiences: shared }
  }
}

function issuerKinds(issuers: readonly string[]): ReadonlyMap<unknown, 'bound' | 'legacy'> {
  return new Map<unknown, 'bound' | 'legacy'>([
    [legacyIssuer, 'legacy'],
    ...issuers.map((issuer) => [issuer, 'bound'] as const),
  ])
}

function prove(kind: 'bound' | 'legacy', raw: Claims): Verified {
  const claims = kind === 'bound' ? decodeClaims(raw) : decodeLegacyClaims(raw)
  if (claims === undefined) throw new TokenError('token claims could not be validated')
  return { claims, user: userOf(claims) }
}

function userOf(claims: BoundClaims | LegacyClaims): UserInfo {
  const { namespace, serviceAccount } = claims
  const extra = claims.type === 'bound' ? extraOf(claims) : {}
  return {
    name: userName(namespace, serviceAccount.name),
    uid: serviceAccount.uid,
    groups: [wellKnown.serviceAccounts, `${wellKnown.serviceAccounts}:${namespace}`],
    ...(Object.keys(extra).length > 0 && { extra }),
  }
}

function extraOf({ id, pod, node }: BoundClaims): Record<string, readonly string[]> {
  return {
    ...(id !== '' && { [extraKeys.credentialId]: [`JTI=${id}`] }),
    ...(node !== undefined && { [extraKeys.nodeName]: [node.name] }),
    ...(node !== undefined && node.uid !== '' && { [extraKeys.nodeUid]: [node.uid] }),
    ...(pod !== undefined && { [extraKeys.podName]: [pod.name], [extraKeys.podUid]: [pod.uid] }),
  }
}

function checkBound(deps: ServiceAccountTokenDeps, claims: BoundClaims): void {
  const nowMs = deps.clock.nowMs()
  if (nowMs > claims.expiresMs + limits.clockLeewayMs) {
    throw new TokenError('service account token has expired')
  }
  if (nowMs < claims.notBeforeMs - limits.clockLeewayMs) {
    throw new TokenError('service account token is not valid yet')
  }
  checkAccount(deps, claims)
  const { namespace, pod, secret, node } = claims
  if (secret !== undefined) checkReference(deps, secrets, { namespace, reference: secret })
  if (pod !== undefined) checkReference(deps, pods, { namespace, reference: pod })
  if (node !== undefined && pod === undefined && secret === undefined) {
    checkReference(deps, nodes, { namespace: '', reference: node })
  }
}

function useLegacy(
  deps: ServiceAccountTokenDeps,
  lastUse: LastUse,
  { claims, token }: { readonly claims: LegacyClaims; readonly token: string },
): void {
  const secret = checkLegacySecret(deps, claims, token)
  checkAccount(deps, claims)
  lastUse.mark(secret)
}

function checkAccount(
  deps: ServiceAccountTokenDeps,
  { namespace, serviceAccount }: BoundClaims | LegacyClaims,
): void {
  const { name, uid } = serviceAccount
  const account = deps.objects().get(serviceaccounts, namespace, name)
  if (account === undefined) throw new TokenError(`serviceaccounts "${name}" not found`)
  if (isGone(account, deps.clock)) {
    throw new TokenError(`service account ${namespace}/${name} has been deleted`)
  }
  if (account.metadata.uid !== uid) {
    throw new TokenError(
      `service account UID (${account.metadata.uid}) does not match claim (${uid})`,
    )
  }
}

function checkReference<T extends ApiObject>(
  deps: ServiceAccountTokenDeps,
  type: ResourceType<T>,
  { namespace, reference }: { readonly namespace: string; readonly reference: Reference },
): void {
  const object = deps.objects().get(type, namespace, reference.name)
  if (object === undefined || isGone(object, deps.clock)) {
    throw new TokenError('service account token has been invalidated')
  }
  if (object.metadata.uid !== reference.uid) {
    throw new TokenError(
      `${type.kind.toLowerCase()} UID (${object.metadata.uid}) does not match service account ${type.kind.toLowerCase()} ref claim (${reference.uid})`,
    )
  }
}

/** Whether its deletion was due a while ago: until then, whoever ends may still say goodbye. */
function isGone({ metadata }: ApiObject, clock: Clock): boolean {
  const { deletionTimestamp } = metadata
  return (
    deletionTimestamp !== undefined &&
    Date.parse(deletionTimestamp) < clock.nowMs() - limits.clockLeewayMs
  )
}

function audienceText(have: readonly string[], want: readonly string[]): string {
  const list = (names: readonly string[]) => `[${names.map((n) => JSON.stringify(n)).join(' ')}]`
  return `token audiences ${list(have)} is invalid for the target audiences ${list(want)}`
}
