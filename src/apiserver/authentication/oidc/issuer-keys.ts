/** The keys of an issuer, found by its discovery document (OpenID Connect Discovery 1.0). */
import { request } from 'node:https'
import type { IncomingMessage } from 'node:http'
import { createRemoteJWKSet, customFetch } from 'jose'
import type { JWTVerifyGetKey } from 'jose'
import type { Clock } from '#base/clock.ts'
import { connectFailure } from '#base/net-error.ts'
import type { JwtIssuer } from './issuer.ts'

const limits = {
  /** Upstream's timeout of the client. */
  timeoutMs: 10_000,
  /** A failed discovery is not tried again before: upstream's retry. */
  retryMs: 10_000,
  documentBytesMax: 1024 * 1024,
} as const

/** Rejects with an Error when the issuer cannot be asked, or is another one. */
export type IssuerKeys = () => Promise<JWTVerifyGetKey>

export function issuerKeys(issuer: JwtIssuer, clock: Clock): IssuerKeys {
  let found: Promise<JWTVerifyGetKey> | undefined
  let failedMs = Number.NEGATIVE_INFINITY
  let failure: unknown
  return async () => {
    if (found === undefined && clock.monotonicMs() - failedMs < limits.retryMs) throw failure
    found ??= discover(issuer)
    try {
      return await found
    } catch (error) {
      found = undefined
      failedMs = clock.monotonicMs()
      failure = error
      throw error
    }
  }
}

async function discover(issuer: JwtIssuer): Promise<JWTVerifyGetKey> {
  const { url, discoveryUrl, certificateAuthority: ca } = issuer
  const at = discoveryUrl ?? `${url.replace(/\/$/, '')}/.well-known/openid-configuration`
  const document = JSON.parse(await get(at, ca)) as { issuer?: unknown; jwks_uri?: unknown }
  if (document.issuer !== url) {
    throw new Error(
      `oidc: issuer did not match the issuer returned by provider, expected ${JSON.stringify(url)} got ${JSON.stringify(document.issuer)}`,
    )
  }
  if (typeof document.jwks_uri !== 'string') throw new Error('oidc: no jwks_uri in the document')
  return createRemoteJWKSet(new URL(document.jwks_uri), {
    timeoutDuration: limits.timeoutMs,
    [customFetch]: async (keys) => new Response(await get(keys, ca)),
  })
}

/** Rejects with an Error that names the address. */
async function get(url: string, ca: string | undefined): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>()
  const signal = AbortSignal.timeout(limits.timeoutMs)
  const outgoing = request(url, { agent: false, signal, ...(ca !== undefined && { ca }) }, resolve)
  outgoing.on('error', reject)
  outgoing.end()
  try {
    const answer = await promise
    if (answer.statusCode !== 200) throw new Error(`unexpected status ${answer.statusCode}`)
    return await textOf(answer)
  } catch (error) {
    const why = connectFailure(error, new URL(url).host)
    throw new Error(`Get ${JSON.stringify(url)}: ${why}`, { cause: error })
  }
}

async function textOf(answer: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > limits.documentBytesMax) throw new Error('the document is too large')
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString()
}
