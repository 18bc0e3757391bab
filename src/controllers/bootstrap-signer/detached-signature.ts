/**
 * A JSON web signature whose content travels beside it: `head..signature`.
 * Upstream: staging/src/k8s.io/cluster-bootstrap/token/jws/jws.go.
 */

const algorithm = { name: 'HMAC', hash: 'SHA-256' } as const

/** Proves that who signed knows the secret of the token. */
export async function detachedSignature(
  content: string,
  { id, secret }: { readonly id: string; readonly secret: string },
): Promise<string> {
  const text = new TextEncoder()
  const encode = (bytes: Uint8Array): string =>
    bytes.toBase64({ alphabet: 'base64url', omitPadding: true })
  const head = encode(text.encode(JSON.stringify({ alg: 'HS256', kid: id })))
  const body = encode(text.encode(content))
  const { subtle } = globalThis.crypto
  const key = await subtle.importKey('raw', text.encode(secret), algorithm, false, ['sign'])
  const signature = await subtle.sign(algorithm.name, key, text.encode(`${head}.${body}`))
  return `${head}..${encode(new Uint8Array(signature))}`
}
