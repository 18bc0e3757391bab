const hex = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'))

/** A random UUID (version 4), as objects' uids are. */
export function newUid(randomBytes: (size: number) => Uint8Array): string {
  const bytes = randomBytes(16)
  let text = ''
  for (let at = 0; at < 16; at += 1) {
    if (at === 4 || at === 6 || at === 8 || at === 10) text += '-'
    let byte = bytes[at] as number
    if (at === 6) byte = (byte & 0x0f) | 0x40
    if (at === 8) byte = (byte & 0x3f) | 0x80
    text += hex[byte]
  }
  return text
}
