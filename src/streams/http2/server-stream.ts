/** One request and its answer on a connection. RFC 9113, section 5. */
import type { IncomingHttpHeaders } from 'node:http'
import { errorCodes } from './errors.ts'
import type { ErrorCode } from './errors.ts'
import { flags, frameTypes } from './frames.ts'
import type { SentFrame } from './frames.ts'
import type { HeaderFields } from './header-encoder.ts'
import { RequestBody } from './request-body.ts'
import type { RequestHeaders } from './request-headers.ts'
import { SendQueue } from './send-queue.ts'

/** What a stream needs of its connection. */
export interface StreamOwner {
  sendHead(
    stream: ServerStream,
    head: { status: number; headers: HeaderFields; end: boolean },
  ): void
  sendReset(stream: ServerStream, code: ErrorCode): void
  /** Lets the peer send so many bytes more. */
  grant(stream: ServerStream, bytes: number): void
  /** The stream has something to send. */
  ready(stream: ServerStream): void
  closed(stream: ServerStream): void
}

export interface Windows {
  /** What the peer takes before it says more. */
  readonly send: number
  /** What we take. */
  readonly receive: number
}

export class ServerStream {
  readonly id: number
  readonly body: RequestBody
  readonly #owner: StreamOwner
  readonly #request: RequestHeaders
  readonly #receiveMax: number
  #sendWindow: number
  #receiveWindow: number
  #received = 0
  /** Taken by the reader of the body since the peer was last told. */
  #consumed = 0
  readonly #pending = new SendQueue()
  #isHeadSent = false
  #isEnding = false
  #isEnded = false
  #isClosed = false
  #onClose: (() => void)[] = []
  #onDrain: (() => void)[] = []

  constructor(
    owner: StreamOwner,
    id: number,
    { request, windows }: { request: RequestHeaders; windows: Windows },
  ) {
    this.#owner = owner
    this.id = id
    this.#request = request
    this.#sendWindow = windows.send
    this.#receiveWindow = windows.receive
    this.#receiveMax = windows.receive
    this.body = new RequestBody((bytes) => this.#grant(bytes))
  }

  get method(): string {
    return this.#request.method
  }

  /** Path and query. */
  get path(): string {
    return this.#request.path
  }

  get headers(): IncomingHttpHeaders {
    return this.#request.headers
  }

  get rawHeaders(): readonly string[] {
    return this.#request.raw
  }

  get headersSent(): boolean {
    return this.#isHeadSent
  }

  /** The whole answer was handed over. */
  get isEnded(): boolean {
    return this.#isEnded
  }

  get isClosed(): boolean {
    return this.#isClosed
  }

  /** What of the answer waits for the client. */
  get pendingBytes(): number {
    return this.#pending.bytes
  }

  respond(status: number, headers: HeaderFields, { end }: { readonly end: boolean }): void {
    if (this.#isHeadSent || this.#isClosed) return
    this.#isHeadSent = true
    this.#isEnding = end
    this.#owner.sendHead(this, { status, headers, end })
    if (end) this.#end()
  }

  /** The pieces are sent one after the other; nobody may change them. */
  write(pieces: readonly Uint8Array[]): void {
    if (this.#isEnding || this.#isClosed) return
    this.#pending.push(pieces)
    this.#owner.ready(this)
  }

  end(): void {
    if (this.#isEnding || this.#isClosed) return
    this.#isEnding = true
    this.#owner.ready(this)
  }

  reset(code: ErrorCode): void {
    if (this.#isClosed) return
    this.#owner.sendReset(this, code)
    this.close()
  }

  onClose(closed: () => void): void {
    if (this.#isClosed) closed()
    else this.#onClose.push(closed)
  }

  /** Resolves when all that was written is on its way, or never will be. */
  drained(): Promise<void> {
    if (this.#pending.bytes === 0 || this.#isClosed) return Promise.resolve()
    return new Promise((resolve) => this.#onDrain.push(resolve))
  }

  /** The next frame of the answer, of at most so many bytes; undefined: the peer takes none now. */
  take(bytesMax: number): SentFrame | undefined {
    const payloadBytes = Math.min(bytesMax, this.#sendWindow, this.#pending.bytes)
    if (payloadBytes <= 0 && !(this.#isEnding && this.#pending.bytes === 0)) return undefined
    const payload = this.#pending.take(payloadBytes)
    this.#sendWindow -= payloadBytes
    const isLast = this.#isEnding && this.#pending.bytes === 0
    const set = isLast ? flags.endStream : 0
    if (isLast) this.#end()
    if (this.#pending.bytes === 0) this.#drain()
    return { type: frameTypes.data, flags: set, streamId: this.id, payload, payloadBytes }
  }

  /** Whether there is something to send that the peer would take. */
  get isReady(): boolean {
    if (this.#isClosed || this.#isEnded) return false
    return this.#pending.bytes > 0 ? this.#sendWindow > 0 : this.#isEnding
  }

  /** The peer takes more, or less after it changed its settings; false: more than there can be. */
  widen(bytes: number): boolean {
    this.#sendWindow += bytes
    return this.#sendWindow <= 0x7fff_ffff
  }

  /** A piece of the body arrived, of `frameBytes` with its padding; the code of what is wrong with it. */
  receive(chunk: Buffer, frameBytes: number): ErrorCode | undefined {
    this.#receiveWindow -= frameBytes
    if (this.#receiveWindow < 0) return errorCodes.flowControlError
    if (this.body.isComplete) return errorCodes.streamClosed
    // Answered already: nobody will read it.
    if (this.#isEnded) return errorCodes.noError
    this.#received += chunk.length
    if (this.#received > this.#announced) return errorCodes.protocolError
    this.#grant(frameBytes - chunk.length)
    this.body.push(chunk)
    return undefined
  }

  /** The request is complete. */
  complete(): ErrorCode | undefined {
    const isShort =
      this.#headers('content-length') !== undefined && this.#received < this.#announced
    if (isShort) return errorCodes.protocolError
    this.body.complete()
    if (this.#isEnded) this.close()
    return undefined
  }

  /** Both sides are done, or one has given up. */
  close(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#pending.clear()
    this.body.fail()
    this.#owner.closed(this)
    this.#drain()
    const closed = this.#onClose
    this.#onClose = []
    for (const call of closed) call()
  }

  get #announced(): number {
    const length = this.#headers('content-length')
    return length === undefined ? Infinity : Number(length)
  }

  #headers(name: string): string | undefined {
    const value = this.#request.headers[name]
    return typeof value === 'string' ? value : undefined
  }

  #end(): void {
    this.#isEnded = true
    if (this.body.isComplete) this.close()
  }

  #drain(): void {
    const waiting = this.#onDrain
    this.#onDrain = []
    for (const resolve of waiting) resolve()
  }

  /** Told in large steps, so that it costs few frames. */
  #grant(bytes: number): void {
    this.#consumed += bytes
    if (this.#isClosed || this.body.isComplete || this.#consumed < this.#receiveMax / 2) return
    this.#receiveWindow += this.#consumed
    this.#owner.grant(this, this.#consumed)
    this.#consumed = 0
  }
}
