/**
 * Who signs tokens beside this cluster, and what their claims mean: the JWT part of an
 * AuthenticationConfiguration. Upstream: staging/src/k8s.io/apiserver/pkg/apis/apiserver/types.go, v1.36.
 */

export interface JwtIssuer {
  readonly url: string
  /** Where the discovery document is, if not below the URL. */
  readonly discoveryUrl?: string
  /** PEM; absent: the system's roots. */
  readonly certificateAuthority?: string
  /** One of them must be the token's. */
  readonly audiences: readonly string[]
  readonly claimValidationRules: readonly ClaimRule[]
  readonly username: ClaimSource
  readonly groups?: ClaimSource
  readonly uid?: ClaimSource
  readonly extra: readonly { readonly key: string; readonly valueExpression: string }[]
  readonly userValidationRules: readonly ExpressionRule[]
  /** Default: upstream's, all asymmetric ones. */
  readonly algorithms?: readonly string[]
}

/** A claim as it stands, with a prefix, or what an expression makes of all of them. */
export type ClaimSource =
  | { readonly claim: string; readonly prefix: string }
  | { readonly expression: string }

export interface ExpressionRule {
  readonly expression: string
  readonly message: string
}

export type ClaimRule = ExpressionRule | { readonly claim: string; readonly requiredValue: string }

/** Upstream's AllValidSigningAlgorithms. */
export const signingAlgorithms = [
  'RS256',
  'RS384',
  'RS512',
  'ES256',
  'ES384',
  'ES512',
  'PS256',
  'PS384',
  'PS512',
] as const
