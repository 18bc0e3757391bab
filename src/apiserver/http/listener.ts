/**
 * The one TLS port: HTTP/1.1 and HTTP/2 by ALPN, client certificates asked for but not insisted on.
 * Half-open handshakes, unfinished headers and idle connections are cut off; closing drains.
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import type { Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import type { TLSSocket } from 'node:tls'
import type { Clock } from '#base/clock.ts'
import { HeaderEncoder } from '#streams/http2/header-encoder.ts'
import { Session } from '#streams/http2/session.ts'
import type { SharedBySessions } from '#streams/http2/session.ts'
import { WriteBuffers } from '#streams/http2/write-buffers.ts'
import { connectionOf, trustOf } from './connection.ts'
import { Http1Exchange } from './http1.ts'
import { Http2Exchange } from './http2.ts'
import type { Connection, Trust } from './connection.ts'
import type { Exchange } from './exchange.ts'
import { limits } from './limits.ts'

export interface ListenerOptions {
  readonly address: string
  /** 0: any free one. */
  readonly port: number
  /** PEM. */
  readonly cert: string
  readonly key: string
  /** PEM bundle that client certificates are checked against. */
  readonly clientCa: string
  /** The same for front proxies; absent: there are none. */
  readonly requestHeaderCa?: string
  readonly clock: Clock
  /** Default: upstream's. */
  readonly headersTimeoutMs?: number
  readonly streamsMax?: number
  readonly goawayChance?: number
  /** At least 0, less than 1. */
  random(): number
  serve(exchange: Exchange): void
  /** Whether a request for another protocol is for `upgrade`; others are served as if they asked for none. */
  upgrades(request: IncomingMessage): boolean
  upgrade(upgrade: Upgrade): void
}

/** An HTTP/1.1 request that wants another protocol on its socket. */
export interface Upgrade {
  readonly request: IncomingMessage
  readonly socket: Duplex
  readonly head: Buffer
  readonly connection: Connection
}

export interface Listener {
  readonly port: number
  readonly connections: number
  /** Takes no more requests; resolves when those in flight are done, or are cut off after `graceMs`. */
  close(graceMs: number): Promise<void>
}

/** Rejects when the port is taken. */
export async function listen(options: ListenerOptions): Promise<Listener> {
  const server = createServer(options)
  const sessions = new Set<Session>()
  const sockets = new Set<Duplex>()
  const state = { isClosing: false, trust: trustOf(options.clientCa, options.requestHeaderCa) }
  acceptHttp1(server, options, state)
  acceptConnections(server, options, { sessions, sockets, trust: state.trust })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen({ port: options.port, host: options.address }, () => {
      server.off('error', reject)
      resolve()
    })
  })
  return {
    port: (server.address() as AddressInfo).port,
    get connections() {
      return sockets.size
    },
    close(graceMs) {
      state.isClosing = true
      return close({ server, sessions, sockets, clock: options.clock }, graceMs)
    },
  }
}

function createServer(options: ListenerOptions): Server {
  const headersTimeout = options.headersTimeoutMs ?? limits.headersTimeoutMs
  return createHttpsServer({
    ALPNProtocols: ['h2', 'http/1.1'],
    cert: options.cert,
    key: options.key,
    ca: [options.clientCa, options.requestHeaderCa ?? ''].filter(Boolean),
    requestCert: true,
    rejectUnauthorized: false, // who shows no good certificate may still show a token
    minVersion: 'TLSv1.2',
    handshakeTimeout: limits.handshakeTimeoutMs,
    noDelay: true,
    headersTimeout,
    requestTimeout: 0, // proxied uploads may be long; own deadlines end the others
    keepAliveTimeout: limits.idleTimeoutMs,
    maxHeaderSize: limits.headerBytesMax,
    connectionsCheckingInterval: Math.min(5_000, headersTimeout / 2),
  })
}

