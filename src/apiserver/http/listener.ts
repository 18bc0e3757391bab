/**
 * The one TLS port: HTTP/1.1 and HTTP/2 by ALPN, client certificates asked for but not insisted on.
 * Half-open handshakes, unfinished headers and idle connections are cut off; closing drains.
 */
import { createSecureServer } from 'node:http2'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Http2SecureServer, ServerHttp2Session, ServerHttp2Stream } from 'node:http2'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import type { TLSSocket } from 'node:tls'
import type { Clock } from '#base/clock.ts'
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
  const sessions = new Set<ServerHttp2Session>()
  const sockets = new Set<Duplex>()
  const state = { isClosing: false, trust: trustOf(options.clientCa, options.requestHeaderCa) }
  acceptHttp1(server, options, state)
  acceptHttp2(server, options, { sessions, trust: state.trust })
  server.on('secureConnection', (socket: TLSSocket) => {
    socket.setNoDelay(true)
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
    socket.on('error', () => socket.destroy()) // resets by peers are their business
  })
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

function createServer(options: ListenerOptions): Http2SecureServer {
  const headersTimeout = options.headersTimeoutMs ?? limits.headersTimeoutMs
  return createSecureServer({
    allowHTTP1: true,
    cert: options.cert,
    key: options.key,
    ca: [options.clientCa, options.requestHeaderCa ?? ''].filter(Boolean),
    requestCert: true,
    rejectUnauthorized: false, // who shows no good certificate may still show a token
    minVersion: 'TLSv1.2',
    handshakeTimeout: limits.handshakeTimeoutMs,
    maxSessionMemory: limits.sessionMemoryMebibytesMax,
    maxHeaderListPairs: 256,
    settings: {
      maxConcurrentStreams: limits.concurrentStreamsMax,
      maxHeaderListSize: limits.headerBytesMax,
      initialWindowSize: 256 * 1024, // upstream's, so that bodies come in one go
      enablePush: false,
    },
    http1Options: {
      headersTimeout,
      requestTimeout: 0, // proxied uploads may be long; own deadlines end the others
      keepAliveTimeout: limits.idleTimeoutMs,
      maxHeaderSize: limits.headerBytesMax,
      connectionsCheckingInterval: Math.min(5_000, headersTimeout / 2),
    },
  } as Parameters<typeof createSecureServer>[0])
}

function acceptHttp1(
  server: Http2SecureServer,
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
  // Node builds compatibility objects for HTTP/2, too, once somebody listens for requests: undo that.
  server.on('request', serve as never)
  server.removeAllListeners('stream')
  const upgradable = server as unknown as { shouldUpgradeCallback: ListenerOptions['upgrades'] }
  upgradable.shouldUpgradeCallback = (request) => options.upgrades(request)
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    options.upgrade({ request, socket, head, connection: connectionFor(socket) })
  })
  server.on('clientError', (error: Error & { code?: string }, socket: Duplex) => {
    const status =
      error.code === 'ERR_HTTP_REQUEST_TIMEOUT' ? '408 Request Timeout' : '400 Bad Request'
    if (socket.writable) socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\n\r\n`)
    else socket.destroy()
  })
  server.on('tlsClientError', () => {}) // scanners, and clients that do not trust our CA
}

function acceptHttp2(
  server: Http2SecureServer,
  options: ListenerOptions,
  { sessions, trust }: { readonly sessions: Set<ServerHttp2Session>; readonly trust: Trust },
): void {
  const known = new WeakMap<ServerHttp2Session, { connection: Connection; open: number }>()
  server.on('session', (session) => {
    const entry = { connection: connectionOf(session.socket as TLSSocket, trust), open: 0 }
    known.set(session, entry)
    sessions.add(session)
    session.once('close', () => sessions.delete(session))
    session.on('error', () => session.destroy())
    session.setTimeout(limits.idleTimeoutMs, () => {
      if (entry.open === 0) session.close() // a quiet watch is no reason to close
    })
  })
  server.on(
    'stream',
    (stream: ServerHttp2Stream, headers, _flags: number, rawHeaders?: readonly string[]) => {
      const entry =
        stream.session === undefined ? undefined : known.get(stream.session as ServerHttp2Session)
      if (entry === undefined) return stream.close()
      entry.open += 1
      stream.once('close', () => (entry.open -= 1))
      const { connection } = entry
      options.serve(
        new Http2Exchange({ stream, headers, rawHeaders: rawHeaders ?? [], connection }),
      )
    },
  )
}

interface Open {
  readonly server: Http2SecureServer
  readonly sessions: ReadonlySet<ServerHttp2Session>
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
