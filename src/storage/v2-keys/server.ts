/**
 * Shows the store as etcd's v2 API showed it: `curl -L http://127.0.0.1:4001/v2/keys/registry`. It is for
 * looking, by people on this machine: plain HTTP on loopback, and nothing can be changed.
 * etcd: api/etcdhttp and etcdserver/api/v2http/client.go, proxy/httpproxy (--proxy=readonly) of v3.4.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import type { Logger } from '#base/logger.ts'
import type { Storage } from '#storage/storage.ts'
import { readTree, TooLargeError } from './node.ts'

export interface V2KeysOptions {
  readonly storage: Storage
  /** On 127.0.0.1; 0: any free one. */
  readonly port: number
  readonly log: Logger
}

export interface V2KeysServer extends AsyncDisposable {
  readonly port: number
}

/** Rejects when the port is taken. */
export async function serveV2Keys({ storage, port, log }: V2KeysOptions): Promise<V2KeysServer> {
  const server = createServer((request, response) => {
    answer(storage, request).then(
      (reply) => send(response, request, reply),
      (error: unknown) => {
        log.error('A request for v2 keys failed', error)
        send(response, request, failure(500, { errorCode: 300, message: 'Raft Internal Error' }))
      },
    )
  })
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    [Symbol.asyncDispose]: () => close(server),
  }
}

async function close(server: Server): Promise<void> {
  server.closeAllConnections()
  await once(server.close(), 'close')
}

interface Reply {
  readonly status: number
  readonly body?: object
  /** The newest revision. */
  readonly index?: number
}

const root = '/v2/keys'

/** Parameters that change what is read; the others of etcd's belong to writes. */
const unsupported = ['wait', 'waitIndex', 'stream'] as const

async function answer(storage: Storage, request: IncomingMessage): Promise<Reply> {
  if (!isLocal(request)) return { status: 403 }
  if (request.method !== 'GET' && request.method !== 'HEAD') return { status: 501 }
  const url = URL.parse(request.url ?? '', 'http://localhost')
  const path = url === null ? undefined : pathOf(url.pathname)
  if (url === null || path === undefined) return { status: 404 }
  const asked = unsupported.find((name) => url.searchParams.has(name))
  if (asked !== undefined) {
    const cause = `${asked} is not supported: these keys are read-only and have no watches`
    return failure(400, { errorCode: 209, message: 'Invalid field', cause })
  }
  // What is read is sorted and linearizable whatever `sorted` and `quorum` say.
  const recursive = url.searchParams.get('recursive') === 'true'
  try {
    const { node, revision } = await readTree(storage, { path, recursive })
    const index = Number(revision)
    if (node !== undefined) return { status: 200, body: { action: 'get', node }, index }
    const cause = path
    return { ...failure(404, { errorCode: 100, message: 'Key not found', cause, index }), index }
  } catch (error) {
    if (!(error instanceof TooLargeError)) throw error
    return failure(413, { errorCode: 300, message: error.message, cause: path })
  }
}

function failure(
  status: number,
  body: { errorCode: number; message: string; cause?: string; index?: number },
): Reply {
  const { errorCode, message, cause = '', index = 0 } = body
  return { status, body: { errorCode, message, cause, index } }
}

/**
 * Only peers on loopback, and only by a name that means it: a page in a browser that had its own name
 * point here would bring that name.
 */
function isLocal({ socket, headers }: IncomingMessage): boolean {
  const peer = socket.remoteAddress ?? ''
  const isLoopback = peer === '::1' || /^(?:::ffff:)?127\./.test(peer)
  return isLoopback && /^(?:localhost|127\.[\d.]+|\[::1\])(?::\d+)?$/.test(headers.host ?? '')
}

/** `/registry/pods`, '' for all; undefined: not below the keys. */
function pathOf(pathname: string): string | undefined {
  if (pathname !== root && !pathname.startsWith(`${root}/`)) return undefined
  try {
    return decodeURIComponent(pathname.slice(root.length))
      .replaceAll(/\/+/g, '/')
      .replace(/\/$/, '')
  } catch {
    return undefined
  }
}

function send(
  response: ServerResponse,
  { method }: IncomingMessage,
  { status, body, index }: Reply,
): void {
  const bytes = body === undefined ? '' : `${JSON.stringify(body)}\n`
  response.writeHead(status, {
    ...(body !== undefined && { 'Content-Type': 'application/json' }),
    ...(index !== undefined && { 'X-Etcd-Index': String(index) }),
    'Content-Length': Buffer.byteLength(bytes),
  })
  response.end(method === 'HEAD' ? undefined : bytes)
}
