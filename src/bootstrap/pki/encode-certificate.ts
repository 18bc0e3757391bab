/**
 * The bytes of an X.509 v3 certificate. Keys, signatures and checks are node:crypto's; only the layout
 * is written here, because a library for it takes longer to load than a cluster to sign its certificates.
 */
import { createHash, createPublicKey, sign } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import * as der from '#base/der.ts'
import { ipBytes } from './ip-bytes.ts'
import { extendedUsages, keyUsageBits } from './usages.ts'
import type { ExtendedUsage } from './usages.ts'

export type Usage = 'server' | 'client' | 'both'

export interface Subject {
  readonly commonName: string
  readonly organizations?: readonly string[]
}

export interface CertificateFields {
  readonly serial: Uint8Array
  /** An encoded Name: the subject of the issuer's certificate. */
  readonly issuer: Uint8Array
  /** An encoded Name. */
  readonly subject: Uint8Array
  readonly notBeforeMs: number
  readonly notAfterMs: number
  readonly publicKey: KeyObject
  readonly authority: boolean
  /** Bits of `keyUsageBits`; absent: what such a key can do. */
  readonly keyUsage?: number
  /** Absent for authorities, which may issue for every use. */
  readonly extendedUsages?: readonly ExtendedUsage[]
  readonly dnsNames: readonly string[]
  readonly ipAddresses: readonly string[]
  readonly emailAddresses?: readonly string[]
  readonly uris?: readonly string[]
  readonly issuerKey: KeyObject
}

const oids = {
  commonName: '2.5.4.3',
  organization: '2.5.4.10',
  subjectKeyId: '2.5.29.14',
  keyUsage: '2.5.29.15',
  subjectAltName: '2.5.29.17',
  basicConstraints: '2.5.29.19',
  authorityKeyId: '2.5.29.35',
  extendedKeyUsage: '2.5.29.37',
  ecdsaWithSha256: '1.2.840.10045.4.3.2',
  rsaWithSha256: '1.2.840.113549.1.1.11',
} as const

/** An X.501 Name in Go's order: all organizations in one set, then the common name. */
export function encodeName(subject: Subject): Uint8Array {
  const attribute = (type: string, value: string) => der.sequence(der.oid(type), der.text(value))
  const organizations = (subject.organizations ?? []).map((name) =>
    attribute(oids.organization, name),
  )
  return der.sequence(
    ...(organizations.length === 0 ? [] : [der.setOf(...organizations)]),
    der.setOf(attribute(oids.commonName, subject.commonName)),
  )
}

/** The signed certificate, DER. */
export function encodeCertificate(fields: CertificateFields): Uint8Array {
  const algorithm = signatureAlgorithm(fields.issuerKey)
  const toBeSigned = der.sequence(
    der.explicit(0, der.integer(Uint8Array.of(2))),
    der.integer(fields.serial),
    algorithm,
    fields.issuer,
    der.sequence(der.time(fields.notBeforeMs), der.time(fields.notAfterMs)),
    fields.subject,
    publicKeyInfo(fields.publicKey),
    der.explicit(3, der.sequence(...extensions(fields))),
  )
  const signature = sign('sha256', toBeSigned, fields.issuerKey)
  return der.sequence(toBeSigned, algorithm, der.bitString(signature))
}

function extensions(fields: CertificateFields): Uint8Array[] {
  const bits = fields.keyUsage ?? keyUsage(fields)
  const list = [
    ...(bits === 0 ? [] : [extension(oids.keyUsage, true, usageBits(bits))]),
    extension(
      oids.basicConstraints,
      true,
      fields.authority ? der.sequence(der.boolean(true)) : der.sequence(),
    ),
  ]
  if (fields.extendedUsages !== undefined && fields.extendedUsages.length > 0) {
    const uses = fields.extendedUsages.map((use) => der.oid(extendedUsages[use]))
    list.push(extension(oids.extendedKeyUsage, false, der.sequence(...uses)))
  }
  if (fields.authority) {
    list.push(extension(oids.subjectKeyId, false, der.octetString(keyId(fields.publicKey))))
  }
  const issuerId = der.implicit(0, keyId(createPublicKey(fields.issuerKey)))
  list.push(extension(oids.authorityKeyId, false, der.sequence(issuerId)))
  const names = alternativeNames(fields)
  if (names.length > 0) {
    list.push(extension(oids.subjectAltName, false, der.sequence(...names)))
  }
  return list
}

function extension(type: string, critical: boolean, value: Uint8Array): Uint8Array {
  const flag = critical ? [der.boolean(true)] : []
  return der.sequence(der.oid(type), ...flag, der.octetString(value))
}

/** In Go's order. */
function alternativeNames(fields: CertificateFields): Uint8Array[] {
  const text = (tag: number) => (name: string) => der.implicit(tag, Buffer.from(name, 'ascii'))
  return [
    ...fields.dnsNames.map(text(2)),
    ...(fields.emailAddresses ?? []).map(text(1)),
    ...fields.ipAddresses.map((address) => der.implicit(7, ipBytes(address))),
    ...(fields.uris ?? []).map(text(6)),
  ]
}

/** Key encipherment is what RSA key exchange needs; an elliptic key cannot do it. */
function keyUsage(fields: CertificateFields): number {
  const encipher = fields.publicKey.asymmetricKeyType === 'rsa' ? keyUsageBits.keyEncipherment : 0
  const certify = fields.authority ? keyUsageBits.certSign : 0
  return keyUsageBits.digitalSignature | encipher | certify
}

/** DER drops the zero bits at the end. */
function usageBits(bits: number): Uint8Array {
  const bytes = (bits & 0xff) === 0 ? [bits >> 8] : [bits >> 8, bits & 0xff]
  const last = bytes.at(-1) ?? 0
  return der.bitString(Uint8Array.from(bytes), Math.min(7, Math.clz32(last & -last) ^ 31))
}

function signatureAlgorithm(key: KeyObject): Uint8Array {
  return key.asymmetricKeyType === 'rsa'
    ? der.sequence(der.oid(oids.rsaWithSha256), der.element(0x05))
    : der.sequence(der.oid(oids.ecdsaWithSha256))
}

function publicKeyInfo(key: KeyObject): Uint8Array {
  return key.export({ type: 'spki', format: 'der' })
}

/** RFC 5280, 4.2.1.2, method 1: SHA-1 over the bits of the public key. */
function keyId(key: KeyObject): Uint8Array {
  const bits = der.readDer(publicKeyInfo(key)).children[1]?.value.subarray(1) ?? new Uint8Array()
  return createHash('sha1').update(bits).digest()
}
