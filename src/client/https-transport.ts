/** The API over HTTP/2 and TLS: what every program uses that is not in the API server's own process. */
import type { ClientHttp2Stream, IncomingHttpHeaders, OutgoingHttpHeaders } from 'node:http2'
import { readFile, stat } from 'node:fs/promises'
import type { Status } from '#api/meta/v1.gen.ts'
import { genericServerResponse, statusErrorFrom } from '#api/meta/status.ts'
import type { StatusError } from '#api/meta/status.ts'
import type { Clock } from '#base/clock.ts'
import { HttpsSession } from './https-session.ts'
import type { ApiRequest, ApiResponse, Transport, WatchEvent } from './transport.ts'
import { decodeWatch } from './watch-decoder.ts'

export interface HttpsTransportOptions {
  /** `https://host:port`, perhaps with a path in front of the API's. */
  readonly server: string
  /** PEM; absent: the system's roots. */
  readonly ca?: string | Buffer
  readonly cert?: string | Buffer
  readonly key?: string | Buffer
  readonly serverName?: string
  readonly insecure?: boolean
  readonly token?: string
  /** Read again when it changes; wins over `token`. */
  readonly tokenFile?: string
  readonly impersonate?: { readonly user: string; readonly groups?: readonly string[] }
  /** What the server's audit log and managed fields show: `kubelet/v1.36.0 (linux/amd64)`. */
  readonly userAgent: string
  /** Of one request, watches excepted. Default 60 s, as the server's own limit. */
  readonly requestMsMax?: number
  readonly clock: Clock
  readonly random: () => number
}

const limits = {
  requestMsMax: 60_000,
  responseBytesMax: 512 << 20,
  /** As client-go: how often a server that asks for patience (Retry-After) is asked again. */
  retriesMax: 10,
  retryAfterSecondsMax: 60,
  /** How long a token file is trusted without a look at its time stamp. */
  tokenCheckMs: 5_000,
} as const

/** A transport to one server. Rejects with StatusError when the server says no. Dispose it at the end. */
export function httpsTransport(options: HttpsTransportOptions): Transport & AsyncDisposable {
  return new HttpsTransport(options)
}

interface Answer {
  readonly stream: ClientHttp2Stream
  readonly status: number
  readonly headers: IncomingHttpHeaders
}

class HttpsTransport implements Transport, AsyncDisposable {
  readonly #options: HttpsTransportOptions
  readonly #session: HttpsSession
  readonly #basePath: string
  readonly #authority: string
  #token: { readonly text: string; readonly changedMs: number } | undefined
  #tokenCheckedMs = Number.NEGATIVE_INFINITY

  constructor(options: HttpsTransportOptions) {
    const url = new URL(options.server)
    if (url.protocol !== 'https:') {
      throw new Error(`the server ${options.server} must be reached over https`)
    }
    this.#options = options
    this.#authority = url.host
    this.#basePath = url.pathname.replace(/\/+$/, '')
    this.#session = new HttpsSession({ ...options, server: url.origin })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#session[Symbol.asyncDispose]()
  }

  async request(request: ApiRequest): Promise<ApiResponse> {
    const { clock, requestMsMax = limits.requestMsMax } = this.#options
    const deadline = new AbortController()
    using _timer = clock.after(requestMsMax, () =>
      deadline.abort(
        new Error(`${request.method} ${request.path}: no answer in ${requestMsMax} ms`),
      ),
    )
    const signal = either(request.signal, deadline.signal)
    for (let retry = 0; ; retry++) {
      const answer = await this.#send(request, signal)
      const body = await collect(answer.stream)
      const waitMs = retry < limits.retriesMax ? retryAfterMs(answer) : undefined
      if (waitMs === undefined) return finish(answer, body)
      await clock.sleep(waitMs, signal)
      if (signal.aborted) return finish(answer, body)
    }
  }

  async *watch(request: ApiRequest): AsyncIterable<WatchEvent> {
    const signal = request.signal ?? new AbortController().signal
    try {
      const answer = await this.#send(request, signal)
      if (answer.status >= 400) finish(answer, await collect(answer.stream))
      yield* decodeWatch(answer.stream)
    } catch (error) {
      if (!signal.aborted) throw error
    }
  }

