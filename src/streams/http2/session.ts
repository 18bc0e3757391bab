/**
 * The server's side of an HTTP/2 connection: requests in, answers out. RFC 9113.
 *
 * It does what an API server needs and no more: no push, no priorities, no trailers, no table of headers
 * on the way out. Why it is our own is told in docs/decisions/0006-http2.md.
 */
import type { Duplex } from 'node:stream'
import type { Clock } from '#base/clock.ts'
import { ConnectionError, errorCodes } from './errors.ts'
import type { ErrorCode } from './errors.ts'
import { contentOf, flags, FrameReader, frameTypes, payloadBytesMax } from './frames.ts'
import type { ReceivedFrame } from './frames.ts'
import { HeaderDecoder } from './header-decoder.ts'
import type { RawHeaders } from './header-decoder.ts'
import type { HeaderEncoder } from './header-encoder.ts'
import type { HeaderFields } from './header-encoder.ts'
import { Outgoing } from './outgoing.ts'
import { Patience } from './patience.ts'
import { requestHeaders } from './request-headers.ts'
import { ServerStream } from './server-stream.ts'
import type { StreamOwner } from './server-stream.ts'
import { encodeSettings, readSettings } from './settings.ts'
import type { WriteBuffers } from './write-buffers.ts'

export interface SessionOptions {
  readonly socket: Duplex
  readonly clock: Clock
  readonly concurrentStreamsMax: number
  readonly headerBytesMax: number
  /** What a client may send of one body before somebody reads it. */
  readonly streamWindowBytes: number
  /** How long the preface, and later a block of headers, may take. */
  readonly headersTimeoutMs: number
  request(stream: ServerStream): void
}

/** What all connections of a server have in common. */
export interface SharedBySessions {
  readonly encoder: HeaderEncoder
  readonly buffers: WriteBuffers
}

const preface = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n')
/** What all streams together may send: bounded by their number and their own windows. */
const receiveWindowBytes = 16 * 1024 * 1024
const defaultWindowBytes = 65_535
/** Heads of answers, answers to pings and the like that a client leaves unread. */
const unreadBytesMax = 1024 * 1024

interface HeaderBlock {
  readonly streamId: number
  readonly isEnd: boolean
  readonly pieces: Buffer[]
  bytes: number
  /** Cuts off who does not come to the end of it. */
  timer?: Disposable
}

export class Session implements StreamOwner {
  readonly #options: SessionOptions
  readonly #reader = new FrameReader()
  readonly #taken = (frame: ReceivedFrame): void => this.#take(frame)
  readonly #decoder: HeaderDecoder
  readonly #encoder: HeaderEncoder
  readonly #outgoing: Outgoing
  readonly #patience: Patience
  readonly #streams = new Map<number, ServerStream>()
  readonly #prefaceTimer: Disposable
  /** Of the connection preface; what it lacks. */
  #prefaceLeft: Buffer = preface
  #isGreeted = false
  #block: HeaderBlock | undefined
  #newestId = 0
  #sendWindow = defaultWindowBytes
  #consumed = 0
  #isClosing = false

