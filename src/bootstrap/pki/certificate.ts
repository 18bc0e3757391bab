/**
 * Certificate authorities and what they issue, as PEM. Shapes follow kubeadm's.
 * Upstream: cmd/kubeadm/app/util/pkiutil/pki_helpers.go, NewSignedCert and NewCertificateAuthority.
 */
import { X509Certificate, createPrivateKey, createPublicKey, generateKeyPair } from 'node:crypto'
import { randomBytes } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import { promisify } from 'node:util'
import { readDer } from '#base/der.ts'
import { must } from '#base/assert.ts'
import { encodeCertificate, encodeName } from './encode-certificate.ts'
import type { Subject, Usage } from './encode-certificate.ts'
import type { ExtendedUsage } from './usages.ts'

export type KeyAlgorithm = 'ECDSA-P256' | 'RSA-2048'

/** A certificate and its private key, both PEM. */
export interface KeyPair {
  readonly certificate: string
  readonly key: string
}

/** A key pair that may sign. */
export interface Authority extends KeyPair {}

interface Lifetime {
  readonly days: number
  readonly nowMs: number
}

export interface AuthorityOptions extends Subject, Lifetime {
  readonly algorithm?: KeyAlgorithm
}

export interface CertificateOptions extends AuthorityOptions {
  readonly dnsNames?: readonly string[]
  readonly ipAddresses?: readonly string[]
  readonly usage: Usage
}

/** A private key and its public half, both PEM, as service-account tokens are signed with. */
export interface SigningKey {
  readonly key: string
  readonly publicKey: string
}

/** Certificates start this much in the past, so that a clock that lags a little accepts them. */
const backdateMs = 5 * 60_000
const dayMs = 86_400_000

const usages: Readonly<Record<Usage, readonly ExtendedUsage[]>> = {
  server: ['serverAuth'],
  client: ['clientAuth'],
  both: ['serverAuth', 'clientAuth'],
}

/** A self-signed authority. */
export async function createAuthority(options: AuthorityOptions): Promise<Authority> {
  const keys = await newKeys(options.algorithm ?? 'ECDSA-P256')
  const name = encodeName(options)
  const certificate = encodeCertificate({
    serial: newSerial(),
    issuer: name,
    subject: name,
    ...validity(options),
    publicKey: keys.publicKey,
    authority: true,
    dnsNames: [options.commonName],
    ipAddresses: [],
    issuerKey: keys.privateKey,
  })
  return { certificate: certificatePem(certificate), key: privatePem(keys.privateKey) }
}

/** A new key with a certificate for it; it never outlives the authority's own. */
export async function issueCertificate(
  authority: Authority,
  options: CertificateOptions,
): Promise<KeyPair> {
  const keys = await newKeys(options.algorithm ?? 'ECDSA-P256')
  const certificate = signCertificate(authority, {
    ...options,
    ...validity(options),
    subjectName: encodeName(options),
    publicKey: keys.publicKey,
    extendedUsages: usages[options.usage],
  })
  return { certificate, key: privatePem(keys.privateKey) }
}

export interface SignOptions {
  readonly notBeforeMs: number
  readonly notAfterMs: number
  /** An encoded X.501 Name. */
  readonly subjectName: Uint8Array
  readonly publicKey: KeyObject
  /** Bits of `keyUsageBits`; absent: what such a key can do. */
  readonly keyUsage?: number
  readonly extendedUsages: readonly ExtendedUsage[]
  readonly dnsNames?: readonly string[]
  readonly ipAddresses?: readonly string[]
  readonly emailAddresses?: readonly string[]
  readonly uris?: readonly string[]
}

/** A certificate for a key that somebody else holds. */
export function signCertificate(authority: Authority, options: SignOptions): string {
  const issuer = new X509Certificate(authority.certificate)
  const certificate = encodeCertificate({
    ...options,
    serial: newSerial(),
    issuer: subjectName(issuer),
    subject: options.subjectName,
    notAfterMs: Math.min(options.notAfterMs, issuer.validToDate.getTime()),
    authority: false,
    dnsNames: options.dnsNames ?? [],
    ipAddresses: options.ipAddresses ?? [],
    issuerKey: createPrivateKey(authority.key),
  })
  return certificatePem(certificate)
}

/** A key pair without a certificate. */
export async function createSigningKey(algorithm: KeyAlgorithm): Promise<SigningKey> {
  const keys = await newKeys(algorithm)
  return { key: privatePem(keys.privateKey), publicKey: publicPem(keys.privateKey) }
}

/** The public half of a private key, PEM. */
export function publicPem(key: KeyObject | string): string {
  return createPublicKey(key).export({ type: 'spki', format: 'pem' }) as string
}

async function newKeys(
  algorithm: KeyAlgorithm,
): Promise<{ publicKey: KeyObject; privateKey: KeyObject }> {
  const generate = promisify(generateKeyPair)
  return algorithm === 'RSA-2048'
    ? await generate('rsa', { modulusLength: 2048 })
    : await generate('ec', { namedCurve: 'P-256' })
}

function validity(options: Lifetime): { notBeforeMs: number; notAfterMs: number } {
  return {
    notBeforeMs: options.nowMs - backdateMs,
    notAfterMs: options.nowMs + options.days * dayMs,
  }
}

/** 63 random bits, never zero. */
function newSerial(): Uint8Array {
  const bytes = randomBytes(8)
  bytes[0] = ((bytes[0] ?? 0) & 0x7f) | 0x01
  return bytes
}

/** The bytes of the subject as the certificate has them, so that chains compare equal. */
function subjectName(certificate: X509Certificate): Uint8Array {
  const fields = readDer(certificate.raw).children[0]?.children
  return must(fields?.[5], 'a certificate has a subject').raw
}

function certificatePem(bytes: Uint8Array): string {
  const lines =
    Buffer.from(bytes)
      .toString('base64')
      .match(/.{1,64}/g) ?? []
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`
}

function privatePem(key: KeyObject): string {
  const type = key.asymmetricKeyType === 'rsa' ? 'pkcs1' : 'sec1'
  return key.export({ type, format: 'pem' }) as string
}
