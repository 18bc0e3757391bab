/**
 * exec, attach and port-forward. SPDY passes through to the kubelet untouched, so do the older WebSocket
 * protocols; the newer ones, which kubelets' runtimes do not know, are translated here.
 */
import { WebSocketServer, type WebSocket } from 'ws'
import { internalError } from '#api/meta/status.ts'
import type { UpgradeEndpoint, UpgradeRequest } from '#apiserver/http/endpoint.ts'
import { translateExec } from '#streams/exec-translator.ts'
import { SpdyConnection } from '#streams/spdy-connection.ts'
import { tunnel } from '#streams/tunnel.ts'
import { join, requestUpgrade, switchingProtocols, type UpgradeAnswer } from '#streams/upgrade.ts'
import {
  chooseContainer,
  kubeletOf,
  refusalOf,
  scheduledPod,
  type KubeletClient,
} from './kubelet.ts'

const execProtocol = 'v5.channel.k8s.io'
const tunnelProtocol = 'SPDY/3.1+portforward.k8s.io'

/** What the kubelet's SPDY server is offered on behalf of a WebSocket client. */
const spdyExecProtocol = 'v4.channel.k8s.io'
const spdyForwardProtocol = 'portforward.k8s.io'

export function podStreams(client: KubeletClient): ReadonlyMap<string, UpgradeEndpoint> {
  return new Map<string, UpgradeEndpoint>([
    ['pods/exec', (request) => stream(client, request, 'exec')],
    ['pods/attach', (request) => stream(client, request, 'attach')],
    ['pods/portforward', (request) => stream(client, request, 'portForward')],
  ])
}

type Action = 'exec' | 'attach' | 'portForward'

async function stream(
  client: KubeletClient,
  request: UpgradeRequest,
  action: Action,
): Promise<void> {
  const pod = scheduledPod(client.objects(), request.namespace, request.name)
  const location = kubeletOf(client, pod.nodeName)
  const at = `${encodeURIComponent(request.namespace)}/${encodeURIComponent(request.name)}`
  const path =
    action === 'portForward'
      ? `/portForward/${at}${portsOf(request.query)}`
      : `/${action}/${at}/${chooseContainer(pod, request.query.get('container') ?? '')}?${kubeletQuery(request.query).toString()}`
  const target = { url: `${location.url}${path}`, tls: location.tls, signal: request.signal }
  const offered = protocolsOf(request)
  if (isWebSocket(request) && action !== 'portForward' && offered.includes(execProtocol)) {
    return overWebSocket(request, {
      ...target,
      protocol: execProtocol,
      spdyProtocol: spdyExecProtocol,
    })
  }
  if (isWebSocket(request) && offered.includes(tunnelProtocol)) {
    return overWebSocket(request, {
      ...target,
      protocol: tunnelProtocol,
      spdyProtocol: spdyForwardProtocol,
    })
  }
  await passThrough(request, target)
}

interface Target {
  readonly url: string
  readonly tls: { readonly ca: string; readonly cert: string; readonly key: string }
  readonly signal: AbortSignal
}

/** Hands the client's own upgrade to the kubelet, and from then on only bytes. */
async function passThrough(request: UpgradeRequest, target: Target): Promise<void> {
  const { authorization: _, ...headers } = request.headers
  const upstream = await upgrade({ ...target, method: request.method, headers })
  if (upstream.type === 'refused')
    throw await refusalOf(upstream.answer, { resource: 'pods', name: request.name })
  request.socket.write(switchingProtocols(upstream.answer.headers))
  if (upstream.head.length > 0) request.socket.write(upstream.head)
  if (request.head.length > 0) upstream.socket.write(request.head)
  await join(request.socket, upstream.socket)
}

/** Speaks SPDY to the kubelet first: a refusal must still be an HTTP answer to the client. */
async function overWebSocket(
  request: UpgradeRequest,
  target: Target & { readonly protocol: string; readonly spdyProtocol: string },
): Promise<void> {
  const upstream = await upgrade({
    ...target,
    method: 'POST',
    headers: {
      connection: 'Upgrade',
      upgrade: 'SPDY/3.1',
      'x-stream-protocol-version': target.spdyProtocol,
      'content-length': 0,
    },
  })
  if (upstream.type === 'refused')
    throw await refusalOf(upstream.answer, { resource: 'pods', name: request.name })
  const socket = await accept(request, target.protocol)
  if (target.protocol === tunnelProtocol) {
    if (upstream.head.length > 0) socket.send(upstream.head)
    return tunnel(socket, upstream.socket)
  }
  const { query } = request
  const wants = (name: string): boolean => query.get(name) === 'true' || query.get(name) === '1'
  const spdy = new SpdyConnection(upstream.socket, upstream.head, () => socket.close(1000))
  await translateExec(socket, spdy, {
    stdin: wants('stdin'),
    stdout: wants('stdout'),
    stderr: wants('stderr'),
    tty: wants('tty'),
  })
}

async function upgrade(target: Parameters<typeof requestUpgrade>[0]): Promise<UpgradeAnswer> {
  return requestUpgrade(target).catch((error: unknown) => {
    throw internalError(
      `error dialing backend: ${error instanceof Error ? error.message : String(error)}`,
    )
  })
}

const webSockets = new WebSocketServer({
  noServer: true,
  perMessageDeflate: false,
  maxPayload: 16 << 20,
})

/** The protocol is answered past `ws`, which takes `SPDY/3.1+portforward.k8s.io` for no token. */
function accept(request: UpgradeRequest, protocol: string): Promise<WebSocket> {
  const { promise, resolve } = Promise.withResolvers<WebSocket>()
  const { 'sec-websocket-protocol': _, ...headers } = request.headers
  const incoming = { method: 'GET', url: request.url, headers }
  const answer = (lines: string[], answered: object): void => {
    if (answered === incoming) lines.push(`Sec-WebSocket-Protocol: ${protocol}`)
  }
  webSockets.on('headers', answer)
  webSockets.handleUpgrade(
    incoming as Parameters<typeof webSockets.handleUpgrade>[0],
    request.socket,
    request.head,
    resolve,
  )
  webSockets.off('headers', answer)
  return promise
}

function isWebSocket({ headers }: UpgradeRequest): boolean {
  return (headers.upgrade ?? '').toLowerCase() === 'websocket'
}

function protocolsOf({ headers }: UpgradeRequest): readonly string[] {
  return (headers['sec-websocket-protocol'] ?? '').split(',').map((name) => name.trim())
}

/** The kubelet's names of the same options. */
function kubeletQuery(query: URLSearchParams): URLSearchParams {
  const asked = new URLSearchParams()
  for (const command of query.getAll('command')) asked.append('command', command)
  for (const [ours, theirs] of [
    ['stdin', 'input'],
    ['stdout', 'output'],
    ['stderr', 'error'],
    ['tty', 'tty'],
  ] as const) {
    const value = query.get(ours)
    if (value === 'true' || value === '1') asked.set(theirs, '1')
  }
  return asked
}

/** Ports in the query are for WebSocket clients of the old protocol; SPDY names them in its streams. */
function portsOf(query: URLSearchParams): string {
  const ports = query.getAll('ports')
  return ports.length === 0
    ? ''
    : `?${new URLSearchParams(ports.map((port) => ['port', port])).toString()}`
}
