/**
 * Requests to one API server over HTTP/1.1: the least code to load and the fewest cycles for the one or two
 * requests of a command. Upstream: client-go rest/request.go.
 */
import type { Agent, IncomingMessage } from 'node:http'
import type { Status } from '#api/meta/v1.gen.ts'
import { genericServerResponse, statusErrorFrom } from '#api/meta/status.ts'
import type { GroupResource } from '#api/meta/status.ts'
import type { Connection } from '#kubectl/config/connection.ts'
import { ConnectionError } from '#kubectl/errors.ts'
import type { Io } from '#kubectl/io.ts'
import type { Connected } from './connect.ts'
import type { Credentials } from './credentials.ts'
import type { RequestLog } from './request-log.ts'

export interface RestRequest {
  readonly method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** `/api/v1/…`, without the path of the server. It may carry a query. */
  readonly path: string
  readonly query?: Query
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Uint8Array
  readonly signal?: AbortSignal
  /** What the request is about, for the message when the server says only a code. */
  readonly about?: GroupResource
  readonly name?: string
}

export type Query = Readonly<Record<string, string | readonly string[] | undefined>>

export interface RestAnswer {
  readonly status: number
  readonly headers: IncomingMessage['headers']
  readonly body: Buffer
}

export interface RestStream {
  readonly status: number
  readonly headers: IncomingMessage['headers']
  /** Decoded; ends when the server ends it. */
  readonly body: NodeJS.ReadableStream & AsyncIterable<Buffer>
}

export interface RestOptions {
  readonly connection: Connection
  readonly credentials: Credentials
  readonly io: Io
  readonly userAgent: string
  /** Which command asks, for the server's log. */
  readonly commandHeader: string
  /** 0: no limit. */
  readonly timeoutMs: number
  /** The flag's words, sent to the server. */
  readonly timeoutText: string
  readonly log: RequestLog | undefined
  warn(texts: readonly string[]): void
}

const limits = {
  responseBytesMax: 512 << 20,
  /** As client-go: how often a server that asks for patience (Retry-After) is asked again. */
  retriesMax: 10,
  retryAfterSecondsMax: 60,
  /** Connections that stay open for the next request. */
  idleConnectionsMax: 16,
} as const

/** What a request needs that leaves HTTP behind. */
export interface Upgrading extends Pick<Connected, 'send'> {
  /** For this request alone: its connection is not given back. */
  readonly agent: Agent
  readonly url: string
  readonly path: string
  readonly headers: Record<string, string | string[]>
}

export class RestClient {
  readonly #options: RestOptions
  readonly server: URL
  #connected: Promise<Connected> | undefined

  constructor(options: RestOptions) {
    this.#options = options
    this.server = new URL(options.connection.server)
  }

  get connection(): Connection {
    return this.#options.connection
  }

  /** The whole address of a request: what messages and logs name. */
  url({ path, query }: Pick<RestRequest, 'path' | 'query'>): string {
    const base = `${this.server.protocol}//${this.server.host}${this.#basePath}`
    const { timeoutText } = this.#options
    const timeout = timeoutText === '' ? {} : { timeout: timeoutText }
    const text = queryText({ ...query, ...timeout })
    if (text === '') return `${base}${path}`
    return `${base}${path}${path.includes('?') ? '&' : '?'}${text}`
  }

