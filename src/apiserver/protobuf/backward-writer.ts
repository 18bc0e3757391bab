/**
 * Writes a message from its end to its start, as Go's generated code does: the length of what is nested
 * is known when it has been written, so nothing is measured before and nothing is moved after.
 */

const initialBytes = 16 * 1024
/** A larger buffer, left by a large object, is not kept for the next one. */
const keptBytesMax = 1024 * 1024
/** Longer texts are encoded by the platform, which costs a call. */
const inlineCharactersMax = 48

export class BackwardWriter {
  #bytes = Buffer.allocUnsafeSlow(initialBytes)
  #at = initialBytes

  /** How many bytes have been written. */
  get length(): number {
    return this.#bytes.length - this.#at
  }

  byte(value: number): void {
    this.#reserve(1)
    this.#bytes[--this.#at] = value
  }

  /** A number as it is: lengths, tags, and fields of whole numbers. */
  varint(value: number): void {
    if (value < 0 || value > 0x7fffffff) {
      this.#longVarint(value)
      return
    }
    this.#reserve(5)
    const size =
      value < 0x80 ? 1 : value < 0x4000 ? 2 : value < 0x200000 ? 3 : value < 0x10000000 ? 4 : 5
    let at = (this.#at -= size)
    let rest = value
    while (rest > 0x7f) {
      this.#bytes[at++] = (rest & 0x7f) | 0x80
      rest >>>= 7
    }
    this.#bytes[at] = rest
  }

  double(value: number): void {
    this.#reserve(8)
    this.#at -= 8
    this.#bytes.writeDoubleLE(value, this.#at)
  }

  /** Big-endian, as frames say their length. */
  uint32(value: number): void {
    this.#reserve(4)
    this.#at -= 4
    this.#bytes.writeUInt32BE(value, this.#at)
  }

  raw(bytes: Uint8Array): void {
    this.#reserve(bytes.length)
    this.#at -= bytes.length
    this.#bytes.set(bytes, this.#at)
  }

  /** UTF-8 with its length before it. */
  text(value: string): void {
    const { length } = value
    if (length <= inlineCharactersMax && this.#ascii(value)) {
      this.byte(length)
      return
    }
    const size = Buffer.byteLength(value)
    this.#reserve(size)
    this.#at -= size
    this.#bytes.write(value, this.#at, 'utf8')
    this.varint(size)
  }

  /** A copy with memory of its own, because it lives long; the writer is as new. */
  finish(): Buffer {
    const bytes = Buffer.allocUnsafeSlow(this.length)
    this.#bytes.copy(bytes, 0, this.#at)
    this.reset()
    return bytes
  }

  reset(): void {
    if (this.#bytes.length > keptBytesMax) this.#bytes = Buffer.allocUnsafeSlow(initialBytes)
    this.#at = this.#bytes.length
  }

  /** False, with nothing written, when there is more than ASCII in it. */
  #ascii(value: string): boolean {
    const { length } = value
    this.#reserve(length)
    const bytes = this.#bytes
    const start = this.#at - length
    for (let index = 0; index < length; index++) {
      const code = value.charCodeAt(index)
      if (code > 0x7f) return false
      bytes[start + index] = code
    }
    this.#at = start
    return true
  }

  /** 64 bits: a negative number takes ten bytes. */
  #longVarint(value: number): void {
    const bytes: number[] = []
    let rest = BigInt.asUintN(64, BigInt(value))
    while (rest > 0x7fn) {
      bytes.push(Number(rest & 0x7fn) | 0x80)
      rest >>= 7n
    }
    bytes.push(Number(rest))
    this.raw(Uint8Array.from(bytes))
  }

  #reserve(size: number): void {
    if (this.#at >= size) return
    const { length } = this
    const larger = Buffer.allocUnsafeSlow(Math.max(this.#bytes.length * 2, length + size))
    this.#bytes.copy(larger, larger.length - length, this.#at)
    this.#at = larger.length - length
    this.#bytes = larger
  }
}
