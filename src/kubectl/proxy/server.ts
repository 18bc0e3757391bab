/**
 * Passes requests on to the API server as the user of the kubeconfig, upgrades too.
 * Upstream: kubectl pkg/proxy/proxy_server.go, apimachinery pkg/util/proxy/upgradeaware.go.
 */
import { createServer } from 'node:http'
import type { IncomingHttpHeaders, IncomingMessage, Server, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { Call } from '#kubectl/command.ts'
import { klogLine } from '#kubectl/rest/request-log.ts'
import type { RestClient, Upgrading } from '#kubectl/rest/rest-client.ts'
import { join, switchingProtocols } from '#streams/upgrade.ts'
import { accepts } from './filter.ts'
import type { Filter } from './filter.ts'

export interface ProxyOptions {
  /** Both end in a slash. */
  readonly apiPrefix: string
  readonly staticPrefix: string
  /** Empty: no files. */
  readonly staticFolder: string
  /** Undefined: all requests are passed on. */
  readonly filter: Filter | undefined
  readonly appendServerPath: boolean
  readonly keepAliveMs: number
}

/** Of one hop only: not passed on. */
const hopHeaders = [
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]

type Target =
  | { readonly type: 'api'; readonly path: string }
  | { readonly type: 'file'; readonly path: string }
  | { readonly type: 'nothing' }
  | { readonly type: 'forbidden' }

export async function proxyServer(call: Call, options: ProxyOptions): Promise<Server> {
  const rest = await call.factory.rest()
  const failed = (error: unknown): string => {
    const text = error instanceof Error ? error.message : String(error)
    klogLine(call.io, 'E', `proxy_server.go:147] Error while proxying request: ${text}`)
    return `${text}\n`
  }
  const server = createServer(keepAlive(options), (request, response) => {
    serve({ request, response }, { rest, options }).catch((error: unknown) => {
      const text = failed(error)
      if (response.headersSent) response.destroy()
      else sendText(response, 500, text)
    })
  })
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    socket.on('error', () => socket.destroy())
    upgrade({ request, socket, head }, { rest, options }).catch((error: unknown) => {
      refuse(socket, 500, failed(error))
    })
  })
  return server
}

function keepAlive({ keepAliveMs }: ProxyOptions) {
  return { keepAlive: keepAliveMs > 0, keepAliveInitialDelay: keepAliveMs }
}

interface Exchange {
  readonly request: IncomingMessage
  readonly response: ServerResponse
}

interface Proxy {
  readonly rest: RestClient
  readonly options: ProxyOptions
}

/** Purely: what a request is about. The longer prefix counts, as in Go's ServeMux. */
export function targetOf(
  request: Pick<IncomingMessage, 'method' | 'url' | 'headers'>,
  options: ProxyOptions,
): Target {
  const { apiPrefix, staticPrefix, staticFolder, filter } = options
  const [path, query] = splitQuery(request.url ?? '/')
  const isFile = staticFolder !== '' && path.startsWith(staticPrefix)
  const isApi = path.startsWith(apiPrefix)
  if (isFile && !(isApi && apiPrefix.length > staticPrefix.length)) {
    return { type: 'file', path: decodeURIComponent(path.slice(staticPrefix.length - 1)) }
  }
  if (!isApi) return { type: 'nothing' }
  const passed = apiPrefix.startsWith('/api') ? path : path.slice(apiPrefix.length - 1)
  if (filter !== undefined) {
    const { method = 'GET', headers } = request
    const asked = { method, path: decodeURIComponent(passed), host: headers.host ?? '' }
    if (!accepts(filter, asked)) return { type: 'forbidden' }
  }
  return { type: 'api', path: query === undefined ? passed : `${passed}?${query}` }
}

function splitQuery(url: string): readonly [path: string, query: string | undefined] {
  const mark = url.indexOf('?')
  return mark < 0 ? [url, undefined] : [url.slice(0, mark), url.slice(mark + 1)]
}

