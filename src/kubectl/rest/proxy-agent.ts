/** Connections through a proxy: `CONNECT` over HTTP or HTTPS, or SOCKS 5. */
import { Agent, request as httpRequest } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { connect as connectTcp } from 'node:net'
import type { Socket } from 'node:net'
import { Duplex } from 'node:stream'
import { connect as connectTls } from 'node:tls'
import type { ConnectionOptions } from 'node:tls'
import { CommandError } from '#kubectl/errors.ts'
import { portOf } from './connect.ts'

export interface ProxyTarget {
  readonly target: URL
  readonly tls: ConnectionOptions
}

/** An agent whose sockets are tunnels to the target, encrypted when the target is. */
export async function proxyAgent(proxy: string, options: ProxyTarget): Promise<Agent> {
  const url = new URL(proxy)
  const tunnel = tunnels[url.protocol]
  if (tunnel === undefined) {
    throw new CommandError(
      `unsupported scheme ${JSON.stringify(url.protocol.slice(0, -1))}, must be http, https, or socks5`,
    )
  }
  return new TunnelAgent(() => tunnel(url, options.target), options)
}

class TunnelAgent extends Agent {
  /** Node refuses an agent that is for another protocol than the request. */
  readonly protocol: string
  readonly #open: () => Promise<Socket>
  readonly #options: ProxyTarget

  constructor(open: () => Promise<Socket>, options: ProxyTarget) {
    super({ keepAlive: true })
    this.protocol = options.target.protocol
    this.#open = open
    this.#options = options
  }

  override createConnection(
    _options: unknown,
    done: (error: Error | null, stream: Duplex) => void = () => undefined,
  ): undefined {
    const { target, tls } = this.#options
    this.#open().then(
      (socket) => {
        if (target.protocol !== 'https:') return done(null, socket)
        const secure = connectTls({ ...tls, socket, host: target.hostname })
        secure.once('error', (error) => done(error, secure))
        secure.once('secureConnect', () => done(null, secure))
      },
      (error: Error) => done(error, new Duplex()),
    )
    return undefined
  }
}

type Tunnel = (proxy: URL, target: URL) => Promise<Socket>

const tunnels: Readonly<Record<string, Tunnel>> = {
  'http:': (proxy, target) => connectMethod(httpRequest, proxy, target),
  'https:': (proxy, target) => connectMethod(httpsRequest, proxy, target),
  'socks5:': socks5,
}

function connectMethod(
  request: typeof httpRequest | typeof httpsRequest,
  proxy: URL,
  target: URL,
): Promise<Socket> {
  const { promise, resolve, reject } = Promise.withResolvers<Socket>()
  const authority = `${target.hostname}:${portOf(target)}`
  const login = decodeURIComponent(`${proxy.username}:${proxy.password}`)
  const client = request({
    host: proxy.hostname,
    port: portOf(proxy),
    method: 'CONNECT',
    path: authority,
    headers: {
      host: authority,
      ...(login !== ':' && {
        'proxy-authorization': `Basic ${Buffer.from(login).toString('base64')}`,
      }),
    },
  })
  client.once('error', reject)
  client.once('connect', (response, socket) => {
    if (response.statusCode === 200) resolve(socket as Socket)
    else reject(new Error(response.statusMessage ?? 'the proxy refused'))
  })
  client.end()
  return promise
}

/** RFC 1928, with RFC 1929's user name and password where the URL has them. */
async function socks5(proxy: URL, target: URL): Promise<Socket> {
  const socket = connectTcp(Number(proxy.port === '' ? 1080 : proxy.port), proxy.hostname)
  const user = decodeURIComponent(proxy.username)
  await new Promise<void>((resolve, reject) => {
    socket.once('connect', resolve)
    socket.once('error', reject)
  })
  const ask = (bytes: Buffer, count: number): Promise<Buffer> => {
    socket.write(bytes)
    return take(socket, count)
  }
  const method = (await ask(Buffer.from([5, 1, user === '' ? 0 : 2]), 2))[1]
  if (method === 2) {
    const password = decodeURIComponent(proxy.password)
    const login = Buffer.concat([Buffer.of(1), sized(user), sized(password)])
    if ((await ask(login, 2))[1] !== 0) throw new Error('socks: the proxy refused the password')
  } else if (method !== 0) throw new Error('socks: no acceptable way to authenticate')
  const port = portOf(target)
  const head = Buffer.concat([Buffer.of(5, 1, 0, 3), sized(target.hostname)])
  const answer = await ask(Buffer.concat([head, Buffer.of(port >> 8, port & 255)]), 5)
  if (answer[1] !== 0) throw new Error(`socks: the proxy answers ${answer[1]}`)
  const rest = { 1: 5, 4: 17 }[answer[3] as number] ?? (answer[4] as number) + 2
  await take(socket, rest)
  return socket
}

function sized(text: string): Buffer {
  const bytes = Buffer.from(text)
  return Buffer.concat([Buffer.of(bytes.length), bytes])
}

async function take(socket: Socket, count: number): Promise<Buffer> {
  for (;;) {
    const bytes = socket.read(count) as Buffer | null
    if (bytes !== null) return bytes
    await new Promise<void>((resolve, reject) => {
      socket.once('readable', resolve)
      socket.once('error', reject)
      socket.once('end', () => reject(new Error('EOF')))
    })
  }
}
