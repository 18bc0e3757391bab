/**
 * Requests that want another protocol on their socket (exec, attach, port-forward, proxies): the same
 * stages as for any request, then the socket goes to the endpoint.
 */
import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import type { StatusError } from '#api/meta/status.ts'
import type { AuditedRequest, RequestAudit } from '#apiserver/audit/auditor.ts'
import { givenAuditId } from './audit-answer.ts'
import { attributesOf, authorize } from './authorize.ts'
import { endpointRequest, notServed } from './dispatch.ts'
import type { Engine } from './dispatch.ts'
import type { UpgradeEndpoint } from './endpoint.ts'
import { LazySignal } from './exchange.ts'
import { statusOf } from './failure.ts'
import { impersonate } from './impersonate.ts'
import type { Incoming } from './incoming.ts'
import type { Upgrade } from './listener.ts'
import type { Service } from './serve.ts'
import { sourceIps } from './source-ips.ts'
import { parseTarget } from './target.ts'
import type { Target } from './target.ts'

/** Whether an endpoint takes sockets of such requests. */
export function isUpgrade(engine: Engine, request: IncomingMessage): boolean {
  try {
    const { info } = parseTarget(request.method ?? 'GET', request.url ?? '/')
    return engine.aggregator?.of(info) !== undefined || endpointOf(engine, info) !== undefined
  } catch {
    return false
  }
}

function endpointOf(engine: Engine, info: Target['info']): UpgradeEndpoint | undefined {
  if (!info.isResource) return undefined
  return engine.endpoints.upgrade.get(`${info.resource}/${info.subresource}`)
}

/** Never rejects: what fails before the endpoint has the socket is answered on it. */
export async function serveUpgrade(service: Service, upgrade: Upgrade): Promise<void> {
  const { request, socket } = upgrade
  const startedMs = service.engine.clock.monotonicMs()
  const method = request.method ?? 'GET'
  const gone = new LazySignal()
  socket.on('error', () => socket.destroy())
  socket.once('close', () => gone.abort(new Error('the client went away')))
  let target: Target | undefined
  const running: Running = { gone, audit: undefined }
  try {
    target = parseTarget(method, request.url ?? '/')
    await run(service, upgrade, { target, running })
    running.audit?.completed(101)
    service.metrics.observe({ ...target, method, status: 101, startedMs })
  } catch (error) {
    running.audit?.failed(error)
    const status = statusOf(error, service.log, `${method} ${request.url}`)
    if (target !== undefined) {
      service.metrics.observe({ ...target, method, status: status.code, startedMs })
    }
    await refuse(socket, status)
  }
}

interface Running {
  readonly gone: LazySignal
  audit: RequestAudit | undefined
}

interface Run {
  readonly target: Target
  readonly running: Running
}

async function run(service: Service, upgrade: Upgrade, { target, running }: Run): Promise<void> {
  const { request, socket, head, connection } = upgrade
  const { engine, authorizer } = service
  const { info } = target
  const { headers, rawHeaders } = request
  const sender = { connection, headers, rawHeaders, path: info.path }
  const sending = await service.authenticate(sender)
  const audit = beginAudit(service, upgrade, { info, user: sending })
  running.audit = audit
  await audit?.kept
  const user = await impersonate(rawHeaders, attributesOf(sending, info), authorizer)
  if (user !== sending) audit?.impersonates(user)
  await authorize(authorizer, attributesOf(user, info), audit)
  const incoming = incomingOf(upgrade, target, { user, gone: running.gone, audit })
  const taken = { socket, head, httpVersion: request.httpVersion, url: request.url ?? '/' }
  const remote = engine.aggregator?.of(info)
  if (remote !== undefined) {
    audit?.started(101)
    return remote.upgrade({ ...endpointRequest(incoming, undefined), ...taken })
  }
  const endpoint = endpointOf(engine, info)
  const row = engine.resources.find(info.group, info.version, info.resource)
  if (endpoint === undefined || row === undefined) throw notServed(404)
  // A WebSocket opens with GET, but to run something in a container is more than to read.
  if (info.verb === 'get' && info.subresource !== 'proxy') {
    await authorize(authorizer, attributesOf(user, { ...info, verb: 'create' }))
  }
  audit?.started(101)
  await endpoint({ ...endpointRequest(incoming, { row, object: undefined }), ...taken })
}

interface Opened {
  readonly user: Incoming['user']
  readonly gone: LazySignal
  readonly audit: RequestAudit | undefined
}

function incomingOf(
  { request }: Upgrade,
  { info, query }: Target,
  { user, gone, audit }: Opened,
): Incoming {
  return {
    method: request.method ?? 'GET',
    url: request.url ?? '/',
    info,
    query,
    headers: request.headers,
    user,
    body: noBody,
    get signal() {
      return gone.signal
    },
    warn() {},
    annotate: (key, value) => audit?.annotate(key, value),
  }
}

function beginAudit(
  service: Service,
  { request, connection }: Upgrade,
  asked: Pick<AuditedRequest, 'info' | 'user'>,
): RequestAudit | undefined {
  return service.auditor?.begin({
    ...asked,
    auditId: givenAuditId(request.headers) ?? service.auditId(),
    requestUri: request.url ?? '/',
    sourceIps: sourceIps(request.headers, connection.remoteAddress),
    userAgent: request.headers['user-agent'],
  })
}

const noBody: Incoming['body'] = {
  get raw() {
    return noBytes()
  },
  object: () => Promise.reject(notServed(405)),
  patch: () => Promise.reject(notServed(405)),
  deleteOptions: () => Promise.resolve(undefined),
}

async function* noBytes(): AsyncGenerator<Uint8Array> {}

/** Says no in HTTP/1.1, unless the endpoint has already spoken another protocol. */
async function refuse(socket: Duplex, { status, code }: StatusError): Promise<void> {
  if (!socket.writable || ('bytesWritten' in socket && socket.bytesWritten !== 0)) {
    socket.destroy()
    return
  }
  const body = `${JSON.stringify(status)}\n`
  // Its import loads all of Node's fetch, which a server does not need to start.
  const { STATUS_CODES } = await import('node:http')
  socket.end(
    `HTTP/1.1 ${code} ${STATUS_CODES[code] ?? ''}\r\nContent-Type: application/json\r\n` +
      `Cache-Control: no-cache, private\r\nContent-Length: ${Buffer.byteLength(body)}\r\n` +
      `Connection: close\r\n\r\n${body}`,
  )
}
