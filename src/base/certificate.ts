/** Reads of X.509 certificates what those need who cannot ask node:crypto. */
import { readDer, stringText, tags } from './der.ts'
import type { DerNode } from './der.ts'

const block = /-----BEGIN CERTIFICATE-----([^-]*)-----END CERTIFICATE-----/

/** The end of the first certificate of a PEM text, in ms since 1970; NaN when there is none. */
export function certificateExpiryMs(pem: string): number {
  const base64 = block.exec(pem)?.[1]
  if (base64 === undefined) return Number.NaN
  const bytes = Uint8Array.from(atob(base64.replaceAll(/\s/g, '')), (char) => char.charCodeAt(0))
  const fields = readDer(bytes).children[0]?.children ?? []
  // The version, [0], may be left out; the validity is the fourth of the fields behind it.
  const at = fields[0]?.tag === 0xa0 ? 4 : 3
  const notAfter = fields[at]?.children[1]
  return notAfter === undefined ? Number.NaN : timeOf(notAfter)
}

const blocks = /-----BEGIN CERTIFICATE-----\r?\n([A-Za-z0-9+/=\s]*?)-----END CERTIFICATE-----/g

/**
 * Why a PEM text cannot be roots of trust, in the words of Go's programs; undefined: it can.
 * Upstream: staging/src/k8s.io/client-go/util/cert/pem.go, ParseCertsPEM.
 */
export function caBundleProblem(pem: string): string | undefined {
  const found = [...pem.matchAll(blocks)].map(([, base64 = '']) => base64)
  if (found.length === 0) return 'data does not contain any valid RSA or ECDSA certificates'
  return found.every(isCertificate) ? undefined : 'x509: malformed certificate'
}

/** Whether the DER has the shape of one: what is signed, how, and the signature. */
function isCertificate(base64: string): boolean {
  try {
    const bytes = Uint8Array.fromBase64(base64)
    const { children } = readDer(bytes)
    return children.length === 3 && (children[0]?.children.length ?? 0) >= 6
  } catch {
    return false
  }
}

/** `YYMMDDHHMMSSZ` until 2049, with four digits of the year after it. */
function timeOf(node: DerNode): number {
  const text = stringText(node)
  const short = Number(text.slice(0, 2))
  const full = node.tag === tags.utcTime ? `${short < 50 ? '20' : '19'}${text}` : text
  const [, year, month, day, hour, minute, second] =
    /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/.exec(full) ?? []
  return Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`)
}
