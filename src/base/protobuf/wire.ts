/** Protobuf's wire format: varints, fixed words and length-delimited bytes. */

/** Collects the bytes of one message. */
export class Writer {
  #buffer = Buffer.allocUnsafe(256)
  #length = 0

  tag(number: number, wire: 0 | 1 | 2): void {
    this.varint(number * 8 + wire)
  }

  /** An integer; negative ones take ten bytes, in two's complement, as int32 and int64 do. */
  varint(value: number): void {
    this.#reserve(10)
    if (value < 0 || value > Number.MAX_SAFE_INTEGER)
      return this.#wide(BigInt.asUintN(64, BigInt(value)))
    let rest = value
    while (rest > 0x7f) {
      this.#buffer[this.#length++] = (rest % 0x80) | 0x80
      rest = Math.floor(rest / 0x80)
    }
    this.#buffer[this.#length++] = rest
  }

  double(value: number): void {
    this.#reserve(8)
    this.#length = this.#buffer.writeDoubleLE(value, this.#length)
  }

  /** A length and the bytes. */
  bytes(value: Uint8Array): void {
    this.varint(value.length)
    this.#reserve(value.length)
    this.#buffer.set(value, this.#length)
    this.#length += value.length
  }

  /** What is written until {@link end} is one message within this one: it is written in place. */
  begin(): number {
    this.#reserve(1)
    return this.#length++ // most are short: one byte for the length
  }

  end(start: number): void {
    const size = this.#length - start - 1
    const more = lengthBytes(size) - 1
    this.#reserve(more + 10) // as much as writing the length may ask for, so that nothing moves then
    if (more > 0) this.#buffer.copyWithin(start + 1 + more, start + 1, this.#length)
    const end = this.#length + more
    this.#length = start
    this.varint(size)
    this.#length = end
  }

  finish(): Buffer {
    return this.#buffer.subarray(0, this.#length)
  }

  #wide(value: bigint): void {
    let rest = value
    while (rest > 0x7fn) {
      this.#buffer[this.#length++] = Number(rest & 0x7fn) | 0x80
      rest >>= 7n
    }
    this.#buffer[this.#length++] = Number(rest)
  }

  #reserve(count: number): void {
    const needed = this.#length + count
    if (needed <= this.#buffer.length) return
    const grown = Buffer.allocUnsafe(Math.max(needed, this.#buffer.length * 2))
    this.#buffer.copy(grown, 0, 0, this.#length)
    this.#buffer = grown
  }
}

/** How many bytes a length takes. */
function lengthBytes(size: number): number {
  let bytes = 1
  for (let rest = size; rest > 0x7f; rest = Math.floor(rest / 0x80)) bytes++
  return bytes
}

/** Reads one message; throws when it ends in the middle of a field. */
export class Reader {
  readonly #buffer: Buffer
  #position = 0

  constructor(bytes: Uint8Array) {
    this.#buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }

  get done(): boolean {
    return this.#position >= this.#buffer.length
  }

  tag(): { number: number; wire: number } {
    const tag = this.varint()
    return { number: Math.floor(tag / 8), wire: tag % 8 }
  }

  /** An integer; ten-byte varints are negative numbers. */
  varint(): number {
    let value = 0
    let factor = 1
    const start = this.#position
    for (;;) {
      const byte = this.#byte()
      value += (byte & 0x7f) * factor
      if (byte < 0x80) break
      factor *= 0x80
    }
    return value > Number.MAX_SAFE_INTEGER ? this.#wide(start) : value
  }

  double(): number {
    return this.#take(8).readDoubleLE()
  }

  bytes(): Buffer {
    return this.#take(this.varint())
  }

  skip(wire: number): void {
    if (wire === 0) this.varint()
    else if (wire === 1) this.#take(8)
    else if (wire === 2) this.bytes()
    else if (wire === 5) this.#take(4)
    else throw new Error(`protobuf: unknown wire type ${wire}`)
  }

  #wide(start: number): number {
    let value = 0n
    for (let index = start; index < this.#position; index++) {
      value |= BigInt(this.#buffer.readUInt8(index) & 0x7f) << BigInt(7 * (index - start))
    }
    return Number(BigInt.asIntN(64, value))
  }

  #byte(): number {
    const byte = this.#buffer[this.#position++]
    if (byte === undefined) throw new Error('protobuf: the message ends too early')
    return byte
  }

  #take(count: number): Buffer {
    const end = this.#position + count
    if (end > this.#buffer.length) throw new Error('protobuf: the message ends too early')
    const taken = this.#buffer.subarray(this.#position, end)
    this.#position = end
    return taken
  }
}