  constructor(options: SessionOptions, shared: SharedBySessions) {
    const { socket, clock, headersTimeoutMs } = options
    this.#options = options
    this.#encoder = shared.encoder
    this.#decoder = new HeaderDecoder({ listBytesMax: options.headerBytesMax })
    this.#outgoing = new Outgoing(socket, shared.buffers)
    this.#patience = new Patience(() => clock.monotonicMs())
    this.#prefaceTimer = clock.after(headersTimeoutMs, () => this.destroy())
    socket.on('data', (chunk: Buffer) => this.#receive(chunk))
    socket.once('close', () => this.#gone())
    this.#greet()
  }

  /** Streams that are open. */
  get open(): number {
    return this.#streams.size
  }

  /** Takes no more requests, and ends when those that are open are done. */
  close(): void {
    if (this.#isClosing) return
    this.#isClosing = true
    this.#goAway(errorCodes.noError)
    this.#endWhenIdle()
  }

  destroy(): void {
    this.#options.socket.destroy()
  }

  sendHead(
    stream: ServerStream,
    { status, headers, end }: { status: number; headers: HeaderFields; end: boolean },
  ): void {
    const block = this.#encoder.encode(status, headers)
    const first = block.subarray(0, payloadBytesMax)
    const isWhole = first.length === block.length
    const set = (end ? flags.endStream : 0) | (isWhole ? flags.endHeaders : 0)
    this.#send(frameTypes.headers, { flags: set, streamId: stream.id, payload: first })
    for (let at = payloadBytesMax; at < block.length; at += payloadBytesMax) {
      const payload = block.subarray(at, at + payloadBytesMax)
      const isLast = at + payloadBytesMax >= block.length
      const set = isLast ? flags.endHeaders : 0
      this.#send(frameTypes.continuation, { flags: set, streamId: stream.id, payload })
    }
  }

  sendReset({ id }: Pick<ServerStream, 'id'>, code: ErrorCode): void {
    this.#send(frameTypes.resetStream, { streamId: id, payload: number32(code) })
  }

  grant({ id }: Pick<ServerStream, 'id'>, bytes: number): void {
    this.#send(frameTypes.windowUpdate, { streamId: id, payload: number32(bytes) })
  }

  ready(stream: ServerStream): void {
    this.#outgoing.ready(stream)
  }

  closed(stream: ServerStream): void {
    this.#outgoing.forget(stream)
    this.#streams.delete(stream.id)
    if (this.#isClosing) this.#endWhenIdle()
  }

  #greet(): void {
    const { concurrentStreamsMax, headerBytesMax, streamWindowBytes } = this.#options
    const payload = encodeSettings({
      maxConcurrentStreams: concurrentStreamsMax,
      initialWindowSize: streamWindowBytes,
      maxHeaderListSize: headerBytesMax,
    })
    this.#send(frameTypes.settings, { payload })
    this.grant({ id: 0 }, receiveWindowBytes - defaultWindowBytes)
  }

  #receive(chunk: Buffer): void {
    try {
      const bytes = this.#afterPreface(chunk)
      if (bytes.length === 0) return
      this.#reader.read(bytes, this.#taken)
      if (this.#outgoing.queuedBytes > unreadBytesMax) this.destroy()
    } catch (error) {
      if (!(error instanceof ConnectionError)) throw error
      this.#fail(error.code)
    }
  }

  #afterPreface(chunk: Buffer): Buffer {
    if (this.#prefaceLeft.length === 0) return chunk
    const length = Math.min(chunk.length, this.#prefaceLeft.length)
    if (!chunk.subarray(0, length).equals(this.#prefaceLeft.subarray(0, length))) {
      throw new ConnectionError(errorCodes.protocolError, 'this is not HTTP/2')
    }
    this.#prefaceLeft = this.#prefaceLeft.subarray(length)
    return chunk.subarray(length)
  }

  #take(frame: ReceivedFrame): void {
    const { type, streamId } = frame
    if (this.#block !== undefined) {
      const isNext = type === frameTypes.continuation && streamId === this.#block.streamId
      if (!isNext) throw protocolError('a block of headers is interrupted')
    }
    if (!this.#isGreeted) {
      if (type !== frameTypes.settings) throw protocolError('the first frame must be SETTINGS')
      this.#isGreeted = true
      this.#prefaceTimer[Symbol.dispose]()
    }
    switch (type) {
      case frameTypes.data:
        return this.#data(frame)
      case frameTypes.headers:
        return this.#headers(frame)
      case frameTypes.continuation:
        return this.#continuation(frame)
      case frameTypes.windowUpdate:
        return this.#windowUpdate(frame)
      case frameTypes.resetStream:
        return this.#reset(frame)
      case frameTypes.settings:
        return this.#settings(frame)
      case frameTypes.ping:
        return this.#ping(frame)
      case frameTypes.priority:
        return this.#priority(frame)
      case frameTypes.goAway:
        return this.#clientLeaves(frame)
      case frameTypes.pushPromise:
        throw protocolError('only servers push')
      default: // unknown frames are to be ignored
        this.#patience.spend()
    }
  }

  #data(frame: ReceivedFrame): void {
    const { streamId, payload } = frame
    this.#assertKnown(streamId)
    const content = contentOf(frame)
    this.#consumed += payload.length
    // The streams' own windows bound what waits: the connection's is filled at once.
    if (this.#consumed > receiveWindowBytes / 2) {
      this.grant({ id: 0 }, this.#consumed)
      this.#consumed = 0
    }
    const isEnd = (frame.flags & flags.endStream) !== 0
    if (content.length === 0 && !isEnd) this.#patience.spend()
    const stream = this.#streams.get(streamId)
    if (stream === undefined) return // was reset or is done; the client may not know yet
    const isFine = isEnd && stream.isEnded
    const wrong = isFine ? undefined : stream.receive(content, payload.length)
    const end = wrong === undefined && isEnd ? stream.complete() : wrong
    if (end !== undefined) stream.reset(end)
  }

  #headers(frame: ReceivedFrame): void {
    const { streamId } = frame
    if (streamId % 2 === 0) throw protocolError('a client opens odd streams')
    const isEnd = (frame.flags & flags.endStream) !== 0
    const block: HeaderBlock = { streamId, isEnd, pieces: [], bytes: 0 }
    this.#addToBlock(block, frame, contentOf(frame))
  }

  #continuation(frame: ReceivedFrame): void {
    if (this.#block === undefined) throw protocolError('CONTINUATION of nothing')
    this.#patience.spend()
    this.#addToBlock(this.#block, frame, frame.payload)
  }

  #addToBlock(block: HeaderBlock, frame: ReceivedFrame, piece: Buffer): void {
    block.pieces.push(piece)
    block.bytes += piece.length
    if (block.bytes > this.#options.headerBytesMax) {
      throw new ConnectionError(errorCodes.enhanceYourCalm, 'a block of headers is too large')
    }
    if ((frame.flags & flags.endHeaders) === 0) {
      const { clock, headersTimeoutMs } = this.#options
      block.timer ??= clock.after(headersTimeoutMs, () => this.destroy())
      this.#block = block
      return
    }
    this.#block = undefined
    block.timer?.[Symbol.dispose]()
    const [only] = block.pieces
    const bytes =
      block.pieces.length === 1 && only !== undefined ? only : Buffer.concat(block.pieces)
    this.#blockDone(block, this.#decoder.decode(bytes))
  }

  #blockDone({ streamId, isEnd }: HeaderBlock, raw: RawHeaders | undefined): void {
    if (streamId > this.#newestId) return this.#open(streamId, isEnd, raw)
    const stream = this.#streams.get(streamId)
    if (stream === undefined) return // was reset or is done
    if (stream.body.isComplete) return stream.reset(errorCodes.streamClosed)
    // Trailers: nobody asks for what they say, but they end the request.
    const wrong = isEnd ? stream.complete() : errorCodes.protocolError
    if (wrong !== undefined) stream.reset(wrong)
  }

  #open(streamId: number, isEnd: boolean, raw: RawHeaders | undefined): void {
    if (this.#isClosing) return // the client was told that it is not served
    this.#newestId = streamId
    const { concurrentStreamsMax, streamWindowBytes } = this.#options
    if (this.#streams.size >= concurrentStreamsMax) {
      this.#patience.spend()
      return this.sendReset({ id: streamId }, errorCodes.refusedStream)
    }
    const request = raw === undefined ? undefined : requestHeaders(raw)
    const windows = { send: this.#sendWindow, receive: streamWindowBytes }
    const malformed = { method: '', path: '', headers: {}, raw: [] }
    const stream = new ServerStream(this, streamId, { request: request ?? malformed, windows })
    this.#streams.set(streamId, stream)
    if (raw === undefined) return stream.respond(431, {}, { end: true })
    const wrong =
      request === undefined ? errorCodes.protocolError : isEnd ? stream.complete() : undefined
    if (wrong !== undefined) return stream.reset(wrong)
    this.#options.request(stream)
  }

  #windowUpdate({ streamId, payload }: ReceivedFrame): void {
    assertSize(payload, 4)
    const bytes = payload.readUInt32BE(0) & 0x7fff_ffff
    if (streamId === 0) {
      if (bytes === 0) throw protocolError('a window grows by nothing')
      if (!this.#outgoing.widen(bytes)) throw flowControlError()
      return
    }
    this.#assertKnown(streamId)
    const stream = this.#streams.get(streamId)
    if (stream === undefined) return
    if (bytes === 0) return stream.reset(errorCodes.protocolError)
    if (!stream.widen(bytes)) return stream.reset(errorCodes.flowControlError)
    if (stream.isReady) this.#outgoing.ready(stream)
  }

  #reset({ streamId, payload }: ReceivedFrame): void {
    assertSize(payload, 4)
    this.#assertKnown(streamId)
    this.#patience.spend()
    this.#streams.get(streamId)?.close()
  }

  #settings({ flags: set, streamId, payload }: ReceivedFrame): void {
    if (streamId !== 0) throw protocolError('SETTINGS are for the connection')
    if ((set & flags.acknowledged) !== 0) return assertSize(payload, 0)
    this.#patience.spend()
    const { initialWindowSize } = readSettings(payload)
    if (initialWindowSize !== undefined) {
      const more = initialWindowSize - this.#sendWindow
      this.#sendWindow = initialWindowSize
      for (const stream of this.#streams.values()) {
        if (!stream.widen(more)) throw flowControlError()
        if (stream.isReady) this.#outgoing.ready(stream)
      }
    }
    this.#send(frameTypes.settings, { flags: flags.acknowledged })
  }

  #ping({ flags: set, streamId, payload }: ReceivedFrame): void {
    if (streamId !== 0) throw protocolError('a ping is for the connection')
    assertSize(payload, 8)
    if ((set & flags.acknowledged) !== 0) return
    this.#patience.spend()
    this.#send(frameTypes.ping, { flags: flags.acknowledged, payload: Buffer.from(payload) })
  }

