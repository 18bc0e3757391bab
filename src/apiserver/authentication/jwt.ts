/** Signed JSON web tokens (RFC 7519), as far as service accounts use them: one issuer, known keys. */
import { constants, createHash, createPrivateKey, createPublicKey, sign, verify } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import { TokenError } from './authenticator.ts'

export type Claims = Readonly<Record<string, unknown>>

export interface VerificationKey {
  /** `kid`: the digest of the public key, as upstream derives it. */
  readonly id: string
  readonly key: KeyObject
  readonly algorithm: Algorithm
}

export interface SigningKey extends VerificationKey {
  readonly privateKey: KeyObject
}

export type Algorithm = 'RS256' | 'ES256' | 'ES384' | 'ES512'

const digests: Readonly<Record<Algorithm, string>> = {
  RS256: 'sha256',
  ES256: 'sha256',
  ES384: 'sha384',
  ES512: 'sha512',
}

const curves: Readonly<Record<string, Algorithm>> = {
  prime256v1: 'ES256',
  secp384r1: 'ES384',
  secp521r1: 'ES512',
}

/** Tokens beyond this are not looked at. */
const tokenCharsMax = 16 * 1024

/** Reads a PEM key, private or public. Throws an Error for keys that cannot sign tokens. */
export function verificationKey(pem: string): VerificationKey {
  const key = createPublicKey(pem)
  const id = createHash('sha256')
    .update(key.export({ type: 'spki', format: 'der' }))
    .digest('base64url')
  return { id, key, algorithm: algorithmOf(key) }
}

export function signingKey(pem: string): SigningKey {
  return { ...verificationKey(pem), privateKey: createPrivateKey(pem) }
}

export function signToken(claims: Claims, key: SigningKey): string {
  const head = encode({ alg: key.algorithm, kid: key.id })
  const body = `${head}.${encode(claims)}`
  const signature = sign(digests[key.algorithm], Buffer.from(body), padded(key.privateKey))
  return `${body}.${signature.toString('base64url')}`
}

/** The claims, unproven; undefined when the text is not a JWT at all. */
export function peekClaims(token: string): Claims | undefined {
  const parts = token.length > tokenCharsMax ? [] : token.split('.')
  return parts.length === 3 ? decode(parts[1] ?? '') : undefined
}

/** The claims of a token that one of the keys signed. Throws TokenError. Times are not checked. */
export function verifyToken(token: string, keys: readonly VerificationKey[]): Claims {
  const [head = '', body = '', signature = ''] = token.split('.')
  const header = decode(head)
  const claims = decode(body)
  if (header === undefined || claims === undefined) throw new TokenError('invalid bearer token')
  const signed = Buffer.from(`${head}.${body}`)
  const proof = Buffer.from(signature, 'base64url')
  const candidates = keys.filter(
    (key) =>
      key.algorithm === header['alg'] && (header['kid'] === undefined || key.id === header['kid']),
  )
  const proven = candidates.some(({ key, algorithm }) =>
    verify(digests[algorithm], signed, padded(key), proof),
  )
  if (!proven) throw new TokenError('go-jose/go-jose: error in cryptographic primitive')
  return claims
}

/** The public half as RFC 7517 has it. */
export function jsonWebKey(key: VerificationKey): object {
  return { use: 'sig', ...key.key.export({ format: 'jwk' }), kid: key.id, alg: key.algorithm }
}

function algorithmOf(key: KeyObject): Algorithm {
  if (key.asymmetricKeyType === 'rsa') return 'RS256'
  const algorithm = curves[key.asymmetricKeyDetails?.namedCurve ?? '']
  if (algorithm === undefined) throw new Error('unknown public key type for service account tokens')
  return algorithm
}

/** JWS has the two numbers of an elliptic signature side by side, not in ASN.1. */
function padded(key: KeyObject) {
  return key.asymmetricKeyType === 'rsa'
    ? { key, padding: constants.RSA_PKCS1_PADDING }
    : { key, dsaEncoding: 'ieee-p1363' as const }
}

function encode(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}

function decode(part: string): Claims | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, 'base64url').toString())
    return typeof value === 'object' && value !== null ? (value as Claims) : undefined
  } catch {
    return undefined
  }
}
