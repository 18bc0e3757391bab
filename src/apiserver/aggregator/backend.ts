/**
 * Talks to the server behind an APIService: as the front proxy, for the user who asks.
 * Upstream: staging/src/k8s.io/kube-aggregator/pkg/apiserver/handler_proxy.go,
 * staging/src/k8s.io/apimachinery/pkg/util/proxy/upgradeaware.go and
 * staging/src/k8s.io/client-go/transport/round_trippers.go, v1.36.
 */
import { Agent, request as httpsRequest } from 'node:https'
import type { IncomingMessage, OutgoingHttpHeaders } from 'node:http'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { APIService, APIServiceSpec } from '#api/apiregistration/v1.gen.ts'
import { connectFailure } from '#base/net-error.ts'
import { escapeKey } from '#apiserver/authentication/request-header.ts'
import type { UserInfo } from '#apiserver/authentication/authenticator.ts'
import { plainText } from '#apiserver/http/answer.ts'
import type { RawAnswer } from '#apiserver/http/answer.ts'
import { withoutCredentials } from '#apiserver/http/credentials.ts'
import type { UpgradeRequest } from '#apiserver/http/endpoint.ts'
import type { Incoming } from '#apiserver/http/incoming.ts'
import { join, requestUpgrade, switchingProtocols } from '#streams/upgrade.ts'
import { limits } from './limits.ts'
import type { Locate } from './locate.ts'

/** `--proxy-client-cert-file` and its key, PEM: how servers know this one. */
export interface ProxyClient {
  readonly cert: string
  readonly key: string
}

export interface BackendOptions {
  readonly spec: APIServiceSpec
  readonly locate: Locate
  readonly proxyClient: ProxyClient | undefined
}

export interface Document {
  readonly status: number
  readonly body: string
}

export interface Backend extends Disposable {
  /** `https://10.96.0.7:443` + path, for messages. Throws an Error when there is no such place. */
  urlOf(path: string): string
  /** Asks as the aggregator itself. Rejects with an Error in Go's words. */
  ask(
    path: string,
    options: { readonly accept: string; readonly signal: AbortSignal },
  ): Promise<Document>
  passOn(request: Incoming): Promise<RawAnswer>
  /** Throws before it has written to the socket. */
  upgrade(request: UpgradeRequest): Promise<void>
}

export function openBackend({ spec, locate, proxyClient }: BackendOptions): Backend {
  const tls = tlsOf(spec, proxyClient)
  const { socketsMax: maxSockets, idleSocketsMax: maxFreeSockets } = limits
  const agent = new Agent({ keepAlive: true, maxSockets, maxFreeSockets, ...tls })
  const reference = spec.service ?? {}
  const urlOf = (path: string): string => `https://${locate(reference)}${path}`
  return {
    urlOf,
    async ask(path, { accept, signal }) {
      const url = urlOf(path)
      const timeout = AbortSignal.timeout(limits.askTimeoutMs)
      const headers = { accept, ...identityHeaders(aggregatorUser) }
      const sent = {
        url,
        method: 'GET',
        headers,
        agent,
        signal: AbortSignal.any([signal, timeout]),
      }
      const answer = await send(sent, undefined)
      return { status: answer.statusCode ?? 0, body: await textOf(answer) }
    },
    passOn: (request) => passOn(request, { urlOf, agent }),
    async upgrade(request) {
      const { connection, upgrade } = request.headers
      const answer = await requestUpgrade({
        url: urlOf(request.url),
        method: request.method,
        headers: { ...passedHeaders(request), connection, upgrade },
        tls,
        signal: request.signal,
      })
      if (answer.type === 'refused') return refuseUpgrade(request, answer.answer)
      request.socket.write(switchingProtocols(answer.answer.headers))
      if (answer.head.length > 0) request.socket.write(answer.head)
      if (request.head.length > 0) answer.socket.write(request.head)
      await join(request.socket, answer.socket)
    },
    [Symbol.dispose]: () => agent.destroy(),
  }
}

/** Whatever the server allows: it answers who it knows as its cluster's master. */
const aggregatorUser: UserInfo = { name: 'system:kube-aggregator', groups: ['system:masters'] }

function tlsOf(spec: APIService['spec'], proxyClient: ProxyClient | undefined) {
  const { caBundle = '', insecureSkipTLSVerify = false, service } = spec
  return {
    ...(caBundle !== '' && { ca: Buffer.from(caBundle, 'base64') }),
    ...proxyClient,
    servername: `${service?.name}.${service?.namespace}.svc`,
    rejectUnauthorized: !insecureSkipTLSVerify,
  } as { ca: Buffer; cert?: string; key?: string }
}

