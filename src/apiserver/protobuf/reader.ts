/** The protobuf wire format: varints, fixed numbers and lengths, nothing about types. */

/** The bytes are not what the type says. */
export class ProtobufError extends Error {
  override readonly name = 'ProtobufError'
}

/** Deeper messages are refused before a walk over them runs out of stack, as JSON is. */
const depthMax = 1000

export class ProtobufReader {
  readonly #bytes: Buffer
  #at = 0
  #end: number
  #depth = 0

  constructor(bytes: Buffer) {
    this.#bytes = bytes
    this.#end = bytes.length
  }

  /** Whether the message at hand is at its end. */
  get done(): boolean {
    return this.#at >= this.#end
  }

  /** The next field: its number times eight, and its wire type. */
  tag(): number {
    return this.int64()
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
    return this.#bytes.readDoubleLE(this.#take(8))
  }

  bytes(): Buffer {
    const start = this.#take(this.int64())
    return this.#bytes.subarray(start, this.#at)
  }

  text(): string {
    const start = this.#take(this.int64())
    return this.#bytes.toString('utf8', start, this.#at)
  }

  /** Goes into a nested message; what is returned is for {@link leave}, when it is done. */
  enter(): number {
    const outer = this.#end
    const start = this.#take(this.int64())
    this.#end = this.#at
    this.#at = start
    this.#depth += 1
    if (this.#depth > depthMax) throw new ProtobufError('exceeded max depth')
    return outer
  }

  leave(outer: number): void {
    this.#end = outer
    this.#depth -= 1
  }

  skip(wire: number): void {
    if (wire === 0) this.int64()
    else if (wire === 1) this.#take(8)
    else if (wire === 2) this.#take(this.int64())
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
    const byte = this.#bytes[this.#at]
    if (byte === undefined || this.#at >= this.#end) throw new ProtobufError('unexpected EOF')
    this.#at += 1
    return byte
  }

  /** Where the next bytes begin. */
  #take(length: number): number {
    const start = this.#at
    if (length < 0 || start + length > this.#end) throw new ProtobufError('unexpected EOF')
    this.#at = start + length
    return start
  }
}
