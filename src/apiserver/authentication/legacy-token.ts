/**
 * Tokens that lie in secrets and never end: good as long as the secret holds them, and marked with the day
 * of their last use, so that superfluous ones can be told.
 * Upstream: pkg/serviceaccount/legacy.go, v1.36.
 */
import type { Secret } from '#api/core/v1.gen.ts'
import { secrets } from '#api/resources.gen.ts'
import type { Clock } from '#base/clock.ts'
import type { Objects } from '#apiserver/registry/objects.ts'
import { TokenError } from './authenticator.ts'
import type { LegacyClaims } from './service-account-claims.ts'

const lastUsedLabel = 'kubernetes.io/legacy-token-last-used'
const invalidSinceLabel = 'kubernetes.io/legacy-token-invalid-since'

export interface LegacyTokenDeps {
  readonly objects: () => Objects
  readonly clock: Clock
}

/** Throws TokenError when the secret does not hold the token, or is marked as invalid. */
export function checkLegacySecret(
  deps: LegacyTokenDeps,
  claims: LegacyClaims,
  token: string,
): Secret {
  const { namespace, serviceAccount } = claims
  const secret = deps.objects().get(secrets, namespace, claims.secret)
  if (secret === undefined || secret.metadata.deletionTimestamp !== undefined) {
    throw new TokenError('Token has been invalidated')
  }
  const stored = Buffer.from(secret.data?.['token'] ?? '', 'base64').toString()
  if (stored !== token) throw new TokenError("Token does not match server's copy")
  if ((secret.metadata.labels?.[invalidSinceLabel] ?? '') !== '') {
    throw new TokenError(
      `the token in secret ${namespace}/${claims.secret} for service account ${namespace}/${serviceAccount.name} has been marked invalid. Use tokens from the TokenRequest API or manually created secret-based tokens, or remove the '${invalidSinceLabel}' label from the secret to temporarily allow use of this token`,
    )
  }
  return secret
}

/** Once a day for each secret. Nobody waits for it, and nobody fails with it: the next use tries again. */
export class LastUse {
  readonly #deps: LegacyTokenDeps
  /** Of the secrets that are being marked. */
  readonly #marking = new Set<string>()

  constructor(deps: LegacyTokenDeps) {
    this.#deps = deps
  }

  mark({ metadata }: Secret): void {
    const { name, namespace = '', uid, labels } = metadata
    const today = dayOf(this.#deps.clock.nowMs())
    // A server whose clock is ahead may have begun the next day.
    if ((labels?.[lastUsedLabel] ?? '') >= today || this.#marking.has(uid)) return
    this.#marking.add(uid)
    this.#deps
      .objects()
      .modify(secrets, { namespace, name }, (secret) => {
        secret.metadata.labels = { ...secret.metadata.labels, [lastUsedLabel]: today }
      })
      .catch(() => undefined)
      .finally(() => this.#marking.delete(uid))
  }
}

/** `2026-11-28` */
export function dayOf(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10)
}
