/**
 * SPDY/3.1 frames, as far as Kubernetes' streaming uses them: no flow control (the peers do none), no
 * priorities. Frame: | C:1 version:15 type:16 | flags:8 length:24 | for control, else | 0 stream:31 | …
 * Reference: the SPDY protocol, draft 3.1, section 2.2.
 */
export type Frame =
  | {
      readonly type: 'syn-stream'
      readonly stream: number
      readonly fin: boolean
      readonly block: Buffer
    }
  | {
      readonly type: 'syn-reply'
      readonly stream: number
      readonly fin: boolean
      readonly block: Buffer
    }
  | { readonly type: 'reset'; readonly stream: number; readonly status: number }
  | { readonly type: 'ping'; readonly id: number }
  | { readonly type: 'go-away' }
  | {
      readonly type: 'data'
      readonly stream: number
      readonly fin: boolean
      readonly bytes: Buffer
    }
  /** SETTINGS, HEADERS, WINDOW_UPDATE …: nothing here depends on them. */
  | { readonly type: 'other' }

const types = { synStream: 1, synReply: 2, reset: 3, ping: 6, goAway: 7 } as const
const version = 3
const flagFin = 1
const headBytes = 8

export const limits = {
  /** The length field has 24 bits; peers here write at most 32 KiB at once. */
  frameBytesMax: 16 << 20,
  dataBytesMax: 32 << 10,
} as const

/** Cuts a byte stream into frames. Throws on what is no SPDY. */
export class FrameReader {
  #pending: Buffer = Buffer.alloc(0)

  push(bytes: Buffer): Frame[] {
    this.#pending = this.#pending.length === 0 ? bytes : Buffer.concat([this.#pending, bytes])
    const frames: Frame[] = []
    while (this.#pending.length >= headBytes) {
      const length = this.#pending.readUIntBE(5, 3)
      if (length > limits.frameBytesMax) throw new Error(`SPDY frame of ${length} bytes`)
      if (this.#pending.length < headBytes + length) break
      frames.push(
        parse(
          this.#pending.subarray(0, headBytes),
          this.#pending.subarray(headBytes, headBytes + length),
        ),
      )
      this.#pending = this.#pending.subarray(headBytes + length)
    }
    return frames
  }
}

function parse(head: Buffer, body: Buffer): Frame {
  const fin = ((head[4] ?? 0) & flagFin) !== 0
  const first = head.readUInt32BE(0)
  if (first < 0x80000000) return { type: 'data', stream: first, fin, bytes: body }
  if (((first >>> 16) & 0x7fff) !== version) throw new Error('not SPDY/3')
  switch (first & 0xffff) {
    case types.synStream:
      return { type: 'syn-stream', stream: id(body, 0), fin, block: body.subarray(10) }
    case types.synReply:
      return { type: 'syn-reply', stream: id(body, 0), fin, block: body.subarray(4) }
    case types.reset:
      return { type: 'reset', stream: id(body, 0), status: body.readUInt32BE(4) }
    case types.ping:
      return { type: 'ping', id: body.readUInt32BE(0) }
    case types.goAway:
      return { type: 'go-away' }
    default:
      return { type: 'other' }
  }
}

function id(body: Buffer, at: number): number {
  return body.readUInt32BE(at) & 0x7fffffff
}

export function synStream(stream: number, block: Buffer): Buffer {
  const body = Buffer.alloc(10)
  body.writeUInt32BE(stream, 0)
  return control(types.synStream, 0, Buffer.concat([body, block]))
}

export function ping(pingId: number): Buffer {
  const body = Buffer.alloc(4)
  body.writeUInt32BE(pingId, 0)
  return control(types.ping, 0, body)
}

export function reset(stream: number, status: number): Buffer {
  const body = Buffer.alloc(8)
  body.writeUInt32BE(stream, 0)
  body.writeUInt32BE(status, 4)
  return control(types.reset, 0, body)
}

export function data(stream: number, bytes: Buffer, fin: boolean): Buffer {
  const head = Buffer.alloc(headBytes)
  head.writeUInt32BE(stream, 0)
  head[4] = fin ? flagFin : 0
  head.writeUIntBE(bytes.length, 5, 3)
  return bytes.length === 0 ? head : Buffer.concat([head, bytes])
}

function control(type: number, flags: number, body: Buffer): Buffer {
  const head = Buffer.alloc(headBytes)
  head.writeUInt16BE(0x8000 | version, 0)
  head.writeUInt16BE(type, 2)
  head[4] = flags
  head.writeUIntBE(body.length, 5, 3)
  return Buffer.concat([head, body])
}
