/**
 * A WebSocket client of exec or attach (subprotocol v5.channel.k8s.io) spoken to by a server that knows
 * SPDY only. Each WebSocket message begins with its channel's number; v5 has a message that closes one.
 * Upstream: staging/src/k8s.io/apimachinery/pkg/util/remotecommand/constants.go and
 * apiserver/pkg/util/proxy/streamtranslator.go.
 */
import type { WebSocket } from 'ws'
import type { SpdyConnection, SpdyStream } from './spdy-connection.ts'

const channels = { stdin: 0, stdout: 1, stderr: 2, error: 3, resize: 4, close: 255 } as const

export interface ExecStreams {
  readonly stdin: boolean
  readonly stdout: boolean
  readonly stderr: boolean
  readonly tty: boolean
}

const limits = {
  /** What may wait for a slow client before the container's output is held back. */
  bufferedBytesMax: 1 << 20,
} as const

/** Opens the streams in the order that servers expect: error first. Ends when either side does. */
export async function translateExec(
  socket: WebSocket,
  spdy: SpdyConnection,
  wanted: ExecStreams,
): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  const streams = new Map<number, SpdyStream>()
  let outputs = 0
  const relay = (channel: number) => ({
    data: (bytes: Buffer): void => send(socket, spdy, Buffer.concat([Buffer.of(channel), bytes])),
    end: (): void => {
      if (--outputs === 0) socket.close(1000)
    },
  })
  // What the client sends at once waits until there is a stream to send it on.
  socket.pause()
  socket.on('message', (message: Buffer) => receive(message, streams, { socket, spdy }))
  socket.once('close', () => {
    spdy.destroy()
    resolve()
  })
  socket.on('error', () => socket.terminate())

  const open = async (
    name: 'stdin' | 'stdout' | 'stderr' | 'error' | 'resize',
    reads: boolean,
  ): Promise<void> => {
    if (reads) outputs++
    const stream = await spdy.open({ streamtype: name }, reads ? relay(channels[name]) : {})
    streams.set(channels[name], stream)
  }
  await open('error', true)
  if (wanted.stdin) await open('stdin', false)
  if (wanted.stdout) await open('stdout', true)
  if (wanted.stderr && !wanted.tty) await open('stderr', true)
  if (wanted.tty) await open('resize', false)
  socket.resume()
  await promise
}

function receive(
  message: Buffer,
  streams: ReadonlyMap<number, SpdyStream>,
  { socket, spdy }: { readonly socket: WebSocket; readonly spdy: SpdyConnection },
): void {
  const channel = message[0]
  if (channel === channels.close) {
    streams.get(message[1] ?? -1)?.end()
    return
  }
  const stream = channel === undefined ? undefined : streams.get(channel)
  if (stream === undefined || message.length === 1) return
  if (stream.write(message.subarray(1))) return
  socket.pause()
  spdy.onDrain(() => socket.resume())
}

/** A client that reads slowly holds back the container, not our memory. */
function send(socket: WebSocket, spdy: SpdyConnection, message: Buffer): void {
  if (socket.readyState !== socket.OPEN) return
  if (socket.bufferedAmount < limits.bufferedBytesMax) return socket.send(message)
  spdy.pause()
  socket.send(message, () => {
    if (socket.bufferedAmount < limits.bufferedBytesMax) spdy.resume()
  })
}
