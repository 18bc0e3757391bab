/**
 * Local connections through one connection to the pod's node: SPDY, inside a WebSocket where the server
 * knows that. Upstream: client-go tools/portforward/{portforward,tunneling_dialer,fallback_dialer}.go.
 */
import type { Socket } from 'node:net'
import { createWebSocketStream } from 'ws'
import type { Call } from '#kubectl/command.ts'
import { CommandError } from '#kubectl/errors.ts'
import type { Pod } from '#kubectl/pods/pod.ts'
import { dialSpdy, dialWebSocket, isDisabled, UpgradeRefused } from '#kubectl/remote/dial.ts'
import { subresourcePath } from '#kubectl/remote/pod-request.ts'
import { pausing } from '#kubectl/remote/remote-connection.ts'
import { klogLine } from '#kubectl/rest/request-log.ts'
import { SpdyConnection } from '#streams/spdy-connection.ts'
import { listenAll } from './listen.ts'
import type { ListenAddress } from './listen.ts'
import type { ForwardedPort } from './ports.ts'

const protocol = 'portforward.k8s.io'
const tunnelProtocol = `SPDY/3.1+${protocol}`

export interface Forwarding {
  readonly addresses: readonly ListenAddress[]
  readonly ports: readonly ForwardedPort[]
}

/** Resolves when the user interrupts; rejects when the connection is lost. */
export async function forward(
  call: Call,
  pod: Pod,
  { addresses, ports }: Forwarding,
): Promise<void> {
  const { io } = call
  using _hold = io.holdInterrupts()
  const { promise: ended, resolve: interrupt, reject } = Promise.withResolvers<void>()
  // Nobody waits for it before the listeners are open.
  ended.catch(() => undefined)
  const connection = await connect(call, pod, () => {
    reject(new CommandError('lost connection to pod'))
  })
  io.signal.addEventListener('abort', () => interrupt(), { once: true })
  if (io.signal.aborted) interrupt()
  const hold = pausing(connection)
  let requests = 0
  const accept = (socket: Socket, port: ForwardedPort): void => {
    io.stdout(`Handling connection for ${port.local}\n`)
    const pair = new ForwardedConnection(socket, port, { connection, hold })
    void pair.run(requests++).then((failure) => {
      if (failure === undefined) return
      klogLine(io, 'E', failure)
      connection.destroy()
    })
  }
  await using open = new AsyncDisposableStack()
  open.defer(() => connection.destroy())
  for (const server of await listenAll(ports, { addresses, accept }, io)) {
    open.defer(() => void server.close())
  }
  await ended
}

async function connect(call: Call, pod: Pod, closed: () => void): Promise<SpdyConnection> {
  const rest = await call.factory.rest()
  const request = { path: subresourcePath(pod, 'portforward') }
  try {
    if (!isDisabled(call.io.env, 'KUBECTL_PORT_FORWARD_WEBSOCKETS')) {
      try {
        const socket = await dialWebSocket(rest, request, tunnelProtocol)
        socket.resume()
        return new SpdyConnection(createWebSocketStream(socket), Buffer.alloc(0), closed)
      } catch (error) {
        if (!(error instanceof UpgradeRefused)) throw error
      }
    }
    const { socket, head } = await dialSpdy(rest, request, protocol)
    return new SpdyConnection(socket, head, closed)
  } catch (error) {
    if (!(error instanceof CommandError)) throw error
    throw new CommandError(`error upgrading connection: ${error.message}`)
  }
}

interface Shared {
  readonly connection: SpdyConnection
  readonly hold: { pause(): void; resume(): void }
}

/** One local connection: a stream of data and one that says what goes wrong. */
class ForwardedConnection {
  readonly #socket: Socket
  readonly #port: ForwardedPort
  readonly #shared: Shared

  constructor(socket: Socket, port: ForwardedPort, shared: Shared) {
    this.#socket = socket
    this.#port = port
    this.#shared = shared
  }

  /** Resolves with the line of the log when the other end says that it failed. */
  async run(request: number): Promise<string | undefined> {
    const { connection } = this.#shared
    const { local, remote } = this.#port
    const headers = { port: String(remote), requestid: String(request) }
    const said: Buffer[] = []
    const { promise: told, resolve: tell } = Promise.withResolvers<void>()
    const error = await connection.open(
      { streamtype: 'error', ...headers },
      { data: (bytes) => void said.push(bytes), end: tell },
    )
    error.end()
    await this.#copy(headers)
    await told
    this.#socket.destroy()
    if (said.length === 0) return undefined
    const message = Buffer.concat(said).toString()
    return `portforward.go:522] "Unhandled Error" err=${JSON.stringify(`an error occurred forwarding ${local} -> ${remote}: ${message}`)}`
  }

  /** Resolves when the remote side has ended, or the local one is gone. */
  async #copy(headers: Readonly<Record<string, string>>): Promise<void> {
    const { connection, hold } = this.#shared
    const socket = this.#socket
    const { promise: done, resolve } = Promise.withResolvers<void>()
    const stream = await connection.open(
      { streamtype: 'data', ...headers },
      {
        data(bytes) {
          if (socket.destroyed || socket.write(bytes)) return
          hold.pause()
          const goOn = (): void => {
            socket.off('drain', goOn)
            socket.off('close', goOn)
            hold.resume()
          }
          socket.on('drain', goOn)
          socket.on('close', goOn)
        },
        end: resolve,
      },
    )
    socket.on('data', (bytes: Buffer) => {
      if (stream.write(bytes)) return
      socket.pause()
      connection.onDrain(() => socket.resume())
    })
    socket.once('end', () => stream.end())
    socket.once('error', resolve)
    socket.once('close', resolve)
    socket.resume()
    await done
    if (socket.destroyed) stream.reset()
    else await new Promise<void>((flushed) => socket.end(flushed))
  }
}
