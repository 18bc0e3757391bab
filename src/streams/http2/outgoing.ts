/**
 * What a connection sends. Frames of one turn of the event loop go out as one write, which is one
 * encryption and one system call for many answers; what comes while a write is under way goes with the
 * next. Answers that wait share the connection frame by frame, so that a large list holds up nobody.
 */
import type { Duplex } from 'node:stream'
import { encodeFrames, headBytes, payloadBytesMax } from './frames.ts'
import type { SentFrame } from './frames.ts'
import type { ServerStream } from './server-stream.ts'
import { writeBytesMax } from './write-buffers.ts'
import type { WriteBuffers } from './write-buffers.ts'

const windowMax = 0x7fff_ffff
/** The protocol's default, which only WINDOW_UPDATE changes. */
const connectionWindow = 65_535

export class Outgoing {
  readonly #socket: Duplex
  readonly #buffers: WriteBuffers
  #frames: SentFrame[] = []
  #framesBytes = 0
  /** In the order in which they get their turn. */
  readonly #ready = new Set<ServerStream>()
  #window = connectionWindow
  #isScheduled = false
  /** What is being written. */
  #writing: Buffer | undefined
  readonly #turnEnds = (): void => {
    this.#isScheduled = false
    this.#flush()
  }
  readonly #written = (): void => {
    if (this.#writing !== undefined) this.#buffers.give(this.#writing)
    this.#writing = undefined
    this.#flush()
  }
  #isEnding = false

  constructor(socket: Duplex, buffers: WriteBuffers) {
    this.#socket = socket
    this.#buffers = buffers
  }

  /** Of frames that the client has to take whatever its windows say. */
  get queuedBytes(): number {
    return this.#framesBytes
  }

  send(frame: SentFrame): void {
    this.#push(frame)
    this.#schedule()
  }

  ready(stream: ServerStream): void {
    this.#ready.add(stream)
    this.#schedule()
  }

  forget(stream: ServerStream): void {
    this.#ready.delete(stream)
  }

  /** False: more than a window can be. */
  widen(bytes: number): boolean {
    this.#window += bytes
    if (this.#ready.size > 0) this.#schedule()
    return this.#window <= windowMax
  }

  /** Ends the connection after what is to be sent now. */
  end(): void {
    this.#isEnding = true
    this.#schedule()
  }

  /** At the end of this turn, when all who answer in it have spoken. */
  #schedule(): void {
    if (this.#isScheduled || this.#writing !== undefined) return
    this.#isScheduled = true
    process.nextTick(this.#turnEnds)
  }

  #flush(): void {
    if (this.#socket.destroyed) return
    this.#fill()
    if (this.#frames.length > 0) this.#write()
    else if (this.#isEnding) this.#socket.end()
  }

  /** Adds frames of answers, one of each in turn. */
  #fill(): void {
    for (const stream of this.#ready) {
      if (this.#framesBytes > writeBytesMax - payloadBytesMax - headBytes) return
      const frame = stream.take(Math.min(payloadBytesMax, this.#window))
      this.#ready.delete(stream)
      if (frame !== undefined) {
        this.#window -= frame.payloadBytes
        this.#push(frame)
      }
      // Once more behind the others; without a window for the connection all of them wait here.
      if (stream.isReady) this.#ready.add(stream)
      if (frame === undefined && this.#window <= 0) return
    }
  }

  #write(): void {
    const frames = this.#frames
    const buffer = this.#buffers.take(this.#framesBytes)
    const length = encodeFrames(frames, buffer)
    this.#frames = []
    this.#framesBytes = 0
    this.#writing = buffer
    this.#socket.write(buffer.subarray(0, length), this.#written)
  }

  #push(frame: SentFrame): void {
    this.#frames.push(frame)
    this.#framesBytes += headBytes + frame.payloadBytes
  }
}
