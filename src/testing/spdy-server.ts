/** The server's side of a SPDY connection, as a kubelet or a runtime speaks it to a test. */
import type { Duplex } from 'node:stream'
import { data, FrameReader, ping, reset, type Frame } from '#streams/spdy-frames.ts'
import { HeaderCompressor, HeaderDecompressor, type Headers } from '#streams/spdy-headers.ts'

export interface ServedStream {
  readonly headers: Headers
  onData: (bytes: Buffer) => void
  /** The client has ended its half, or reset the stream. */
  onEnd: () => void
  write(bytes: Buffer): void
  end(): void
  reset(): void
}

/** Calls `accept` for each stream that the client opens, before its data. */
export function serveSpdy(
  socket: Duplex,
  head: Buffer,
  accept: (stream: ServedStream) => void,
): void {
  const reader = new FrameReader()
  const headers = { in: new HeaderDecompressor(), out: new HeaderCompressor() }
  const streams = new Map<number, ServedStream>()
  const handle = async (frame: Frame): Promise<void> => {
    switch (frame.type) {
      case 'syn-stream': {
        const stream = served(socket, frame.stream, await headers.in.decompress(frame.block))
        streams.set(frame.stream, stream)
        socket.write(synReply(frame.stream, await headers.out.compress({})))
        accept(stream)
        if (frame.fin) stream.onEnd()
        return
      }
      case 'data':
        if (frame.bytes.length > 0) streams.get(frame.stream)?.onData(frame.bytes)
        if (frame.fin) streams.get(frame.stream)?.onEnd()
        return
      case 'reset':
        streams.get(frame.stream)?.onEnd()
        return
      case 'ping':
        socket.write(ping(frame.id))
        return
      case 'syn-reply':
      case 'go-away':
      case 'other':
    }
  }
  // Frames are handled in order, although header blocks are read asynchronously.
  let last = Promise.resolve()
  const receive = (bytes: Buffer): void => {
    for (const frame of reader.push(bytes)) {
      last = last.then(() => handle(frame)).catch(() => void socket.destroy())
    }
  }
  socket.on('data', receive)
  socket.on('error', () => socket.destroy())
  socket.once('close', () => {
    for (const stream of streams.values()) stream.onEnd()
  })
  if (head.length > 0) receive(head)
}

function served(socket: Duplex, id: number, headers: Headers): ServedStream {
  const ignore = (): void => undefined
  return {
    headers,
    onData: ignore,
    onEnd: ignore,
    write: (bytes) => void (socket.writable && socket.write(data(id, bytes, false))),
    end: () => void (socket.writable && socket.write(data(id, Buffer.alloc(0), true))),
    reset: () => void (socket.writable && socket.write(reset(id, 5))),
  }
}

function synReply(stream: number, block: Buffer): Buffer {
  const head = Buffer.alloc(12)
  head.writeUInt32BE(0x80030002, 0)
  head.writeUIntBE(4 + block.length, 5, 3)
  head.writeUInt32BE(stream, 8)
  return Buffer.concat([head, block])
}
