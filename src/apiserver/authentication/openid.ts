/**
 * How others verify service accounts' tokens: discovery document and key set.
 * Upstream: pkg/serviceaccount/openidmetadata.go and pkg/routes/openidmetadata.go.
 */
import type { Endpoint } from '#apiserver/http/endpoint.ts'
import { jsonWebKey } from './jwt.ts'
import type { VerificationKey } from './jwt.ts'

export interface OpenIdOptions {
  readonly issuer: string
  /** `--service-account-jwks-uri`, or the server's own. */
  readonly jwksUri: string
  readonly keys: readonly VerificationKey[]
}

/** Keys: as in `Endpoints.plain`. */
export function openIdEndpoints(options: OpenIdOptions): ReadonlyMap<string, Endpoint> {
  const configuration = JSON.stringify({
    issuer: options.issuer,
    jwks_uri: options.jwksUri,
    response_types_supported: ['id_token'],
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: [
      ...new Set(options.keys.map((k) => k.algorithm)),
    ].sort(),
  })
  const keySet = JSON.stringify({ keys: options.keys.map(jsonWebKey) })
  return new Map([
    ['GET /.well-known/openid-configuration', document(configuration, 'application/json')],
    ['GET /openid/v1/jwks', document(keySet, 'application/jwk-set+json')],
  ])
}

function document(body: string, contentType: string): Endpoint {
  const headers = { 'Content-Type': contentType, 'Cache-Control': 'public, max-age=3600' }
  return () => ({ type: 'raw', status: 200, headers, body })
}
