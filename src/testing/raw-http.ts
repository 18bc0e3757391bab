/** Requests as they are, over either protocol: for tests of what is on the wire. */
import { connect } from 'node:http2'
import type { ClientHttp2Session, ClientHttp2Stream } from 'node:http2'
import { request as httpsRequest } from 'node:https'
import type { IncomingHttpHeaders } from 'node:http'

export interface Identity {
  readonly certificate: string
  readonly key: string
}

export interface Target {
  readonly port: number
  readonly ca: string
  readonly identity?: Identity
}

export interface RawRequest {
  readonly method?: string
  readonly path: string
  readonly headers?: Readonly<Record<string, string>>
  /** Objects are sent as JSON. */
  readonly body?: unknown
}

export interface RawResponse {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: Buffer
}

export type Send = (request: RawRequest) => Promise<RawResponse>

export interface RawClient extends Disposable {
  readonly send: Send
}

/** Each request on a connection of its own. */
export function http1Client(target: Target): RawClient {
  return { send: (request) => sendHttp1(target, request), [Symbol.dispose]() {} }
}

/** Connects with the first request, and again when the server has closed an idle connection. */
export function http2Client(target: Target): RawClient {
  let session: ClientHttp2Session | undefined
  return {
    send(request) {
      if (session === undefined || session.closed || session.destroyed)
        session = openSession(target)
      return sendHttp2(session, request)
    },
    [Symbol.dispose]: () => session?.destroy(),
  }
}

export function openSession({ port, ca, identity }: Target): ClientHttp2Session {
  const session = connect(`https://127.0.0.1:${port}`, {
    ca,
    ...(identity && { cert: identity.certificate, key: identity.key }),
  })
  session.on('error', () => {})
  return session
}

/** An answer that goes on: its lines as they come. */
export interface LineStream extends Disposable {
  readonly stream: ClientHttp2Stream
  readonly headers: IncomingHttpHeaders
  /** The next line; undefined when the stream has ended. Rejects when it was cut off. */
  line(): Promise<string | undefined>
}

export async function openLines(
  session: ClientHttp2Session,
  request: RawRequest,
): Promise<LineStream> {
  const stream = session.request(headersOf(request), { endStream: true })
  const headers = await new Promise<IncomingHttpHeaders>((resolve, reject) => {
    stream.once('response', resolve)
    stream.once('error', reject)
  })
  const lines = linesOf(stream)
  return {
    stream,
    headers,
    line: async () => (await lines.next()).value ?? undefined,
    [Symbol.dispose]: () => stream.destroy(),
  }
}

async function* linesOf(stream: ClientHttp2Stream): AsyncGenerator<string, undefined> {
  let text = ''
  for await (const chunk of stream) {
    text += String(chunk)
    const lines = text.split('\n')
    text = lines.pop() ?? ''
    yield* lines
  }
  return undefined
}

function payloadOf({ body }: RawRequest): Buffer | undefined {
  if (body === undefined || Buffer.isBuffer(body)) return body
  return Buffer.from(typeof body === 'string' ? body : JSON.stringify(body))
}

function headersOf(request: RawRequest): Record<string, string> {
  const { method = 'GET', path, headers, body } = request
  return {
    ':method': method,
    ':path': path,
    ...(body !== undefined && { 'content-type': 'application/json' }),
    ...headers,
  }
}

function sendHttp2(session: ClientHttp2Session, request: RawRequest): Promise<RawResponse> {
  const payload = payloadOf(request)
  return new Promise((resolve, reject) => {
    const headers = {
      ...headersOf(request),
      ...(payload !== undefined && { 'content-length': String(payload.length) }),
    }
    const stream = session.request(headers, { endStream: payload === undefined })
    const chunks: Buffer[] = []
    let answered: IncomingHttpHeaders & { ':status'?: number } = {}
    stream.on('response', (found) => (answered = found))
    stream.on('data', (chunk: Buffer) => chunks.push(chunk))
    stream.on('end', () => {
      resolve({
        status: answered[':status'] ?? 0,
        headers: answered,
        body: Buffer.concat(chunks),
      })
    })
    stream.on('error', reject)
    if (payload !== undefined) stream.end(payload)
  })
}

function sendHttp1(target: Target, request: RawRequest): Promise<RawResponse> {
  const { method = 'GET', path, headers, body } = request
  const payload = payloadOf(request)
  return new Promise((resolve, reject) => {
    const sent = httpsRequest(
      {
        host: '127.0.0.1',
        port: target.port,
        path,
        method,
        ca: target.ca,
        ...(target.identity && { cert: target.identity.certificate, key: target.identity.key }),
        agent: false,
        headers: {
          ...(body !== undefined && { 'content-type': 'application/json' }),
          ...(payload !== undefined && { 'content-length': payload.length }),
          ...headers,
        },
      },
      (response) => {
        const chunks: Buffer[] = []
        response.on('data', (chunk: Buffer) => chunks.push(chunk))
        response.on('end', () => {
          const { statusCode: status = 0, headers: answered } = response
          resolve({ status, headers: answered, body: Buffer.concat(chunks) })
        })
        response.on('error', reject)
      },
    )
    sent.on('error', reject)
    sent.end(payload)
  })
}
