/** HTTP/1.1 exchanges over Node's request and response objects. */
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http'
import type { Connection } from './connection.ts'
import { bytesIn, ClientGoneError, LazySignal } from './exchange.ts'
import type { Exchange, ReplyHeaders, ReplyStream } from './exchange.ts'
import { limits } from './limits.ts'

export interface Http1Request {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly connection: Connection
}

export class Http1Exchange implements Exchange {
  readonly #pair: Http1Request
  readonly #abort = new LazySignal()
  readonly httpVersion = '1.1'

  constructor(pair: Http1Request) {
    this.#pair = pair
    pair.response.on('close', () => {
      if (!pair.response.writableFinished)
        this.#abort.abort(new ClientGoneError('the client went away'))
    })
    pair.response.on('error', (error) => this.#abort.abort(error))
  }

  get method(): string {
    return this.#pair.request.method ?? 'GET'
  }

  get url(): string {
    return this.#pair.request.url ?? '/'
  }

  get headers(): IncomingHttpHeaders {
    return this.#pair.request.headers
  }

  get rawHeaders(): readonly string[] {
    return this.#pair.request.rawHeaders
  }

  get connection(): Connection {
    return this.#pair.connection
  }

  get body(): AsyncIterable<Uint8Array> {
    return this.#pair.request
  }

  get signal(): AbortSignal {
    return this.#abort.signal
  }

  get replied(): boolean {
    return this.#pair.response.headersSent
  }

  reply(status: number, headers: ReplyHeaders, body: readonly Uint8Array[]): void {
    const { request, response } = this.#pair
    if (response.destroyed) return
    const head = { ...headers, 'content-length': bytesIn(body) }
    // An unread body would be taken for the next request: end the connection instead.
    if (!request.complete) response.shouldKeepAlive = false
    response.writeHead(status, head as Record<string, string | string[] | number>)
    if (this.method === 'HEAD') response.end()
    else void sendPieces(response, body)
    if (!request.complete) request.resume()
  }

  stream(status: number, headers: ReplyHeaders): ReplyStream {
    const { response } = this.#pair
    if (!response.destroyed) {
      response.writeHead(status, headers as Record<string, string | string[] | number>)
      response.flushHeaders()
    }
    return new Http1ReplyStream(response)
  }

  lastOfConnection(): void {
    this.#pair.response.shouldKeepAlive = false
  }

  cancel(reason: Error): void {
    this.#abort.abort(reason)
  }

  destroy(): void {
    this.#pair.response.destroy()
  }

  onClose(closed: () => void): void {
    this.#pair.response.once('close', closed)
  }
}

/** In chunks of a bounded size: a client that is slow, or many large answers, hold up nobody. */
async function sendPieces(response: ServerResponse, pieces: readonly Uint8Array[]): Promise<void> {
  const stream = new Http1ReplyStream(response)
  let chunk: Uint8Array[] = []
  let bytes = 0
  for (const piece of pieces) {
    chunk.push(piece)
    bytes += piece.length
    if (bytes < limits.http1WriteBytesMax) continue
    stream.write(Buffer.concat(chunk))
    await stream.drained()
    chunk = []
    bytes = 0
  }
  if (!response.destroyed) response.end(Buffer.concat(chunk))
}

class Http1ReplyStream implements ReplyStream {
  readonly #response: ServerResponse

  constructor(response: ServerResponse) {
    this.#response = response
  }

  get bufferedBytes(): number {
    return this.#response.writableLength
  }

  write(bytes: Uint8Array): void {
    if (!this.#response.destroyed) this.#response.write(bytes)
  }

  drained(): Promise<void> {
    const response = this.#response
    if (response.destroyed || !response.writableNeedDrain) return Promise.resolve()
    return new Promise((resolve) => {
      const done = (): void => {
        response.off('drain', done)
        response.off('close', done)
        resolve()
      }
      response.on('drain', done)
      response.on('close', done)
    })
  }

  end(): void {
    if (!this.#response.destroyed) this.#response.end()
  }

  destroy(): void {
    this.#response.destroy()
  }
}
