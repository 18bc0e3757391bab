/**
 * A byte stream inside a WebSocket's binary messages: kubectl's port-forward speaks SPDY through it
 * (subprotocol SPDY/3.1+portforward.k8s.io). Upstream: apiserver/pkg/util/proxy/streamtunnel.go.
 */
import type { Duplex } from 'node:stream'
import type { WebSocket } from 'ws'

const bufferedBytesMax = 1 << 20

/** Passes bytes both ways until either side ends. */
export function tunnel(socket: WebSocket, stream: Duplex): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  socket.on('message', (message: Buffer) => {
    if (stream.write(message)) return
    socket.pause()
    stream.once('drain', () => socket.resume())
  })
  stream.on('data', (bytes: Buffer) => {
    if (socket.readyState !== socket.OPEN) return
    const full = socket.bufferedAmount >= bufferedBytesMax
    if (full) stream.pause()
    socket.send(bytes, () => {
      if (full) stream.resume()
    })
  })
  socket.on('error', () => socket.terminate())
  stream.on('error', () => stream.destroy())
  socket.once('close', () => stream.destroy())
  stream.once('close', () => {
    socket.close(1000)
    resolve()
  })
  return promise
}