  get #basePath(): string {
    return this.server.pathname.replace(/\/+$/, '')
  }

  /** Decoded JSON. Rejects with StatusError when the server says no, ConnectionError without answer. */
  async json<T = unknown>(request: RestRequest): Promise<T> {
    const { body } = await this.request(request)
    return JSON.parse(body.toString()) as T
  }

  /** Rejects with StatusError when the server says no, ConnectionError when it does not answer. */
  async request(request: RestRequest): Promise<RestAnswer> {
    const answer = await this.attempt(request)
    if (answer.status >= 400) throw failureOf(request, answer)
    return answer
  }

  /** Whatever the code. */
  async attempt(request: RestRequest): Promise<RestAnswer> {
    for (let retry = 0; ; retry += 1) {
      const stream = await this.#open(request)
      const body = await collect(stream.body, this.url(request))
      this.#options.log?.body('Response Body', body)
      const waitMs = retry < limits.retriesMax ? retryAfterMs(stream) : undefined
      if (waitMs === undefined) return { ...stream, body }
      await this.#options.io.clock.sleep(waitMs, request.signal ?? this.#options.io.signal)
      if (this.#options.io.signal.aborted) return { ...stream, body }
    }
  }

  /** A body that is read as it comes: a watch, a log. Rejects as `request` does. */
  async stream(request: RestRequest): Promise<RestStream> {
    const stream = await this.#open(request)
    if (stream.status < 400) return stream
    throw failureOf(request, { ...stream, body: await collect(stream.body, this.url(request)) })
  }

  async #open(request: RestRequest): Promise<RestStream> {
    const { credentials } = this.#options
    const message = await this.#sendOnce(request)
    if (message.status !== 401 || !(await credentials.refresh())) return message
    message.body.resume()
    this.#connected = undefined
    return await this.#sendOnce(request)
  }

  async #sendOnce(request: RestRequest): Promise<RestStream> {
    const { log, io, timeoutMs } = this.#options
    const url = this.url(request)
    const { send } = await (this.#connected ??= this.#connect()).catch((error: unknown) => {
      if (!(error instanceof ConnectionError)) throw error
      throw new ConnectionError(url, error.message, error.cause)
    })
    const headers = await this.headers(request)
    const method = request.method ?? 'GET'
    log?.body('Request Body', request.body ?? '')
    log?.request({ method, url, headers })
    const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>()
    const { pathname, search } = new URL(url)
    const { signal } = request
    const client = send({ method, path: pathname + search, headers, ...(signal && { signal }) })
    const deadline = timeoutMs > 0 && io.clock.after(timeoutMs, () => client.destroy(timedOut()))
    client.once('error', reject)
    client.once('response', resolve)
    client.end(request.body)
    try {
      const message = await promise
      log?.response({ method, url, message })
      this.#options.warn(await warningsOf(message))
      const body = await decoded(message)
      return { status: message.statusCode ?? 0, headers: message.headers, body }
    } catch (error) {
      if (signal?.aborted === true) throw signal.reason
      throw await connectionError(error, url)
    } finally {
      if (deadline !== false && request.signal === undefined) {
        client.once('close', () => deadline[Symbol.dispose]())
      }
    }
  }

  /** All headers of a request but those of HTTP itself. */
  async headers({ headers, body }: RestRequest): Promise<Record<string, string | string[]>> {
    const { userAgent, commandHeader, connection, credentials } = this.#options
    const authorization = await credentials.authorization()
    return {
      Accept: 'application/json',
      ...(body !== undefined && { 'Content-Type': 'application/json' }),
      'Kubectl-Command': commandHeader,
      'User-Agent': userAgent,
      ...(authorization !== undefined && { Authorization: authorization }),
      ...impersonationHeaders(connection),
      ...(connection.disableCompression ? {} : { 'Accept-Encoding': 'gzip' }),
      ...headers,
      ...(body !== undefined && { 'Content-Length': String(Buffer.byteLength(body)) }),
    }
  }

  /** A request that asks for another protocol: its maker sends it. */
  async upgrading(request: RestRequest): Promise<Upgrading> {
    const { send, ownAgent } = await (this.#connected ??= this.#connect())
    const url = this.url(request)
    const { Accept: _, 'Accept-Encoding': _encoding, ...headers } = await this.headers(request)
    this.#options.log?.request({ method: request.method ?? 'GET', url, headers })
    const { pathname, search } = new URL(url)
    return { send, agent: await ownAgent(), url, path: pathname + search, headers }
  }

  async #connect(): Promise<Connected> {
    const { connection, credentials, io } = this.#options
    const { connect } = await import('./connect.ts')
    return await connect({
      server: this.server,
      connection: { ...connection, ...(await credentials.certificate()) },
      env: io.env,
      idleConnectionsMax: limits.idleConnectionsMax,
    })
  }

  /** Closes idle connections, which would keep the process. */
  close(): void {
    void this.#connected?.then((connected) => connected.close())
  }
}

