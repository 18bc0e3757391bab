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

/** `YYMMDDHHMMSSZ` until 2049, with four digits of the year after it. */
function timeOf(node: DerNode): number {
  const text = stringText(node)
  const short = Number(text.slice(0, 2))
  const full = node.tag === tags.utcTime ? `${short < 50 ? '20' : '19'}${text}` : text
  const [, year, month, day, hour, minute, second] =
    /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/.exec(full) ?? []
  return Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`)
}
