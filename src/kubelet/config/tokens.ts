/** Service account tokens for pods, renewed in time. Upstream: pkg/kubelet/token/token_manager.go. */
import type { TokenRequest } from '#api/authentication/v1.gen.ts'
import type { Pod, ServiceAccountTokenProjection } from '#api/core/v1.gen.ts'
import { serviceaccounts } from '#api/resources.gen.ts'
import type { Clock } from '#base/clock.ts'
import type { Client } from '#client/client.ts'
import type { ServiceAccountToken } from '#kubelet/volumes/content.ts'

const defaultExpirationSeconds = 3600
/** Replaced after so much of its life, or after a day. */
const renewAfterFraction = 0.8
const renewAfterMsMax = 24 * 3600 * 1000

export class TokenSource {
  readonly #client: Client
  readonly #clock: Clock
  readonly #tokens = new Map<string, ServiceAccountToken>()

  constructor(client: Client, clock: Clock) {
    this.#client = client
    this.#clock = clock
  }

  /** The pod's token for an audience; a known one while it need not be replaced. */
  async token(
    pod: Pod,
    request: ServiceAccountTokenProjection,
    signal: AbortSignal,
  ): Promise<ServiceAccountToken> {
    const { audience = '', expirationSeconds = defaultExpirationSeconds } = request
    const key = [pod.metadata.uid, audience, expirationSeconds].join('/')
    const known = this.#tokens.get(key)
    if (known !== undefined && this.#clock.nowMs() < known.refreshAtMs) return known
    const fresh = await this.#request(pod, audience, expirationSeconds, signal)
    this.#tokens.set(key, fresh)
    return fresh
  }

  forget(podUid: string): void {
    for (const key of this.#tokens.keys()) {
      if (key.startsWith(`${podUid}/`)) this.#tokens.delete(key)
    }
  }

  async #request(
    pod: Pod,
    audience: string,
    expirationSeconds: number,
    signal: AbortSignal,
  ): Promise<ServiceAccountToken> {
    const { namespace = '', name, uid } = pod.metadata
    const accounts = this.#client.in(serviceaccounts, namespace)
    const nowMs = this.#clock.nowMs()
    const answer = (await accounts.createSubresource(
      pod.spec.serviceAccountName ?? 'default',
      'token',
      {
        apiVersion: 'authentication.k8s.io/v1',
        kind: 'TokenRequest',
        spec: {
          ...(audience === '' ? {} : { audiences: [audience] }),
          expirationSeconds,
          boundObjectRef: { apiVersion: 'v1', kind: 'Pod', name, uid },
        },
      },
      { signal },
    )) as TokenRequest
    const { token = '', expirationTimestamp } = answer.status ?? {}
    const expiresMs =
      expirationTimestamp === undefined
        ? nowMs + expirationSeconds * 1000
        : Date.parse(expirationTimestamp)
    const lifeMs = Math.min((expiresMs - nowMs) * renewAfterFraction, renewAfterMsMax)
    return { token, refreshAtMs: nowMs + lifeMs }
  }
}
