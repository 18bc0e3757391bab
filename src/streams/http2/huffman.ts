/**
 * The Huffman code of header strings. It is canonical: shorter codes come first, equally long ones in
 * the order of their bytes, so the lengths say everything.
 * RFC 7541, section 5.2 and appendix B.
 */
import { HpackError } from './errors.ts'

/** Bits of the code of each byte, sixteen a row; then of the end of the string. */
const lengths = [
  13, 23, 28, 28, 28, 28, 28, 28, 28, 24, 30, 28, 28, 30, 28, 28, 28, 28, 28, 28, 28, 28, 30, 28,
  28, 28, 28, 28, 28, 28, 28, 28, 6, 10, 10, 12, 13, 6, 8, 11, 10, 10, 8, 11, 8, 6, 6, 6, 5, 5, 5,
  6, 6, 6, 6, 6, 6, 6, 7, 8, 15, 6, 12, 10, 13, 6, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7,
  7, 7, 7, 7, 7, 7, 8, 7, 8, 13, 19, 13, 14, 6, 15, 5, 6, 5, 6, 5, 6, 6, 6, 5, 7, 7, 6, 6, 6, 5, 6,
  7, 6, 5, 5, 6, 7, 7, 7, 7, 7, 15, 11, 14, 13, 28, 20, 22, 20, 20, 22, 22, 22, 23, 22, 23, 23, 23,
  23, 23, 24, 23, 24, 24, 22, 23, 24, 23, 23, 23, 23, 21, 22, 23, 22, 23, 23, 24, 22, 21, 20, 22,
  22, 23, 23, 21, 23, 22, 22, 24, 21, 22, 23, 23, 21, 21, 22, 21, 23, 22, 23, 23, 20, 22, 22, 22,
  23, 22, 22, 23, 26, 26, 20, 19, 22, 23, 22, 25, 26, 26, 26, 27, 27, 26, 24, 25, 19, 21, 26, 27,
  27, 26, 27, 24, 21, 21, 26, 26, 28, 27, 27, 27, 20, 24, 20, 21, 22, 21, 21, 23, 22, 22, 25, 25,
  24, 24, 26, 23, 26, 27, 26, 26, 27, 27, 27, 27, 27, 28, 27, 27, 27, 27, 27, 26, 30,
] as const

const endOfString = 256
const bitsMax = 30
const paddingBitsMax = 7

/** All bytes in the order of their codes. */
const symbols = [...lengths.keys()].sort((a, b) => bitsOf(a) - bitsOf(b) || a - b)
/** How many codes there are of each length. */
const counts = Array.from({ length: bitsMax + 1 }, (_, bits) => countOf(bits))

/** Throws HpackError. */
export function decodeHuffman(bytes: Uint8Array): string {
  const text = Buffer.allocUnsafe(Math.ceil((bytes.length * 8) / 5))
  let length = 0
  // Of the codes that have as many bits as were read: the first, and its place among the symbols.
  let first = 0
  let index = 0
  let code = 0
  let bits = 0
  for (const byte of bytes) {
    for (let shift = 7; shift >= 0; shift--) {
      code |= (byte >> shift) & 1
      const count = counts[++bits] ?? 0
      if (code - count < first) {
        const symbol = symbols[index + code - first] ?? endOfString
        if (symbol === endOfString) throw new HpackError('a header string holds its own end')
        text[length++] = symbol
        first = index = code = bits = 0
        continue
      }
      index += count
      first = (first + count) << 1
      code <<= 1
    }
  }
  const isPadding = bits <= paddingBitsMax && code >> 1 === (1 << bits) - 1
  if (!isPadding) throw new HpackError('a header string is padded with something else than its end')
  return text.toString('latin1', 0, length)
}

function bitsOf(symbol: number): number {
  return lengths[symbol] ?? 0
}

function countOf(bits: number): number {
  return lengths.filter((length) => length === bits).length
}
