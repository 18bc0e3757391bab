/** HTTP/2 exchanges over the `stream` API, which costs a third less than Node's compatibility objects. */
import { constants } from 'node:http2'
import type { IncomingHttpHeaders } from 'node:http'
import type { IncomingHttpHeaders as Http2Headers, ServerHttp2Stream } from 'node:http2'
import type { Connection } from './connection.ts'
import { bytesIn, ClientGoneError, LazySignal } from './exchange.ts'
import type { Exchange, ReplyHeaders, ReplyStream } from './exchange.ts'

export interface Http2Request {
  readonly stream: ServerHttp2Stream
  readonly headers: Http2Headers
  readonly rawHeaders: readonly string[]
  readonly connection: Connection
}

export class Http2Exchange implements Exchange {
  readonly #request: Http2Request
  #abort: LazySignal | undefined
  readonly httpVersion = '2.0'

  constructor(request: Http2Request) {
    this.#request = request
    request.stream.on('error', ignore)
  }

  get method(): string {
    return this.#request.headers[':method'] ?? 'GET'
  }

  get url(): string {
    return this.#request.headers[':path'] ?? '/'
  }

  get headers(): IncomingHttpHeaders {
    return this.#request.headers
  }

  get rawHeaders(): readonly string[] {
    return this.#request.rawHeaders
  }

  get connection(): Connection {
    return this.#request.connection
  }

  get body(): AsyncIterable<Uint8Array> {
    return this.#request.stream
  }

  get signal(): AbortSignal {
    return this.#aborting().signal
  }

  get replied(): boolean {
    return this.#request.stream.headersSent
  }

  reply(status: number, headers: ReplyHeaders, body: readonly Uint8Array[]): void {
    const { stream } = this.#request
    if (stream.destroyed || stream.closed) return
    const length = bytesIn(body)
    const head = { ':status': status, ...headers, 'content-length': length }
    if (this.method === 'HEAD' || length === 0) {
      stream.respond(head, { endStream: true })
    } else {
      stream.respond(head)
      for (const piece of body.slice(0, -1)) stream.write(piece)
      stream.end(body.at(-1))
    }
    // An unread body must not hold the stream open.
    if (!stream.endAfterHeaders && !stream.readableEnded) stream.resume()
  }

  stream(status: number, headers: ReplyHeaders): ReplyStream {
    const { stream } = this.#request
    if (!stream.destroyed && !stream.closed) {
      stream.respond({ ':status': status, ...headers }, { endStream: this.method === 'HEAD' })
    }
    return new Http2ReplyStream(stream)
  }

  cancel(reason: Error): void {
    this.#aborting().abort(reason)
  }

  destroy(): void {
    const { stream } = this.#request
    if (!stream.destroyed) stream.close(constants.NGHTTP2_INTERNAL_ERROR)
  }

  onClose(closed: () => void): void {
    this.#request.stream.once('close', closed)
  }

  /** Most reads are answered before anybody asks for the signal: then nobody listens. */
  #aborting(): LazySignal {
    if (this.#abort === undefined) {
      const abort = new LazySignal()
      const { stream } = this.#request
      const gone = (): void => {
        if (!stream.writableFinished) abort.abort(new ClientGoneError('the client went away'))
      }
      if (stream.closed || stream.destroyed) gone()
      else stream.once('close', gone)
      this.#abort = abort
    }
    return this.#abort
  }
}

/** A reset stream is no bug of ours; it aborts the signal by closing. */
function ignore(): void {}

class Http2ReplyStream implements ReplyStream {
  readonly #stream: ServerHttp2Stream

  constructor(stream: ServerHttp2Stream) {
    this.#stream = stream
  }

  get bufferedBytes(): number {
    return this.#stream.writableLength
  }

  write(bytes: Uint8Array): void {
    if (this.#stream.writable) this.#stream.write(bytes)
  }

  drained(): Promise<void> {
    const stream = this.#stream
    if (stream.destroyed || !stream.writableNeedDrain) return Promise.resolve()
    return new Promise((resolve) => {
      const done = (): void => {
        stream.off('drain', done)
        stream.off('close', done)
        resolve()
      }
      stream.on('drain', done)
      stream.on('close', done)
    })
  }

  end(): void {
    if (this.#stream.writable) this.#stream.end()
  }

  destroy(): void {
    if (!this.#stream.destroyed) this.#stream.close(constants.NGHTTP2_INTERNAL_ERROR)
  }
}
