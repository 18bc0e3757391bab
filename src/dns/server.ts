/** The sockets: UDP and TCP on one address and port. */
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { createServer, isIPv6 } from 'node:net'
import type { AddressInfo, Server, Socket } from 'node:net'
import type { Logger } from '#base/logger.ts'
import type { Transport } from './exchange.ts'
import { limits } from './limits.ts'
import { MessageSplitter, withLength } from './tcp-framing.ts'

export interface DnsServerOptions {
  readonly address: string
  /** 0: any free one, the same for both transports. */
  readonly port: number
  readonly log: Logger
  /** Undefined: no answer. Must not reject. */
  answer(message: Buffer, transport: Transport): Promise<Buffer | undefined>
}

export interface DnsServer extends AsyncDisposable {
  readonly port: number
}

/** Listens on both; rejects when the address or the port is taken. */
export async function serveDns(options: DnsServerOptions): Promise<DnsServer> {
  await using stack = new AsyncDisposableStack()
  const tcp = stack.adopt(createTcp(options), closeTcp)
  tcp.server.listen(options.port, options.address)
  await once(tcp.server, 'listening')
  const { port } = tcp.server.address() as AddressInfo
  const udp = stack.adopt(createUdp(options), (socket) => void socket.close())
  udp.bind(port, options.address)
  await once(udp, 'listening')
  const owned = stack.move()
  return { port, [Symbol.asyncDispose]: () => owned.disposeAsync() }
}

function createUdp(options: DnsServerOptions): ReturnType<typeof createSocket> {
  const socket = createSocket({
    type: isIPv6(options.address) ? 'udp6' : 'udp4',
    // A burst of questions must not be lost while one is answered.
    recvBufferSize: 1 << 20,
  })
  const reply = async (message: Buffer, port: number, address: string): Promise<void> => {
    const answer = await options.answer(message, 'udp')
    if (answer === undefined) return
    // A client that is gone, or a socket that closes, costs nobody but that client.
    try {
      socket.send(answer, port, address, () => undefined)
    } catch (error) {
      options.log.v(4)?.info('an answer could not be sent', { err: String(error) })
    }
  }
  socket.on('message', (message, from) => void reply(message, from.port, from.address))
  socket.on('error', (error) => {
    if (listening(socket)) options.log.error('the UDP socket failed', error)
  })
  return socket
}

function listening(socket: ReturnType<typeof createSocket>): boolean {
  try {
    return socket.address().port !== 0
  } catch {
    return false
  }
}

interface TcpServer {
  readonly server: Server
  readonly connections: Set<Socket>
}

function createTcp(options: DnsServerOptions): TcpServer {
  const connections = new Set<Socket>()
  const server = createServer({ noDelay: true }, (socket) => {
    connections.add(socket)
    socket.on('close', () => connections.delete(socket))
    socket.on('error', () => socket.destroy())
    socket.setTimeout(limits.tcpIdleMs, () => socket.destroy())
    const splitter = new MessageSplitter()
    socket.on('data', (chunk: Buffer) => {
      for (const message of splitter.push(chunk)) void replyTcp(options, socket, message)
    })
  })
  server.maxConnections = limits.tcpConnectionsMax
  return { server, connections }
}

async function replyTcp(options: DnsServerOptions, socket: Socket, message: Buffer): Promise<void> {
  // A client that sends faster than it reads has to wait.
  if (socket.writableNeedDrain) socket.pause().once('drain', () => socket.resume())
  const answer = await options.answer(message, 'tcp')
  if (answer === undefined) socket.destroy()
  else if (socket.writable) socket.write(withLength(answer))
}

async function closeTcp({ server, connections }: TcpServer): Promise<void> {
  for (const connection of connections) connection.destroy()
  if (!server.listening) return
  server.close()
  await once(server, 'close')
}
