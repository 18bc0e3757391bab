import { isIPv4, isIPv6 } from 'node:net'

/** The 4 or 16 bytes of an address. Throws an Error when the text is not an address. */
export function ipBytes(address: string): Uint8Array {
  if (isIPv4(address)) return Uint8Array.from(address.split('.').map(Number))
  if (!isIPv6(address) || address.includes('%')) throw new Error(`not an IP address: ${address}`)
  const [left = '', right] = embedded(address).split('::')
  const head = words(left)
  const tail = words(right ?? '')
  const zeros = Array.from({ length: 8 - head.length - tail.length }, () => 0)
  return Uint8Array.from([...head, ...zeros, ...tail].flatMap((word) => [word >> 8, word & 0xff]))
}

function words(part: string): number[] {
  return part === '' ? [] : part.split(':').map((word) => Number.parseInt(word, 16))
}

/** `::ffff:10.0.0.1` with its last four bytes in hexadecimal. */
function embedded(address: string): string {
  const at = address.lastIndexOf(':') + 1
  const last = address.slice(at)
  if (!last.includes('.')) return address
  const [a = 0, b = 0, c = 0, d = 0] = last.split('.').map(Number)
  return `${address.slice(0, at)}${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}`
}
