/**
 * Bootstrap tokens as secrets in kube-system hold them.
 * Upstream: staging/src/k8s.io/cluster-bootstrap/token/api/types.go and util/secrets/secrets.go.
 */
import { parseTime, TimeError } from '#api/meta/time.ts'
import type { Secret } from './v1.gen.ts'

export const bootstrapTokenType = 'bootstrap.kubernetes.io/token'
export const bootstrapTokenNamespace = 'kube-system'
export const bootstrapTokenPrefix = 'bootstrap-token-'

export type BootstrapTokenKey =
  | 'token-id'
  | 'token-secret'
  | 'expiration'
  | 'usage-bootstrap-authentication'
  | 'usage-bootstrap-signing'
  | 'auth-extra-groups'

/** '' when the secret does not say. */
export function bootstrapTokenValue({ data }: Secret, key: BootstrapTokenKey): string {
  return new TextDecoder().decode(Uint8Array.fromBase64(data?.[key] ?? ''))
}

export function isBootstrapToken({ metadata, type }: Secret): boolean {
  return type === bootstrapTokenType && metadata.namespace === bootstrapTokenNamespace
}

/** When it ends, in ms since 1970; undefined: never. A time that cannot be read counts as past. */
export function bootstrapTokenEndMs(secret: Secret): number | undefined {
  const expiration = bootstrapTokenValue(secret, 'expiration')
  if (expiration === '') return undefined
  try {
    return parseTime(expiration)
  } catch (error) {
    if (error instanceof TimeError) return 0
    throw error
  }
}

export function hasBootstrapTokenEnded(secret: Secret, nowMs: number): boolean {
  const endMs = bootstrapTokenEndMs(secret)
  return endMs !== undefined && endMs <= nowMs
}
