/**
 * gRPC over one HTTP/2 connection, for what etcd's API needs. It costs half of what `@grpc/grpc-js` costs
 * a call, and it knows what that library hides: whether a call that failed had been sent.
 */
import http2, { type ClientHttp2Session, type ClientHttp2Stream } from 'node:http2'
import type { Clock } from '#base/clock.ts'
import { GrpcError, grpcCode } from '#base/grpc-error.ts'
import { CallError, answered, unsent } from './call-error.ts'
import { FrameReader, frame } from './grpc-frames.ts'
import { limits } from './limits.ts'
import { KeepAlive } from './keep-alive.ts'
import type { Channel, Connect, MessageStream, StreamHandlers, Unary } from './transport.ts'

export interface TlsFiles {
  /** PEM. Absent: the system's authorities. */
  readonly ca?: string
  /** PEM, shown to the server. */
  readonly cert?: string
  readonly key?: string
}

export interface ChannelOptions {
  readonly clock: Clock
  readonly tls: TlsFiles
}

export function connectHttp2(options: ChannelOptions): Connect {
  return async (endpoint) =>
    new Http2Channel(endpoint, await openSession(endpoint, options), options)
}

/** Resolves when TLS is done, so that a call that is made on it is sent. */
function openSession(
  endpoint: string,
  { clock, tls }: ChannelOptions,
): Promise<ClientHttp2Session> {
  return new Promise((resolve, reject) => {
    const session = http2.connect(endpoint, {
      ...tls,
      settings: { enablePush: false, initialWindowSize: limits.streamWindowBytes },
    })
    const timer = clock.after(limits.connectTimeoutMs, () =>
      session.destroy(new Error(`no connection within ${limits.connectTimeoutMs} ms`)),
    )
    const failed = (error: Error): void => {
      timer[Symbol.dispose]()
      reject(unsent(`${endpoint}: ${error.message}`))
    }
    session.once('error', failed)
    session.once('connect', () => {
      timer[Symbol.dispose]()
      session.off('error', failed)
      session.setLocalWindowSize(limits.connectionWindowBytes)
      resolve(session)
    })
  })
}

class Http2Channel implements Channel {
  readonly endpoint: string
  readonly #session: ClientHttp2Session
  readonly #clock: Clock
  readonly #keepAlive: KeepAlive

