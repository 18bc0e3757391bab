/** Frames: nine bytes that say what follows. RFC 9113, section 4.1. */
import { ConnectionError, errorCodes } from './errors.ts'

export const frameTypes = {
  data: 0x0,
  headers: 0x1,
  priority: 0x2,
  resetStream: 0x3,
  settings: 0x4,
  pushPromise: 0x5,
  ping: 0x6,
  goAway: 0x7,
  windowUpdate: 0x8,
  continuation: 0x9,
} as const

export const flags = {
  endStream: 0x1,
  acknowledged: 0x1,
  endHeaders: 0x4,
  padded: 0x8,
  priority: 0x20,
} as const

interface FrameHead {
  readonly type: number
  readonly flags: number
  readonly streamId: number
}

export interface ReceivedFrame extends FrameHead {
  readonly payload: Buffer
}

export interface SentFrame extends FrameHead {
  /** In pieces, so that nobody has to put them together before. */
  readonly payload: readonly Uint8Array[]
  readonly payloadBytes: number
}

export const headBytes = 9
/** What every peer takes, and all that we take: it fills one TLS record. */
export const payloadBytesMax = 16_384

/** Cuts what arrives into frames. */
export class FrameReader {
  #rest: Buffer | undefined

  /** Hands over all frames that are complete now. Throws ConnectionError for one that is too large. */
  read(chunk: Buffer, take: (frame: ReceivedFrame) => void): void {
    const bytes = this.#rest === undefined ? chunk : Buffer.concat([this.#rest, chunk])
    let at = 0
    while (bytes.length - at >= headBytes) {
      const length = bytes.readUIntBE(at, 3)
      if (length > payloadBytesMax) {
        throw new ConnectionError(errorCodes.frameSizeError, `a frame of ${length} bytes`)
      }
      const end = at + headBytes + length
      if (end > bytes.length) break
      take({
        type: bytes[at + 3] ?? 0,
        flags: bytes[at + 4] ?? 0,
        streamId: bytes.readUInt32BE(at + 5) & 0x7fff_ffff,
        payload: bytes.subarray(at + headBytes, end),
      })
      at = end
    }
    this.#rest = at === bytes.length ? undefined : bytes.subarray(at)
  }
}

/** Into one piece of memory, so that the socket encrypts and writes once; how much of it was filled. */
export function encodeFrames(frames: readonly SentFrame[], bytes: Buffer): number {
  let at = 0
  for (const { type, flags: set, streamId, payload, payloadBytes } of frames) {
    bytes.writeUIntBE(payloadBytes, at, 3)
    bytes[at + 3] = type
    bytes[at + 4] = set
    bytes.writeUInt32BE(streamId, at + 5)
    at += headBytes
    for (const piece of payload) {
      bytes.set(piece, at)
      at += piece.length
    }
  }
  return at
}

/** What a HEADERS or DATA frame holds beside padding and priority. Throws ConnectionError. */
export function contentOf({ type, flags: set, payload }: ReceivedFrame): Buffer {
  const isPadded = (set & flags.padded) !== 0
  const hasPriority = type === frameTypes.headers && (set & flags.priority) !== 0
  const start = (isPadded ? 1 : 0) + (hasPriority ? 5 : 0)
  const end = payload.length - (isPadded ? (payload[0] ?? 0) : 0)
  if (end < start) throw new ConnectionError(errorCodes.protocolError, 'more padding than frame')
  return payload.subarray(start, end)
}
