/** Bytes that wait to be sent, in the pieces in which they came: nothing is copied, nothing changed. */

export class SendQueue {
  readonly #bodies: (readonly Uint8Array[])[] = []
  /** Where the first body goes on: which piece, and how far in it. */
  #piece = 0
  #offset = 0
  #bytes = 0

  get bytes(): number {
    return this.#bytes
  }

  push(body: readonly Uint8Array[]): void {
    let bytes = 0
    for (const piece of body) bytes += piece.length
    if (bytes === 0) return
    this.#bodies.push(body)
    this.#bytes += bytes
  }

  /** The next so many bytes, at most all there are. */
  take(bytes: number): readonly Uint8Array[] {
    const pieces: Uint8Array[] = []
    let left = Math.min(bytes, this.#bytes)
    this.#bytes -= left
    while (left > 0) {
      const piece = this.#current()
      const end = Math.min(piece.length, this.#offset + left)
      const isWhole = this.#offset === 0 && end === piece.length
      pieces.push(isWhole ? piece : piece.subarray(this.#offset, end))
      left -= end - this.#offset
      this.#offset = end
    }
    return pieces
  }

  clear(): void {
    this.#bodies.length = 0
    this.#bytes = this.#piece = this.#offset = 0
  }

  /** The first piece of which something is left. */
  #current(): Uint8Array {
    for (;;) {
      const body = this.#bodies[0] ?? []
      const piece = body[this.#piece]
      if (piece !== undefined && this.#offset < piece.length) return piece
      this.#offset = 0
      this.#piece += 1
      if (this.#piece < body.length) continue
      this.#bodies.shift()
      this.#piece = 0
    }
  }
}
