/** The kubelet's HTTPS server (10250), and its health on plain loopback (10248). */
import {
  createServer as createHttpServer,
  type IncomingMessage,
  type ServerResponse,
} from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import type { Server } from 'node:net'
import type { Duplex } from 'node:stream'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { Logger } from '#base/logger.ts'
import { join, requestUpgrade, switchingProtocols } from '#streams/upgrade.ts'
import type { Authorize } from './authorize.ts'
import { route, type Answer, type RouteDeps } from './routes.ts'
import { ServerError } from './served-pods.ts'

export interface KubeletServerOptions {
  readonly address: string
  readonly port: number
  /** Of /healthz on 127.0.0.1; 0: none. */
  readonly healthzPort: number
  /** PEM. */
  readonly cert: string
  readonly key: string
  /** Who signs the callers' certificates. */
  readonly clientCa: string
  readonly authorize: Authorize
  readonly deps: RouteDeps
  readonly log: Logger
}

const limits = {
  headersTimeoutMs: 10_000,
  connectionsMax: 1_000,
} as const

/** Listens until disposed; rejects when a port is taken. */
export async function startKubeletServer(options: KubeletServerOptions): Promise<AsyncDisposable> {
  const { cert, key, clientCa } = options
  const server = createHttpsServer({
    cert,
    key,
    ca: clientCa,
    requestCert: true,
    rejectUnauthorized: false,
    minVersion: 'TLSv1.2',
    headersTimeout: limits.headersTimeoutMs,
  })
  server.maxConnections = limits.connectionsMax
  server.on('request', (request, response) => void serve(options, request, response))
  server.on('upgrade', (request, socket, head) => void upgrade(options, { request, socket, head }))
  server.on('tlsClientError', (error) =>
    options.log.v(4)?.info('TLS handshake failed', { reason: error.message }),
  )
  const stack = new AsyncDisposableStack()
  stack.use(await listen(server, options.port, options.address))
  if (options.healthzPort > 0) {
    const health = createHttpServer(
      (request, response) => void serveHealth(options, request, response),
    )
    stack.use(await listen(health, options.healthzPort, '127.0.0.1'))
  }
  return stack
}

function listen(
  server: Server & { closeAllConnections(): void },
  port: number,
  address: string,
): Promise<AsyncDisposable> {
  const { promise, resolve, reject } = Promise.withResolvers<AsyncDisposable>()
  server.once('error', reject)
  server.listen(port, address, () => {
    server.off('error', reject)
    resolve({
      [Symbol.asyncDispose]: async () => {
        const closed = new Promise((done) => server.close(done))
        server.closeAllConnections()
        await closed
      },
    })
  })
  return promise
}

interface Located {
  readonly path: string
  readonly query: URLSearchParams
}

function locate(request: IncomingMessage): Located {
  const url = new URL(request.url ?? '/', 'https://kubelet')
  return { path: decodeURIComponent(url.pathname), query: url.searchParams }
}

/** Aborts when the caller goes away. */
function signalOf(stream: { once(event: 'close', fn: () => void): unknown }): AbortSignal {
  const gone = new AbortController()
  stream.once('close', () => gone.abort())
  return gone.signal
}

async function serve(
  options: KubeletServerOptions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  try {
    const { path, query } = locate(request)
    await options.authorize(request, path)
    const answer = await route(options.deps, { path, query, signal: signalOf(response) })
    await send(response, answer)
  } catch (error) {
    refuse(options, response, error)
  }
}

async function serveHealth(
  options: KubeletServerOptions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  try {
    if (locate(request).path !== '/healthz') throw new ServerError(404, '404 page not found')
    await send(
      response,
      await route(options.deps, {
        path: '/healthz',
        query: new URLSearchParams(),
        signal: signalOf(response),
      }),
    )
  } catch (error) {
    refuse(options, response, error)
  }
}

async function send(response: ServerResponse, answer: Answer): Promise<void> {
  switch (answer.type) {
    case 'text':
      response
        .writeHead(200, { 'content-type': answer.contentType ?? 'text/plain; charset=utf-8' })
        .end(answer.text)
      return
    case 'json':
      response
        .writeHead(200, { 'content-type': 'application/json' })
        .end(JSON.stringify(answer.value))
      return
    case 'stream':
      response.writeHead(200, { 'content-type': 'text/plain' }).flushHeaders()
      await pipeline(Readable.from(answer.chunks), response)
      return
    case 'runtime':
      throw new ServerError(400, 'Upgrade request required')
  }
}

function refuse({ log }: KubeletServerOptions, response: ServerResponse, error: unknown): void {
  if (response.headersSent) {
    response.destroy()
    return
  }
  const status = error instanceof ServerError ? error.status : 500
  const message = error instanceof Error ? error.message : String(error)
  if (status === 500) log.error('Request failed', error)
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8' }).end(message)
}

interface Upgrading {
  readonly request: IncomingMessage
  readonly socket: Duplex
  readonly head: Buffer
}

/** The caller and the runtime's streaming server speak with each other; we only carry bytes. */
async function upgrade(
  options: KubeletServerOptions,
  { request, socket, head }: Upgrading,
): Promise<void> {
  try {
    const { path, query } = locate(request)
    await options.authorize(request, path)
    const signal = signalOf(socket)
    const answer = await route(options.deps, { path, query, signal })
    if (answer.type !== 'runtime') throw new ServerError(400, `${path} needs no upgrade`)
    const { authorization: _, ...headers } = request.headers
    const runtime = await requestUpgrade({
      url: answer.url,
      method: request.method ?? 'POST',
      headers,
      signal,
    })
    if (runtime.type === 'refused')
      throw new ServerError(runtime.answer.statusCode ?? 500, 'the runtime refused to stream')
    socket.write(switchingProtocols(runtime.answer.headers))
    if (runtime.head.length > 0) socket.write(runtime.head)
    if (head.length > 0) runtime.socket.write(head)
    await join(socket, runtime.socket)
  } catch (error) {
    if (socket.destroyed) return
    const status = error instanceof ServerError ? error.status : 500
    const message = error instanceof Error ? error.message : String(error)
    options.log.v(2)?.info('Refused to stream', { url: request.url, reason: message })
    socket.end(
      `HTTP/1.1 ${status} ${status === 404 ? 'Not Found' : 'Error'}\r\ncontent-type: text/plain\r\ncontent-length: ${Buffer.byteLength(message)}\r\nconnection: close\r\n\r\n${message}`,
    )
  }
}
