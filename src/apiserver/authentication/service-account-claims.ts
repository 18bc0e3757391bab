/**
 * What stands in a service account's token.
 * Upstream: pkg/serviceaccount/claims.go (bound tokens) and pkg/serviceaccount/legacy.go (tokens that
 * lie in secrets and never expire).
 */
import type { Claims } from './jwt.ts'

export const legacyIssuer = 'kubernetes/serviceaccount'

export interface Reference {
  readonly name: string
  readonly uid: string
}

export interface BoundClaims {
  readonly type: 'bound'
  readonly audiences: readonly string[]
  readonly namespace: string
  readonly serviceAccount: Reference
  readonly pod?: Reference
  readonly secret?: Reference
  readonly node?: Reference
  /** Milliseconds since 1970. */
  readonly expiresMs: number
  readonly notBeforeMs: number
  readonly warnAfterMs?: number
  /** `jti` */
  readonly id: string
}

export interface LegacyClaims {
  readonly type: 'legacy'
  readonly namespace: string
  readonly serviceAccount: Reference
  readonly secret: string
}

const legacyKeys = {
  namespace: 'kubernetes.io/serviceaccount/namespace',
  secret: 'kubernetes.io/serviceaccount/secret.name',
  name: 'kubernetes.io/serviceaccount/service-account.name',
  uid: 'kubernetes.io/serviceaccount/service-account.uid',
} as const

export function userName(namespace: string, name: string): string {
  return `system:serviceaccount:${namespace}:${name}`
}

export function encodeClaims(claims: Omit<BoundClaims, 'type'>, issuer: string): Claims {
  const { namespace, serviceAccount, pod, secret, node, warnAfterMs } = claims
  return {
    aud: claims.audiences,
    exp: seconds(claims.expiresMs),
    iat: seconds(claims.notBeforeMs),
    iss: issuer,
    jti: claims.id,
    'kubernetes.io': {
      namespace,
      ...(node !== undefined && { node }),
      ...(pod !== undefined && { pod }),
      ...(secret !== undefined && { secret }),
      serviceaccount: serviceAccount,
      ...(warnAfterMs !== undefined && { warnafter: seconds(warnAfterMs) }),
    },
    nbf: seconds(claims.notBeforeMs),
    sub: userName(namespace, serviceAccount.name),
  }
}

export function encodeLegacyClaims(claims: Omit<LegacyClaims, 'type'>): Claims {
  return {
    iss: legacyIssuer,
    [legacyKeys.namespace]: claims.namespace,
    [legacyKeys.secret]: claims.secret,
    [legacyKeys.name]: claims.serviceAccount.name,
    [legacyKeys.uid]: claims.serviceAccount.uid,
    sub: userName(claims.namespace, claims.serviceAccount.name),
  }
}

/** Undefined when a claim is missing or the subject is not the account. */
export function decodeClaims(claims: Claims): BoundClaims | undefined {
  const own = record(claims['kubernetes.io'])
  const namespace = text(own?.['namespace'])
  const serviceAccount = reference(own?.['serviceaccount'])
  const { exp, nbf } = claims
  if (namespace === undefined || serviceAccount === undefined) return undefined
  if (claims['sub'] !== userName(namespace, serviceAccount.name)) return undefined
  if (typeof exp !== 'number') return undefined
  const pod = reference(own?.['pod'])
  const secret = reference(own?.['secret'])
  const node = reference(own?.['node'])
  const warnAfter = own?.['warnafter']
  return {
    type: 'bound',
    audiences: [claims['aud']].flat().filter((audience) => typeof audience === 'string'),
    namespace,
    serviceAccount,
    ...(pod !== undefined && { pod }),
    ...(secret !== undefined && { secret }),
    ...(node !== undefined && { node }),
    expiresMs: exp * 1000,
    notBeforeMs: typeof nbf === 'number' ? nbf * 1000 : 0,
    ...(typeof warnAfter === 'number' && { warnAfterMs: warnAfter * 1000 }),
    id: text(claims['jti']) ?? '',
  }
}

export function decodeLegacyClaims(claims: Claims): LegacyClaims | undefined {
  const [namespace, secret, name, uid] = [
    text(claims[legacyKeys.namespace]),
    text(claims[legacyKeys.secret]),
    text(claims[legacyKeys.name]),
    text(claims[legacyKeys.uid]),
  ]
  if (!namespace || !secret || !name || !uid) return undefined
  if (claims['sub'] !== userName(namespace, name)) return undefined
  return { type: 'legacy', namespace, secret, serviceAccount: { name, uid } }
}

function seconds(ms: number): number {
  return Math.floor(ms / 1000)
}

function record(value: unknown): Claims | undefined {
  return typeof value === 'object' && value !== null ? (value as Claims) : undefined
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined
}

function reference(value: unknown): Reference | undefined {
  const name = text(record(value)?.['name'])
  return name === undefined ? undefined : { name, uid: text(record(value)?.['uid']) ?? '' }
}
