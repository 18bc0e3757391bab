/** The protobuf wire format: varints, fixed numbers and lengths, nothing about types. */

/** The bytes are not what the type says. */
export class ProtobufError extends Error {
  override readonly name = 'ProtobufError'
}

export class ProtobufReader {
  readonly #bytes: Buffer
  #at = 0

  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }

  get done(): boolean {
    return this.#at >= this.#bytes.length
  }

  /** The next field's number and wire type. */
  tag(): { readonly field: number; readonly wire: number } {
    const tag = this.int64()
    return { field: Math.floor(tag / 8), wire: tag % 8 }
  }

  /** A varint as a signed 64-bit number; those beyond 2^53 lose their last digits, as in JSON. */
  int64(): number {
    let low = 0
    let shift = 1
    for (let count = 0; count < 7; count++) {
      const byte = this.#byte()
      low += (byte & 0x7f) * shift
      if (byte < 0x80) return low
      shift *= 128
    }
    return this.#long(BigInt(low))
  }

  double(): number {
    return this.#take(8).readDoubleLE()
  }

  bytes(): Buffer {
    return this.#take(this.int64())
  }

  text(): string {
    return this.bytes().toString()
  }

  skip(wire: number): void {
    if (wire === 0) this.int64()
    else if (wire === 1) this.#take(8)
    else if (wire === 2) this.bytes()
    else if (wire === 5) this.#take(4)
    else throw new ProtobufError(`proto: illegal wireType ${wire}`)
  }

  /** The last bytes of a varint that does not fit into 49 bits. */
  #long(low: bigint): number {
    let value = low
    for (let shift = 49n; shift < 70n; shift += 7n) {
      const byte = this.#byte()
      value |= BigInt(byte & 0x7f) << shift
      if (byte < 0x80) return Number(BigInt.asIntN(64, value))
    }
    throw new ProtobufError('proto: integer overflow')
  }

  #byte(): number {
    const byte = this.#bytes[this.#at++]
    if (byte === undefined) throw new ProtobufError('unexpected EOF')
    return byte
  }

  #take(length: number): Buffer {
    const end = this.#at + length
    if (length < 0 || end > this.#bytes.length) throw new ProtobufError('unexpected EOF')
    const taken = this.#bytes.subarray(this.#at, end)
    this.#at = end
    return taken
  }
}
