/** gRPC's framing of messages: a byte that says whether it is compressed, four of length, the message. */
import { GrpcError } from '#base/grpc-error.ts'
import { limits } from './limits.ts'

const headBytes = 5

export function frame(message: Uint8Array): Buffer {
  const framed = Buffer.allocUnsafe(headBytes + message.length)
  framed[0] = 0
  framed.writeUInt32BE(message.length, 1)
  framed.set(message, headBytes)
  return framed
}

/** Cuts what arrives into messages. A message that came in one piece is not copied. */
export class FrameReader {
  #chunks: Buffer[] = []
  #length = 0

  /** Whole messages, in order. Throws a GrpcError when one is compressed or too large. */
  push(chunk: Buffer): readonly Buffer[] {
    const messages: Buffer[] = []
    this.#chunks.push(chunk)
    this.#length += chunk.length
    while (this.#length >= headBytes) {
      const head = this.#peek(headBytes)
      if (head[0] !== 0) throw new GrpcError('Internal', 'the answer is compressed')
      const length = head.readUInt32BE(1)
      if (length > limits.messageBytesMax) {
        throw new GrpcError('ResourceExhausted', `an answer of ${length} bytes is too large`)
      }
      if (this.#length < headBytes + length) break
      messages.push(this.#take(headBytes + length).subarray(headBytes))
    }
    return messages
  }

  #peek(count: number): Buffer {
    const [first] = this.#chunks
    if (first !== undefined && first.length >= count) return first
    this.#chunks = [Buffer.concat(this.#chunks)]
    return this.#chunks[0] ?? Buffer.alloc(0)
  }

  #take(count: number): Buffer {
    const [first, ...others] = this.#chunks
    const whole = first !== undefined && first.length >= count ? first : Buffer.concat(this.#chunks)
    const rest = whole.subarray(count)
    const later = whole === first ? others : []
    this.#chunks = rest.length > 0 ? [rest, ...later] : later
    this.#length -= count
    return whole.subarray(0, count)
  }
}
