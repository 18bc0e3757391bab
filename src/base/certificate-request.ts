/** Reads PKCS #10 certificate requests (RFC 2986): what approvers, signers and admission look at. */
import { oidText, readDer, stringText } from './der.ts'
import type { DerNode } from './der.ts'

export interface CertificateRequest {
  readonly commonName: string
  readonly organizations: readonly string[]
  /** The encoded Name, as it stands in the request. */
  readonly subject: Uint8Array
  readonly dnsNames: readonly string[]
  /** `10.0.0.1`, `2001:db8:0:0:0:0:0:1`. */
  readonly ipAddresses: readonly string[]
  readonly emailAddresses: readonly string[]
  readonly uris: readonly string[]
  /** SubjectPublicKeyInfo, DER. */
  readonly publicKey: Uint8Array
  /** What was signed, the algorithm's OID, and the signature. */
  readonly signed: Uint8Array
  readonly signatureAlgorithm: string
  readonly signature: Uint8Array
}

const oids = {
  commonName: '2.5.4.3',
  organization: '2.5.4.10',
  extensionRequest: '1.2.840.113549.1.9.14',
  subjectAltName: '2.5.29.17',
} as const

/** Digests by the OID of the signature's algorithm, as node:crypto names them; null: the key's own. */
const digests: Readonly<Record<string, string | null>> = {
  '1.2.840.10045.4.3.2': 'sha256',
  '1.2.840.10045.4.3.3': 'sha384',
  '1.2.840.10045.4.3.4': 'sha512',
  '1.2.840.113549.1.1.11': 'sha256',
  '1.2.840.113549.1.1.12': 'sha384',
  '1.2.840.113549.1.1.13': 'sha512',
  '1.3.101.112': null,
}

/** What was digested for the request's signature; undefined: the algorithm is not known. */
export function digestOf({ signatureAlgorithm }: CertificateRequest): string | null | undefined {
  return digests[signatureAlgorithm]
}

const label = /-----BEGIN (?:NEW )?CERTIFICATE REQUEST-----([^-]*)-----END/

/** Throws an Error when the text is not a PEM certificate request. The signature is not checked. */
export function parseCertificateRequest(pem: string): CertificateRequest {
  const base64 = label.exec(pem)?.[1]
  if (base64 === undefined) throw new Error('PEM block type must be CERTIFICATE REQUEST')
  const bytes = Uint8Array.from(atob(base64.replaceAll(/\s/g, '')), (char) => char.charCodeAt(0))
  const [info, algorithm, signature] = readDer(bytes).children
  const [, subject, publicKey, attributes] = info?.children ?? []
  if (!info || !algorithm?.children[0] || !signature || !subject || !publicKey) {
    throw new Error('asn1: structure error: not a certificate request')
  }
  return {
    commonName: attributeValues(subject, oids.commonName).at(-1) ?? '',
    organizations: attributeValues(subject, oids.organization),
    subject: subject.raw,
    ...alternativeNames(attributes),
    publicKey: publicKey.raw,
    signed: info.raw,
    signatureAlgorithm: oidText(algorithm.children[0]),
    signature: signature.value.subarray(1),
  }
}

function attributeValues(name: DerNode, type: string): string[] {
  return name.children
    .flatMap((set) => set.children)
    .flatMap(({ children: [key, value] }) =>
      key !== undefined && value !== undefined && oidText(key) === type ? [stringText(value)] : [],
    )
}

/** The tags of GeneralName that Kubernetes looks at. */
const generalName = { email: 0x81, dns: 0x82, uri: 0x86, ip: 0x87 } as const

function alternativeNames(
  attributes: DerNode | undefined,
): Pick<CertificateRequest, 'dnsNames' | 'ipAddresses' | 'emailAddresses' | 'uris'> {
  const extensions = find(attributes?.children, oids.extensionRequest)?.children[1]?.children[0]
  const value = find(extensions?.children, oids.subjectAltName)?.children.at(-1)
  const names = value === undefined ? [] : readDer(value.value).children
  const texts = (tag: number) => names.filter((name) => name.tag === tag).map(stringText)
  return {
    dnsNames: texts(generalName.dns),
    emailAddresses: texts(generalName.email),
    uris: texts(generalName.uri),
    ipAddresses: names.filter((name) => name.tag === generalName.ip).map(addressText),
  }
}

function find(nodes: readonly DerNode[] | undefined, type: string): DerNode | undefined {
  return nodes?.find(({ children: [key] }) => key !== undefined && oidText(key) === type)
}

function addressText({ value }: DerNode): string {
  if (value.length === 4) return value.join('.')
  const view = new DataView(value.buffer, value.byteOffset, value.length)
  return Array.from({ length: value.length >> 1 }, (_, at) =>
    view.getUint16(at * 2).toString(16),
  ).join(':')
}
