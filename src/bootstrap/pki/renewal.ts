/** Whether a certificate on disk still serves, judged without a network. */
import { X509Certificate } from 'node:crypto'

export interface RenewalQuery {
  readonly nowMs: number
  /** The certificate of the authority that must have signed it. */
  readonly authority: string
  /** Names and addresses that it must be valid for. */
  readonly dnsNames?: readonly string[]
  readonly ipAddresses?: readonly string[]
}

/** The part of its life after which a certificate is renewed, as the kubelet does. */
const renewAfterFraction = 0.7

export interface Validity {
  readonly notBeforeMs: number
  readonly notAfterMs: number
}

/** Throws an Error when the text is not a certificate. */
export function validityOf(certificate: string): Validity {
  const parsed = new X509Certificate(certificate)
  return {
    notBeforeMs: parsed.validFromDate.getTime(),
    notAfterMs: parsed.validToDate.getTime(),
  }
}

/** Why the certificate must be issued anew; undefined when it is good. */
export function renewalReason(certificate: string, query: RenewalQuery): string | undefined {
  const parsed = new X509Certificate(certificate)
  const authority = new X509Certificate(query.authority)
  if (!parsed.checkIssued(authority) || !parsed.verify(authority.publicKey)) {
    return 'it was signed by another authority'
  }
  const { notBeforeMs, notAfterMs } = validityOf(certificate)
  if (query.nowMs > notBeforeMs + (notAfterMs - notBeforeMs) * renewAfterFraction) {
    return `it expires at ${parsed.validToDate.toISOString()}`
  }
  const name = query.dnsNames?.find((dnsName) => parsed.checkHost(dnsName) === undefined)
  const address = query.ipAddresses?.find((ip) => parsed.checkIP(ip) === undefined)
  const missing = name ?? address
  return missing === undefined ? undefined : `it is not valid for ${missing}`
}