interface Way {
  readonly urlOf: (path: string) => string
  readonly agent: Agent
}

const bodiless: ReadonlySet<string> = new Set(['GET', 'HEAD'])

async function passOn(request: Incoming, { urlOf, agent }: Way): Promise<RawAnswer> {
  const { method, signal } = request
  let url: string
  try {
    url = urlOf(request.url)
  } catch {
    return plainText(503, 'service unavailable\n')
  }
  const body = bodiless.has(method) ? undefined : request.body.raw
  const sent = { url, method, headers: passedHeaders(request), agent, signal }
  try {
    const answer = await send(sent, body)
    const status = answer.statusCode ?? 502
    if (status >= 300 && status < 400 && answer.headers.location !== undefined) {
      answer.destroy()
      return plainText(
        502,
        'the backend attempted to redirect this request, which is not permitted\n',
      )
    }
    return { type: 'raw', status, headers: endToEnd(answer.headers), body: answer }
  } catch (error) {
    signal.throwIfAborted()
    return plainText(503, `error trying to reach service: ${(error as Error).message}\n`)
  }
}

interface Sent {
  readonly url: string
  readonly method: string
  readonly headers: OutgoingHttpHeaders
  readonly agent: Agent
  readonly signal: AbortSignal
}

/** Resolves with the answer's head. Rejects in Go's words. */
async function send(
  { url, ...options }: Sent,
  body: AsyncIterable<Uint8Array> | undefined,
): Promise<IncomingMessage> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>()
  const outgoing = httpsRequest(url, options)
  outgoing.setTimeout(limits.connectTimeoutMs, () => outgoing.destroy(new Error('i/o timeout')))
  outgoing.once('response', (answer) => {
    outgoing.setTimeout(0) // a watch may be quiet
    resolve(answer)
  })
  outgoing.on('error', reject)
  if (body === undefined) outgoing.end()
  // The server may answer, and hang up, before it has read everything.
  else pipeline(Readable.from(body), outgoing).catch(reject)
  try {
    return await promise
  } catch (error) {
    throw new Error(connectFailure(error, new URL(url).host), { cause: error })
  }
}

async function textOf(answer: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > limits.documentBytesMax) throw new Error('the answer is too large')
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString()
}

/** Of one connection, not of the request behind it (RFC 9110, 7.6.1). */
const hopByHop: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
])

type Headers = Readonly<Record<string, string | readonly string[] | undefined>>

function endToEnd(headers: Headers): Record<string, string | readonly string[]> {
  const kept: Record<string, string | readonly string[]> = {}
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined && !hopByHop.has(name)) kept[name] = value
  }
  return kept
}

function passedHeaders({ headers, user }: Pick<Incoming, 'headers' | 'user'>): OutgoingHttpHeaders {
  const passed = endToEnd(withoutCredentials(headers))
  return { ...(passed as OutgoingHttpHeaders), ...identityHeaders(user) }
}

function identityHeaders({ name, uid = '', groups, extra = {} }: UserInfo): OutgoingHttpHeaders {
  const headers: Record<string, string | string[]> = { 'x-remote-user': bytes(name) }
  if (uid !== '') headers['x-remote-uid'] = bytes(uid)
  if (groups.length > 0) headers['x-remote-group'] = groups.map(bytes)
  for (const [key, values] of Object.entries(extra)) {
    headers[`x-remote-extra-${escapeKey(key)}`] = values.map(bytes)
  }
  return headers
}

/** Headers carry bytes: Go writes UTF-8. */
function bytes(text: string): string {
  return Buffer.from(text).toString('latin1')
}

/** The server's own refusal, as it stands. */
async function refuseUpgrade({ socket }: UpgradeRequest, answer: IncomingMessage): Promise<void> {
  const body = Buffer.from(await textOf(answer))
  const headers = { ...endToEnd(answer.headers), 'content-length': String(body.length) }
  const lines = Object.entries(headers).flatMap(([name, values]) =>
    [values].flat().map((value) => `${name}: ${value}\r\n`),
  )
  socket.write(`HTTP/1.1 ${answer.statusCode} ${answer.statusMessage}\r\n${lines.join('')}\r\n`)
  socket.end(body)
}
