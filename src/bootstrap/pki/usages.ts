/**
 * What a certificate may be used for, by the names of the certificates API.
 * Upstream: pkg/controller/certificates/authority/policies.go.
 */

/** Bits of KeyUsage (RFC 5280, 4.2.1.3), counted from the left of two bytes. */
export const keyUsageBits = {
  digitalSignature: 0x8000,
  contentCommitment: 0x4000,
  keyEncipherment: 0x2000,
  dataEncipherment: 0x1000,
  keyAgreement: 0x0800,
  certSign: 0x0400,
  crlSign: 0x0200,
  encipherOnly: 0x0100,
  decipherOnly: 0x0080,
} as const

export const extendedUsages = {
  any: '2.5.29.37.0',
  serverAuth: '1.3.6.1.5.5.7.3.1',
  clientAuth: '1.3.6.1.5.5.7.3.2',
  codeSigning: '1.3.6.1.5.5.7.3.3',
  emailProtection: '1.3.6.1.5.5.7.3.4',
  ipsecEndSystem: '1.3.6.1.5.5.7.3.5',
  ipsecTunnel: '1.3.6.1.5.5.7.3.6',
  ipsecUser: '1.3.6.1.5.5.7.3.7',
  timestamping: '1.3.6.1.5.5.7.3.8',
  ocspSigning: '1.3.6.1.5.5.7.3.9',
  microsoftSgc: '1.3.6.1.4.1.311.10.3.3',
  netscapeSgc: '2.16.840.1.113730.4.1',
} as const

export type ExtendedUsage = keyof typeof extendedUsages

const keyUsages: Readonly<Record<string, number>> = {
  signing: keyUsageBits.digitalSignature,
  'digital signature': keyUsageBits.digitalSignature,
  'content commitment': keyUsageBits.contentCommitment,
  'key encipherment': keyUsageBits.keyEncipherment,
  'key agreement': keyUsageBits.keyAgreement,
  'data encipherment': keyUsageBits.dataEncipherment,
  'cert sign': keyUsageBits.certSign,
  'crl sign': keyUsageBits.crlSign,
  'encipher only': keyUsageBits.encipherOnly,
  'decipher only': keyUsageBits.decipherOnly,
}

const extended: Readonly<Record<string, ExtendedUsage>> = {
  any: 'any',
  'server auth': 'serverAuth',
  'client auth': 'clientAuth',
  'code signing': 'codeSigning',
  'email protection': 'emailProtection',
  's/mime': 'emailProtection',
  'ipsec end system': 'ipsecEndSystem',
  'ipsec tunnel': 'ipsecTunnel',
  'ipsec user': 'ipsecUser',
  timestamping: 'timestamping',
  'ocsp signing': 'ocspSigning',
  'microsoft sgc': 'microsoftSgc',
  'netscape sgc': 'netscapeSgc',
}

export interface Usages {
  readonly keyUsage: number
  readonly extendedUsages: readonly ExtendedUsage[]
}

/** Throws an Error that names those it does not know. */
export function usagesNamed(names: readonly string[]): Usages {
  const unknown = names.filter((name) => !(name in keyUsages) && !(name in extended))
  if (unknown.length > 0) throw new Error(`unrecognized usage values: ${JSON.stringify(unknown)}`)
  const asked = new Set(names.flatMap((name) => extended[name] ?? []))
  return {
    keyUsage: names.reduce((bits, name) => bits | (keyUsages[name] ?? 0), 0),
    extendedUsages: (Object.keys(extendedUsages) as ExtendedUsage[]).filter((one) =>
      asked.has(one),
    ),
  }
}