async function serve({ request, response }: Exchange, { rest, options }: Proxy): Promise<void> {
  const target = targetOf(request, options)
  switch (target.type) {
    case 'nothing':
      return sendText(response, 404, '404 page not found\n')
    case 'forbidden':
      return sendText(response, 403, 'Forbidden\n')
    case 'file': {
      const { serveFile } = await import('./files.ts')
      return await serveFile(options.staticFolder, target.path, { request, response })
    }
    case 'api': {
      const answer = await ask(request, target.path, { rest, options })
      response.writeHead(answer.statusCode ?? 502, withoutHops(answer.headers))
      response.flushHeaders()
      await pipeline(answer, response).catch(() => response.destroy())
    }
  }
}

/** Sends the request on; resolves with the head of the answer. */
async function ask(request: IncomingMessage, path: string, proxy: Proxy): Promise<IncomingMessage> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>()
  const passing = await passOn(request, path, proxy)
  const client = passing.send({
    method: request.method ?? 'GET',
    path: passing.path,
    headers: { ...withoutHops(request.headers), ...passing.headers },
  })
  client.once('response', resolve)
  client.once('error', reject)
  request.once('close', () => void (request.complete || client.destroy()))
  request.pipe(client)
  return await promise
}

/** Where it goes and as whom; the client's own Host and credentials stay here. */
async function passOn(
  request: IncomingMessage,
  path: string,
  { rest, options }: Proxy,
): Promise<Upgrading> {
  delete request.headers.host
  delete request.headers.authorization
  const passing = await rest.upgrading({ path })
  const { 'Kubectl-Command': _, 'User-Agent': __, ...headers } = passing.headers
  const base = options.appendServerPath ? rest.server.pathname.replace(/\/+$/, '') : ''
  return { ...passing, path: `${base}${path}`, headers: { ...headers, Host: rest.server.host } }
}

interface Upgraded {
  readonly request: IncomingMessage
  readonly socket: Duplex
  readonly head: Buffer
}

async function upgrade({ request, socket, head }: Upgraded, proxy: Proxy): Promise<void> {
  const target = targetOf(request, proxy.options)
  if (target.type === 'forbidden') return refuse(socket, 403, 'Forbidden\n')
  if (target.type !== 'api') return refuse(socket, 404, '404 page not found\n')
  const passing = await passOn(request, target.path, proxy)
  const client = passing.send({
    agent: passing.agent,
    method: request.method ?? 'GET',
    path: passing.path,
    headers: { ...request.headers, ...passing.headers },
  })
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  client.once('error', reject)
  client.once('upgrade', (answer, upstream, rest) => {
    socket.write(switchingProtocols(answer.headers))
    if (rest.length > 0) socket.write(rest)
    if (head.length > 0) upstream.write(head)
    join(socket, upstream).then(resolve, reject)
  })
  client.once('response', (answer) => {
    const lines = [`HTTP/1.1 ${answer.statusCode} ${answer.statusMessage}`, 'Connection: close']
    for (const [name, value] of Object.entries(withoutHops(answer.headers))) {
      for (const one of [value ?? []].flat()) lines.push(`${name}: ${one}`)
    }
    socket.write(`${lines.join('\r\n')}\r\n\r\n`)
    pipeline(answer, socket).then(resolve, reject)
  })
  client.end()
  await promise
}

function withoutHops(headers: IncomingHttpHeaders): IncomingHttpHeaders {
  const listed = String(headers.connection ?? '')
    .toLowerCase()
    .split(',')
    .map((name) => name.trim())
  return Object.fromEntries(
    Object.entries(headers).filter(
      ([name]) => !hopHeaders.includes(name) && !listed.includes(name),
    ),
  )
}

const plain = { 'content-type': 'text/plain; charset=utf-8', 'x-content-type-options': 'nosniff' }

function sendText(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, plain).end(text)
}

const reasons: Readonly<Record<number, string>> = {
  403: 'Forbidden',
  404: 'Not Found',
  500: 'Internal Server Error',
}

function refuse(socket: Duplex, status: number, text: string): void {
  if (!socket.writable) return
  socket.end(
    `HTTP/1.1 ${status} ${reasons[status]}\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\nContent-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`,
  )
}
