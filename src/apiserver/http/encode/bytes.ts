/** Bytes put together without looking into them. */

/** What upstream's encoder ends with. */
export const newline = Buffer.from('\n')

export function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes)
    ? bytes
    : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
