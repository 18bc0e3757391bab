/** HTTP/2 exchanges over the streams of our own sessions. */
import type { IncomingHttpHeaders } from 'node:http'
import { errorCodes } from '#streams/http2/errors.ts'
import type { ServerStream } from '#streams/http2/server-stream.ts'
import type { Connection } from './connection.ts'
import { bytesIn, ClientGoneError, LazySignal } from './exchange.ts'
import type { Exchange, ReplyHeaders, ReplyStream } from './exchange.ts'

export class Http2Exchange implements Exchange {
  readonly #stream: ServerStream
  readonly connection: Connection
  readonly httpVersion = '2.0'
  readonly #closeSession: () => void
  #abort: LazySignal | undefined

  /** `closeSession` lets streams that are open go on. */
  constructor(stream: ServerStream, connection: Connection, closeSession: () => void) {
    this.#stream = stream
    this.#closeSession = closeSession
    this.connection = connection
  }

  get method(): string {
    return this.#stream.method
  }

  get url(): string {
    return this.#stream.path
  }

  get headers(): IncomingHttpHeaders {
    return this.#stream.headers
  }

  get rawHeaders(): readonly string[] {
    return this.#stream.rawHeaders
  }

  get body(): AsyncIterable<Uint8Array> {
    return this.#stream.body
  }

  get signal(): AbortSignal {
    return this.#aborting().signal
  }

  get replied(): boolean {
    return this.#stream.headersSent
  }

  reply(status: number, headers: ReplyHeaders, body: readonly Uint8Array[]): void {
    const stream = this.#stream
    const length = bytesIn(body)
    headers['content-length'] = length
    const isBare = this.method === 'HEAD' || length === 0
    stream.respond(status, headers, { end: isBare })
    if (isBare) return
    stream.write(body)
    stream.end()
  }

  stream(status: number, headers: ReplyHeaders): ReplyStream {
    this.#stream.respond(status, headers, { end: this.method === 'HEAD' })
    return new Http2ReplyStream(this.#stream)
  }

  /** GOAWAY: streams that are open go on. */
  lastOfConnection(): void {
    this.#closeSession()
  }

  cancel(reason: Error): void {
    this.#aborting().abort(reason)
  }

  destroy(): void {
    this.#stream.reset(errorCodes.internalError)
  }

  onClose(closed: () => void): void {
    this.#stream.onClose(closed)
  }

  /** Most reads are answered before anybody asks for the signal: then nobody listens. */
  #aborting(): LazySignal {
    if (this.#abort === undefined) {
      const abort = new LazySignal()
      const stream = this.#stream
      stream.onClose(() => {
        if (!stream.isEnded) abort.abort(new ClientGoneError('the client went away'))
      })
      this.#abort = abort
    }
    return this.#abort
  }
}

class Http2ReplyStream implements ReplyStream {
  readonly #stream: ServerStream

  constructor(stream: ServerStream) {
    this.#stream = stream
  }

  get bufferedBytes(): number {
    return this.#stream.pendingBytes
  }

  write(bytes: Uint8Array): void {
    this.#stream.write([bytes])
  }

  drained(): Promise<void> {
    return this.#stream.drained()
  }

  end(): void {
    this.#stream.end()
  }

  destroy(): void {
    this.#stream.reset(errorCodes.internalError)
  }
}