function queryText(query: Query): string {
  const params = new URLSearchParams()
  for (const key of Object.keys(query).sort()) {
    const value = query[key]
    for (const one of typeof value === 'string' ? [value] : (value ?? [])) params.append(key, one)
  }
  return params.toString()
}

function impersonationHeaders({ impersonate }: Connection): Record<string, string | string[]> {
  if (impersonate === undefined) return {}
  const { user, uid, groups, extra } = impersonate
  const extras = Object.entries(extra).map(
    ([key, values]) => [`Impersonate-Extra-${encodeURIComponent(key)}`, [...values]] as const,
  )
  return {
    'Impersonate-User': user,
    ...(uid !== '' && { 'Impersonate-Uid': uid }),
    ...(groups.length > 0 && { 'Impersonate-Group': [...groups] }),
    ...Object.fromEntries(extras),
  }
}

async function warningsOf({ headers }: IncomingMessage): Promise<readonly string[]> {
  if (headers['warning'] === undefined) return []
  const { warningTexts } = await import('#client/https-transport.ts')
  return warningTexts(headers['warning'])
}

async function decoded(message: IncomingMessage): Promise<RestStream['body']> {
  if (message.headers['content-encoding'] !== 'gzip') return message
  const { createGunzip } = await import('node:zlib')
  return message.pipe(createGunzip())
}

async function collect(body: AsyncIterable<Buffer>, url: string): Promise<Buffer> {
  const chunks: Buffer[] = []
  let bytes = 0
  try {
    for await (const chunk of body) {
      bytes += chunk.length
      if (bytes > limits.responseBytesMax) {
        throw new Error(`the answer is larger than ${limits.responseBytesMax} bytes`)
      }
      chunks.push(chunk)
    }
  } catch (error) {
    throw await connectionError(error, url)
  }
  return chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks)
}

/** How long the server asks to wait before the same request; undefined: its answer stands. */
function retryAfterMs({ status, headers }: RestStream): number | undefined {
  const seconds = Number(headers['retry-after'])
  if ((status !== 429 && status < 500) || !(seconds >= 0)) return undefined
  return Math.min(seconds, limits.retryAfterSecondsMax) * 1000
}

/** The server's own Status, or one made from what a proxy or another handler wrote. */
function failureOf({ method = 'GET', about, name }: RestRequest, answer: RestAnswer): Error {
  const text = answer.body.toString()
  const status = statusIn(text)
  if (status !== undefined)
    return statusErrorFrom({ ...status, code: status.code ?? answer.status })
  return genericServerResponse({
    code: answer.status,
    verb: method,
    ...(about !== undefined && { resource: about }),
    ...(name !== undefined && { name }),
    serverMessage: text.trim() === '' ? 'unknown' : text.trim(),
    unexpected: true,
  })
}

function statusIn(text: string): Status | undefined {
  if (!text.startsWith('{')) return undefined
  try {
    const value = JSON.parse(text) as Partial<Status>
    return value.kind === 'Status' ? (value as Status) : undefined
  } catch {
    return undefined
  }
}

function timedOut(): Error {
  return new Error('net/http: request canceled (Client.Timeout exceeded while awaiting headers)')
}

async function connectionError(error: unknown, url: string): Promise<Error> {
  if (error instanceof ConnectionError) return error
  const { goNetworkMessage } = await import('./network-message.ts')
  return new ConnectionError(url, goNetworkMessage(error), error)
}
