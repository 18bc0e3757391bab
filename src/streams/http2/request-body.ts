/** What a client sends with a request, in the order in which it comes; it is read once. */

export class RequestBody implements AsyncIterable<Buffer>, AsyncIterator<Buffer, undefined> {
  #chunks: Buffer[] = []
  #isComplete = false
  #isCut = false
  #waiting: PromiseWithResolvers<void> | undefined
  readonly #consumed: (bytes: number) => void

  /** `consumed`: so much was taken, and as much may be sent anew. */
  constructor(consumed: (bytes: number) => void) {
    this.#consumed = consumed
  }

  get isComplete(): boolean {
    return this.#isComplete
  }

  push(chunk: Buffer): void {
    if (chunk.length > 0) this.#chunks.push(chunk)
    this.#wake()
  }

  complete(): void {
    this.#isComplete = true
    this.#wake()
  }

  /** Nothing more will come; what has come is of no use. */
  fail(): void {
    this.#isCut = !this.#isComplete
    this.#wake()
  }

  async next(): Promise<IteratorResult<Buffer, undefined>> {
    for (;;) {
      if (this.#isCut) throw new StreamClosedError('the stream is closed')
      const chunk = this.#chunks.shift()
      if (chunk !== undefined) {
        this.#consumed(chunk.length)
        return { done: false, value: chunk }
      }
      if (this.#isComplete) return { done: true, value: undefined }
      this.#waiting ??= Promise.withResolvers()
      await this.#waiting.promise
    }
  }

  async return(): Promise<IteratorReturnResult<undefined>> {
    this.#chunks = []
    return { done: true, value: undefined }
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  #wake(): void {
    this.#waiting?.resolve()
    this.#waiting = undefined
  }
}

/** The client reset the stream, or the connection is gone. */
export class StreamClosedError extends Error {
  override readonly name = 'StreamClosedError'
  readonly code = 'ERR_STREAM_CLOSED'
}
