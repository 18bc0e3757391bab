/** The client's side of a SPDY connection: opens streams over an upgraded socket, as kubelet and runtimes serve them. */
import type { Duplex } from 'node:stream'
import { data, FrameReader, limits, ping, reset, synStream, type Frame } from './spdy-frames.ts'
import { HeaderCompressor, type Headers } from './spdy-headers.ts'

export interface SpdyStreamHandlers {
  data?(bytes: Buffer): void
  /** The peer ends its half, or reset the stream. */
  end?(): void
}

export interface SpdyStream {
  /** False: wait for the connection's `drain`. */
  write(bytes: Buffer): boolean
  /** Ends our half. */
  end(): void
  reset(): void
}

const cancel = 5

export class SpdyConnection {
  readonly #socket: Duplex
  readonly #reader = new FrameReader()
  readonly #compressor = new HeaderCompressor()
  readonly #handlers = new Map<number, SpdyStreamHandlers>()
  readonly #closed: () => void
  #nextStream = 1

  /** `head` is what came with the upgrade's answer; `closed` is called once, when the socket is gone. */
  constructor(socket: Duplex, head: Buffer, closed: () => void) {
    this.#socket = socket
    this.#closed = closed
    // Each of its streams may wait for it to drain.
    socket.setMaxListeners(0)
    socket.on('data', (bytes: Buffer) => this.#receive(bytes))
    socket.once('close', () => this.#close())
    socket.on('error', () => this.#close())
    if (head.length > 0) this.#receive(head)
  }

  async open(headers: Headers, handlers: SpdyStreamHandlers): Promise<SpdyStream> {
    const stream = this.#nextStream
    this.#nextStream += 2
    this.#handlers.set(stream, handlers)
    this.#socket.write(synStream(stream, await this.#compressor.compress(headers)))
    return {
      write: (bytes) => this.#write(stream, bytes),
      end: () => void this.#socket.write(data(stream, Buffer.alloc(0), true)),
      reset: () => {
        this.#handlers.delete(stream)
        this.#socket.write(reset(stream, cancel))
      },
    }
  }

  /** Calls back once when the socket takes more. */
  onDrain(fn: () => void): void {
    this.#socket.once('drain', fn)
  }

  pause(): void {
    this.#socket.pause()
  }

  resume(): void {
    this.#socket.resume()
  }

  destroy(): void {
    this.#socket.destroy()
  }

  #write(stream: number, bytes: Buffer): boolean {
    let ready = true
    for (let at = 0; at < bytes.length; at += limits.dataBytesMax) {
      ready = this.#socket.write(data(stream, bytes.subarray(at, at + limits.dataBytesMax), false))
    }
    return ready
  }

  #receive(bytes: Buffer): void {
    try {
      for (const frame of this.#reader.push(bytes)) this.#handle(frame)
    } catch {
      // A peer that speaks no SPDY: nothing can be said to it in SPDY.
      this.#socket.destroy()
    }
  }

  #handle(frame: Frame): void {
    switch (frame.type) {
      case 'data': {
        const handlers = this.#handlers.get(frame.stream)
        if (frame.bytes.length > 0) handlers?.data?.(frame.bytes)
        if (frame.fin) this.#end(frame.stream)
        return
      }
      case 'syn-reply':
        if (frame.fin) this.#end(frame.stream)
        return
      case 'reset':
        return this.#end(frame.stream)
      case 'ping':
        this.#socket.write(ping(frame.id))
        return
      case 'go-away':
      case 'syn-stream':
      case 'other':
    }
  }

  #end(stream: number): void {
    const handlers = this.#handlers.get(stream)
    this.#handlers.delete(stream)
    handlers?.end?.()
  }

  #close(): void {
    for (const stream of this.#handlers.keys()) this.#end(stream)
    this.#compressor.close()
    this.#closed()
    this.#socket.removeAllListeners('close')
  }
}