  /** Sends, once more if the first connection turned out to be closing, and waits for the headers. */
  async #send(request: ApiRequest, signal: AbortSignal): Promise<Answer> {
    const headers = await this.#headers(request)
    try {
      return await this.#sendOnce(request, headers, signal)
    } catch (error) {
      if (!wasNotHandled(error)) throw error
      return await this.#sendOnce(request, headers, signal)
    }
  }

  async #sendOnce(
    request: ApiRequest,
    headers: OutgoingHttpHeaders,
    signal: AbortSignal,
  ): Promise<Answer> {
    const endStream = request.body === undefined
    const stream = await this.#session.open(headers, { endStream, signal })
    const { promise, resolve, reject } = Promise.withResolvers<Answer>()
    const abort = (): void => void stream.destroy(signal.reason as Error)
    if (signal.aborted) abort()
    signal.addEventListener('abort', abort, { once: true })
    stream.once('close', () => {
      signal.removeEventListener('abort', abort)
      reject(new RefusedStreamError(`${request.method} ${request.path}`, stream.rstCode))
    })
    stream.once('error', reject)
    // A body's reader listens for itself; without one, a late error must not end the process.
    stream.on('error', () => undefined)
    stream.once('response', (response) => {
      resolve({ stream, headers: response, status: Number(response[':status']) })
    })
    if (!endStream) stream.end(JSON.stringify(request.body))
    return await promise
  }

  async #headers(request: ApiRequest): Promise<OutgoingHttpHeaders> {
    const { userAgent, impersonate } = this.#options
    const query = new URLSearchParams(request.query).toString()
    const token = await this.#bearerToken()
    return {
      ':method': request.method,
      ':authority': this.#authority,
      ':path': `${this.#basePath}${request.path}${query === '' ? '' : `?${query}`}`,
      accept: 'application/json',
      'user-agent': userAgent,
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(impersonate === undefined ? {} : { 'impersonate-user': impersonate.user }),
      ...(impersonate?.groups === undefined
        ? {}
        : { 'impersonate-group': [...impersonate.groups] }),
      ...(request.body === undefined ? {} : { 'content-type': 'application/json' }),
      ...request.headers,
    }
  }

  async #bearerToken(): Promise<string | undefined> {
    const { token, tokenFile, clock } = this.#options
    if (tokenFile === undefined) return token
    const nowMs = clock.monotonicMs()
    if (this.#token !== undefined && nowMs - this.#tokenCheckedMs < limits.tokenCheckMs) {
      return this.#token.text
    }
    const { mtimeMs } = await stat(tokenFile)
    if (this.#token?.changedMs !== mtimeMs) {
      this.#token = { text: (await readFile(tokenFile, 'utf8')).trim(), changedMs: mtimeMs }
    }
    this.#tokenCheckedMs = nowMs
    return this.#token.text
  }
}

/** The stream was closed before it was answered. */
class RefusedStreamError extends Error {
  override readonly name = 'RefusedStreamError'
  readonly code: number | undefined

  constructor(what: string, code: number | undefined) {
    super(`${what}: the connection was closed before the answer (code ${code ?? 'none'})`)
    this.code = code
  }
}

const refusedStream = 7 // RFC 9113: the server did not process the stream at all

/** Whether the server certainly did not act on the request, so that it may be sent again. */
function wasNotHandled(error: unknown): boolean {
  if (error instanceof RefusedStreamError) return error.code === refusedStream
  const { code, message } = error as { code?: string; message?: string }
  return (
    code === 'ERR_HTTP2_INVALID_SESSION' ||
    code === 'ERR_HTTP2_GOAWAY_SESSION' ||
    (code === 'ERR_HTTP2_STREAM_ERROR' && message?.includes('NGHTTP2_REFUSED_STREAM') === true)
  )
}

function either(first: AbortSignal | undefined, second: AbortSignal): AbortSignal {
  return first === undefined ? second : AbortSignal.any([first, second])
}

async function collect(stream: ClientHttp2Stream): Promise<Buffer> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    bytes += chunk.length
    if (bytes > limits.responseBytesMax) {
      throw new Error(`the answer is larger than ${limits.responseBytesMax} bytes`)
    }
    chunks.push(chunk)
  }
  return chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks)
}

/** How long the server asks to wait before the same request; undefined: its answer stands. */
function retryAfterMs({ status, headers }: Answer): number | undefined {
  const seconds = Number(headers['retry-after'])
  if ((status !== 429 && status < 500) || !(seconds >= 0)) return undefined
  return Math.min(seconds, limits.retryAfterSecondsMax) * 1000
}

function finish({ status, headers }: Answer, bytes: Buffer): ApiResponse {
  const isJson = (headers['content-type'] ?? '').startsWith('application/json')
  const body: unknown = isJson && bytes.length > 0 ? JSON.parse(bytes.toString()) : bytes.toString()
  if (status >= 400) throw failure(status, body)
  return { status, body, warnings: warningTexts(headers['warning']) }
}

/** The server's own Status, or one made from what a proxy or another handler wrote. */
function failure(code: number, body: unknown): StatusError {
  if (typeof body === 'object' && body !== null && 'kind' in body && body.kind === 'Status') {
    return statusErrorFrom({ ...(body as Status), code: (body as Status).code ?? code })
  }
  const serverMessage = typeof body === 'string' ? body.trim() : JSON.stringify(body)
  return genericServerResponse({ code, serverMessage, unexpected: true })
}

/** `299 - "text", 299 - "more"` → the texts. */
export function warningTexts(header: string | string[] | undefined): string[] {
  const texts: string[] = []
  for (const line of [header ?? []].flat()) {
    for (const [, text = ''] of line.matchAll(/299 \S+ "((?:[^"\\]|\\.)*)"/g)) {
      texts.push(text.replaceAll(/\\(.)/g, '$1'))
    }
  }
  return texts
}