  #priority({ streamId, payload }: ReceivedFrame): void {
    if (streamId === 0) throw protocolError('a priority is for a stream')
    assertSize(payload, 5)
    this.#patience.spend()
  }

  /** What is open goes on. */
  #clientLeaves({ streamId }: ReceivedFrame): void {
    if (streamId !== 0) throw protocolError('GOAWAY is for the connection')
    this.close()
  }

  /** Streams that were never opened have no frames. */
  #assertKnown(streamId: number): void {
    if (streamId === 0 || streamId > this.#newestId) {
      if (this.#isClosing && streamId !== 0) return
      throw protocolError(`stream ${streamId} is not open`)
    }
  }

  #send(
    type: number,
    rest: { readonly flags?: number; readonly streamId?: number; readonly payload?: Uint8Array },
  ): void {
    const { flags: set = 0, streamId = 0, payload } = rest
    const pieces = payload === undefined ? [] : [payload]
    const payloadBytes = payload?.length ?? 0
    this.#outgoing.send({ type, flags: set, streamId, payload: pieces, payloadBytes })
  }

  #goAway(code: ErrorCode): void {
    const payload = Buffer.concat([number32(this.#newestId), number32(code)])
    this.#send(frameTypes.goAway, { payload })
  }

  #fail(code: ErrorCode): void {
    this.#isClosing = true
    this.#goAway(code)
    this.#outgoing.end()
    this.#options.socket.removeAllListeners('data')
    this.#options.socket.resume()
    for (const stream of this.#streams.values()) stream.close()
  }

  #endWhenIdle(): void {
    if (this.#streams.size === 0) this.#outgoing.end()
  }

  #gone(): void {
    this.#isClosing = true
    this.#prefaceTimer[Symbol.dispose]()
    this.#block?.timer?.[Symbol.dispose]()
    for (const stream of this.#streams.values()) stream.close()
  }
}

function number32(value: number): Buffer {
  const bytes = Buffer.allocUnsafe(4)
  bytes.writeUInt32BE(value)
  return bytes
}

function assertSize(payload: Buffer, size: number): void {
  if (payload.length === size) return
  throw new ConnectionError(errorCodes.frameSizeError, `a frame of ${payload.length} bytes`)
}

function protocolError(message: string): ConnectionError {
  return new ConnectionError(errorCodes.protocolError, message)
}

function flowControlError(): ConnectionError {
  return new ConnectionError(errorCodes.flowControlError, 'a window is too large')
}
