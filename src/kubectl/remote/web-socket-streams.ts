/**
 * The streams of a command over a WebSocket: each message begins with its stream's number, and number 255
 * closes one (v5.channel.k8s.io). Upstream: client-go tools/remotecommand/websocket.go,
 * apimachinery pkg/util/remotecommand/constants.go.
 */
import type { WebSocket } from 'ws'
import type { Clock } from '#base/clock.ts'
import { pausing } from './remote-connection.ts'
import type { RemoteConnection, RemoteHandlers, StreamName } from './remote-connection.ts'

export const webSocketProtocol = 'v5.channel.k8s.io'

const channels: Readonly<Record<StreamName, number>> = {
  stdin: 0,
  stdout: 1,
  stderr: 2,
  error: 3,
  resize: 4,
}
const closeSignal = 255

const limits = {
  /** What may wait for a slow server before our input is held back. */
  bufferedBytesMax: 1 << 20,
  pingMs: 5000,
  /** A dozen pings may be lost. */
  silenceMs: 61_000,
} as const

export function webSocketStreams(socket: WebSocket, clock: Clock): RemoteConnection {
  const open = new Map<number, RemoteHandlers>()
  const draining: (() => void)[] = []
  let failure: Error | undefined
  const sent = (): void => {
    if (socket.bufferedAmount < limits.bufferedBytesMax) for (const fn of draining.splice(0)) fn()
  }
  socket.on('message', (message: Buffer) => {
    if (message.length > 1) open.get(message[0] ?? closeSignal)?.data?.(message.subarray(1))
  })
  socket.on('error', (error) => (failure ??= new Error(`next reader: ${error.message}`)))
  socket.once('close', (code, reason: Buffer) => {
    if (code !== 1000) failure ??= new Error(`next reader: ${closeText(code, reason.toString())}`)
    for (const handlers of open.values()) handlers.end?.(failure)
  })
  return {
    async open(name, handlers) {
      const channel = channels[name]
      open.set(channel, handlers)
      return {
        write(bytes) {
          socket.send(Buffer.concat([Buffer.of(channel), bytes]), sent)
          return socket.bufferedAmount < limits.bufferedBytesMax
        },
        end: () => socket.send(Buffer.of(closeSignal, channel), sent),
      }
    },
    start() {
      socket.resume()
      keepAlive(socket, clock)
    },
    onDrain: (fn) => void draining.push(fn),
    ...pausing(socket),
    close: () => socket.terminate(),
  }
}

/** As gorilla/websocket words the end of a connection. */
function closeText(code: number, reason: string): string {
  if (code === 1006) return 'websocket: close 1006 (abnormal closure): unexpected EOF'
  return `websocket: close ${code}${reason === '' ? '' : `: ${reason}`}`
}

/** Pings; a server that answers none for a minute is gone. */
function keepAlive(socket: WebSocket, clock: Clock): void {
  let heardMs = clock.monotonicMs()
  socket.on('pong', () => (heardMs = clock.monotonicMs()))
  const beat = (): void => {
    if (socket.readyState !== socket.OPEN) return
    if (clock.monotonicMs() - heardMs > limits.silenceMs) return socket.terminate()
    socket.ping()
    clock.after(limits.pingMs, beat)
  }
  clock.after(limits.pingMs, beat)
}
