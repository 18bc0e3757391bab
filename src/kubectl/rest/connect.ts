/** How a request reaches the server: TLS or not, through a proxy or not. */
import type { Agent, AgentOptions, ClientRequest, RequestOptions } from 'node:http'
import type { Connection } from '#kubectl/config/connection.ts'
import { ConnectionError } from '#kubectl/errors.ts'

export interface ConnectOptions {
  readonly server: URL
  readonly connection: Connection
  readonly env: Readonly<Record<string, string | undefined>>
  readonly idleConnectionsMax: number
}

export interface Connected {
  readonly send: (options: RequestOptions) => ClientRequest
  /** One more, with the certificates and the proxy: its connections are nobody else's. */
  readonly ownAgent: () => Promise<Agent>
  close(): void
}

export async function connect(options: ConnectOptions): Promise<Connected> {
  const { server } = options
  const proxy = proxyOf(options)
  const target = { host: server.hostname.replace(/^\[(.*)\]$/, '$1'), port: portOf(server) }
  const kept = { keepAlive: true, maxFreeSockets: options.idleConnectionsMax }
  if (server.protocol === 'http:') {
    const { Agent, request } = await import('node:http')
    return await bind(
      async (more) => (proxy === undefined ? new Agent(more) : await viaProxy(proxy, options)),
      { kept, request: (with_) => request({ ...target, ...with_ }) },
    )
  }
  if (server.protocol !== 'https:') {
    const message = `unsupported protocol scheme "${server.protocol.slice(0, -1)}"`
    throw new ConnectionError(server.href, message, undefined)
  }
  const { Agent, request } = await import('node:https')
  const tls = tlsOptions(options)
  return await bind(
    async (more) =>
      proxy === undefined ? new Agent({ ...more, ...tls }) : await viaProxy(proxy, options),
    { kept, request: (with_) => request({ ...target, ...with_ }) },
  )
}

async function bind(
  make: (options: AgentOptions) => Promise<Agent>,
  {
    kept,
    request,
  }: {
    readonly kept: AgentOptions
    readonly request: (options: RequestOptions) => ClientRequest
  },
): Promise<Connected> {
  const agent = await make(kept)
  return {
    send: (options) => request({ agent, ...options }),
    ownAgent: () => make({}),
    close: () => agent.destroy(),
  }
}

export function portOf({ port, protocol }: URL): number {
  if (port !== '') return Number(port)
  return protocol === 'https:' ? 443 : 80
}

export function tlsOptions({ server, connection }: Pick<ConnectOptions, 'server' | 'connection'>) {
  const { ca, cert, key, serverName, insecure } = connection
  const host = server.hostname.replace(/^\[(.*)\]$/, '$1')
  const isAddress = /^[\d.]+$/.test(host) || host.includes(':')
  return {
    ...(ca !== undefined && { ca }),
    ...(cert !== undefined && { cert }),
    ...(key !== undefined && { key }),
    servername: serverName ?? (isAddress ? '' : host),
    ...(insecure && { rejectUnauthorized: false }),
  }
}

/** The kubeconfig's own proxy, or the environment's as Go's programs read it. */
function proxyOf({ server, connection, env }: ConnectOptions): string | undefined {
  if (connection.proxyUrl !== undefined) return connection.proxyUrl
  const name = server.protocol === 'https:' ? 'HTTPS_PROXY' : 'HTTP_PROXY'
  const proxy = env[name] ?? env[name.toLowerCase()]
  if (proxy === undefined || proxy === '') return undefined
  const { hostname } = server
  if (hostname === 'localhost' || /^127\.|^\[::1\]$/.test(hostname)) return undefined
  const except = (env['NO_PROXY'] ?? env['no_proxy'] ?? '').split(',').map((part) => part.trim())
  const isExcepted = except.some(
    (part) =>
      part === '*' || (part !== '' && (hostname === part || hostname.endsWith(dotted(part)))),
  )
  return isExcepted ? undefined : proxy
}

function dotted(part: string): string {
  return part.startsWith('.') ? part : `.${part}`
}

async function viaProxy(proxy: string, options: ConnectOptions): Promise<Agent> {
  const { proxyAgent } = await import('./proxy-agent.ts')
  return await proxyAgent(/:\/\//.test(proxy) ? proxy : `http://${proxy}`, {
    target: options.server,
    tls: tlsOptions(options),
  })
}