  constructor(endpoint: string, session: ClientHttp2Session, { clock }: ChannelOptions) {
    this.endpoint = endpoint
    this.#session = session
    this.#clock = clock
    this.#keepAlive = new KeepAlive(session, clock)
    session.on('error', () => {}) // its streams tell it
    session.on('close', () => this.#keepAlive[Symbol.dispose]())
  }

  get isOpen(): boolean {
    return !this.#session.closed && !this.#session.destroyed
  }

  unary({ path, request, timeoutMs }: Unary): Promise<Buffer> {
    if (!this.isOpen) return Promise.reject(unsent(`${this.endpoint}: the connection is closed`))
    return new Promise((resolve, reject) => {
      const stream = this.#open(path, timeoutMs)
      const messages: Buffer[] = []
      const reader = new FrameReader()
      let isLate = false
      // A little after the server's own limit, whose words are better.
      const timer = this.#clock.after(timeoutMs + 100, () => {
        isLate = true
        stream.close(http2.constants.NGHTTP2_CANCEL)
      })
      stream.on('data', (chunk: Buffer) => readInto(stream, reader, chunk, messages))
      this.#whenClosed(stream, (error) => {
        timer[Symbol.dispose]()
        const [message] = messages
        if (isLate) reject(new CallError('DeadlineExceeded', 'context deadline exceeded', true))
        else if (error !== undefined) reject(error)
        else if (message === undefined) reject(new CallError('Internal', 'no answer', true))
        else resolve(message)
      })
      stream.end(frame(request))
    })
  }

  stream(path: string, handlers: StreamHandlers): MessageStream {
    if (!this.isOpen) throw unsent(`${this.endpoint}: the connection is closed`)
    const stream = this.#open(path)
    const reader = new FrameReader()
    let isOver = false
    stream.on('data', (chunk: Buffer) => {
      if (isOver) return
      try {
        for (const message of reader.push(chunk)) if (!isOver) handlers.message(message)
      } catch (error) {
        stream.destroy(error as Error)
      }
    })
    this.#whenClosed(stream, (error) => {
      if (isOver) return
      isOver = true
      handlers.closed(error ?? new CallError('Unavailable', 'the server ended the stream', true))
    })
    return {
      send: (message) => void stream.write(frame(message)),
      cancel() {
        isOver = true
        stream.close(http2.constants.NGHTTP2_CANCEL)
      },
    }
  }

  async *answers(
    path: string,
    request: Uint8Array,
    signal: AbortSignal,
  ): AsyncGenerator<Buffer, void, undefined> {
    if (!this.isOpen) throw unsent(`${this.endpoint}: the connection is closed`)
    const stream = this.#open(path)
    const ended = Promise.withResolvers<CallError | undefined>()
    this.#whenClosed(stream, ended.resolve)
    const cancel = (): void => stream.close(http2.constants.NGHTTP2_CANCEL)
    signal.addEventListener('abort', cancel, { once: true })
    stream.end(frame(request))
    try {
      const reader = new FrameReader()
      for await (const chunk of stream) yield* reader.push(chunk as Buffer)
      signal.throwIfAborted()
      const error = await ended.promise
      if (error !== undefined) throw error
    } finally {
      signal.removeEventListener('abort', cancel)
      stream.destroy()
    }
  }

  [Symbol.dispose](): void {
    this.#keepAlive[Symbol.dispose]()
    this.#session.destroy()
  }

  #open(path: string, timeoutMs?: number): ClientHttp2Stream {
    this.#keepAlive.opened()
    return this.#session.request(
      {
        ':method': 'POST',
        ':path': path,
        'content-type': 'application/grpc',
        'user-agent': 'k8ts',
        te: 'trailers',
        // A member without a leader says so at once instead of waiting for one.
        hasleader: 'true',
        ...(timeoutMs !== undefined && { 'grpc-timeout': `${timeoutMs}m` }),
      },
      { endStream: false },
    )
  }

  /** Tells once how a stream ended; undefined: with status OK. */
  #whenClosed(stream: ClientHttp2Stream, closed: (error: CallError | undefined) => void): void {
    let status: CallError | undefined
    let isOk = false
    let problem: Error | undefined
    const read = (headers: http2.IncomingHttpHeaders): void => {
      const code = headers['grpc-status']
      if (code === '0') isOk = true
      else if (code !== undefined) status = answered(grpcCode(Number(code)), detailsOf(headers))
      else if (headers[':status'] !== undefined && Number(headers[':status']) !== 200) {
        status = new CallError('Unavailable', `HTTP status ${String(headers[':status'])}`, true)
      }
    }
    stream.on('response', read)
    stream.on('trailers', read)
    // A stream of which only our half is open is not closed: a server that has ended wants no more of it.
    stream.on('end', () => stream.writableEnded || stream.end())
    stream.on('error', (error: Error) => (problem = error))
    stream.on('close', () => {
      this.#keepAlive.closed()
      closed(status ?? (isOk ? undefined : this.#lost(stream, problem)))
    })
  }

  /** The stream ended without a status. */
  #lost(stream: ClientHttp2Stream, problem: Error | undefined): CallError {
    if (problem instanceof GrpcError) return new CallError(problem.code, problem.details, true)
    const text = `${this.endpoint}: ${problem?.message ?? 'the connection was lost'}`
    // Also what a server's GOAWAY says about streams that it will not look at.
    const isRefused = stream.rstCode === http2.constants.NGHTTP2_REFUSED_STREAM
    return isRefused ? unsent(text) : new CallError('Unavailable', text, true)
  }
}

function readInto(
  stream: ClientHttp2Stream,
  reader: FrameReader,
  chunk: Buffer,
  messages: Buffer[],
): void {
  try {
    for (const message of reader.push(chunk)) messages.push(message)
  } catch (error) {
    stream.destroy(error as Error)
  }
}

function detailsOf(headers: http2.IncomingHttpHeaders): string {
  const message = headers['grpc-message']
  if (typeof message !== 'string') return ''
  try {
    return decodeURIComponent(message)
  } catch {
    return message
  }
}