function acceptHttp1(
  server: Server,
  options: ListenerOptions,
  state: { readonly isClosing: boolean; readonly trust: Trust },
): void {
  const known = new WeakMap<Duplex, Connection>()
  const connectionFor = (socket: Duplex): Connection => {
    const connection = known.get(socket) ?? connectionOf(socket as TLSSocket, state.trust)
    known.set(socket, connection)
    return connection
  }
  const serve = (request: IncomingMessage, response: ServerResponse): void => {
    response.once('finish', () => {
      if (state.isClosing) request.socket.end() // it would be kept alive for a next request
    })
    options.serve(
      new Http1Exchange({ request, response, connection: connectionFor(request.socket) }),
    )
  }
  server.on('request', serve)
  const upgradable = server as unknown as { shouldUpgradeCallback: ListenerOptions['upgrades'] }
  upgradable.shouldUpgradeCallback = (request) => options.upgrades(request)
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    options.upgrade({ request, socket, head, connection: connectionFor(socket) })
  })
  server.on('clientError', (error: Error & { code?: string }, socket: Duplex) => {
    if (socket.writableEnded) return // its answer is on the way: what still comes is no request either
    if (!socket.writable) return socket.destroy()
    const status = malformed[error.code ?? ''] ?? '400 Bad Request'
    // What is still sent is taken and dropped for a moment: a reset would take the answer with it.
    socket.resume()
    options.clock.after(limits.lingerMs, () => socket.destroy())
    socket.end(
      `HTTP/1.1 ${status}\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n\r\n${status}`,
    )
  })
  server.on('tlsClientError', () => {}) // scanners, and clients that do not trust our CA
}

/** What Go's server says of requests that are none, by Node's code; anything else is a 400. */
const malformed: Readonly<Record<string, string>> = {
  ERR_HTTP_REQUEST_TIMEOUT: '408 Request Timeout',
  HPE_HEADER_OVERFLOW: '431 Request Header Fields Too Large',
}

/** Hands a connection to HTTP/2 when both sides speak it, else to Node's HTTP/1.1. */
function acceptConnections(
  server: Server,
  options: ListenerOptions,
  open: {
    readonly sessions: Set<Session>
    readonly sockets: Set<Duplex>
    readonly trust: Trust
  },
): void {
  const acceptHttp1 = server.listeners('secureConnection') as ((socket: TLSSocket) => void)[]
  server.removeAllListeners('secureConnection')
  const { clock } = options
  const shared = { encoder: new HeaderEncoder(() => clock.nowMs()), buffers: new WriteBuffers() }
  server.on('secureConnection', (socket: TLSSocket) => {
    open.sockets.add(socket)
    socket.once('close', () => open.sockets.delete(socket))
    socket.on('error', () => socket.destroy()) // resets by peers are their business
    if (socket.alpnProtocol !== 'h2')
      return acceptHttp1.forEach((accept) => accept.call(server, socket))
    const connection = connectionOf(socket, open.trust)
    const session = acceptHttp2({ socket, connection }, options, shared)
    open.sessions.add(session)
    socket.once('close', () => open.sessions.delete(session))
  })
}

function acceptHttp2(
  { socket, connection }: { readonly socket: TLSSocket; readonly connection: Connection },
  options: ListenerOptions,
  shared: SharedBySessions,
): Session {
  const { goawayChance = 0, streamsMax } = options
  const session = new Session(
    {
      socket,
      clock: options.clock,
      concurrentStreamsMax: streamsMax ?? limits.concurrentStreamsMax,
      headerBytesMax: limits.headerBytesMax,
      streamWindowBytes: limits.streamWindowBytes,
      headersTimeoutMs: options.headersTimeoutMs ?? limits.headersTimeoutMs,
      request: (stream) => {
        const exchange = new Http2Exchange(stream, connection, () => session.close())
        // Clients come back by the load balancer, and so are spread anew over the servers.
        if (goawayChance > 0 && options.random() < goawayChance) exchange.lastOfConnection()
        options.serve(exchange)
      },
    },
    shared,
  )
  socket.setTimeout(limits.idleTimeoutMs, () => {
    if (session.open === 0) session.close() // a quiet watch is no reason to close
  })
  return session
}

interface Open {
  readonly server: Server
  readonly sessions: ReadonlySet<Session>
  readonly sockets: ReadonlySet<Duplex>
  readonly clock: Clock
}

async function close(open: Open, graceMs: number): Promise<void> {
  const closed = new Promise<void>((resolve) => open.server.close(() => resolve()))
  for (const session of open.sessions) session.close()
  const timer = open.clock.after(graceMs, () => {
    for (const session of open.sessions) session.destroy()
    for (const socket of open.sockets) socket.destroy()
  })
  await closed
  timer[Symbol.dispose]()
}
