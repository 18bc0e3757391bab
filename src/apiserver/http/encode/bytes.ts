/** Bytes put together without looking into them. */

export const newline = Buffer.from('\n')

/** The object and the newline that upstream's encoder ends with. */
export function withNewline(bytes: Uint8Array): Buffer {
  const line = Buffer.allocUnsafe(bytes.length + 1)
  line.set(bytes)
  line[bytes.length] = 0x0a
  return line
}

export function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes)
    ? bytes
    : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
