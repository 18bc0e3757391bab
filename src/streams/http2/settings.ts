/** RFC 9113, section 6.5. */
import { ConnectionError, errorCodes } from './errors.ts'

const ids = {
  enablePush: 0x2,
  maxConcurrentStreams: 0x3,
  initialWindowSize: 0x4,
  maxFrameSize: 0x5,
  maxHeaderListSize: 0x6,
} as const

const entryBytes = 6

export function encodeSettings(
  settings: Readonly<Partial<Record<keyof typeof ids, number>>>,
): Buffer {
  const entries = Object.entries(settings) as [keyof typeof ids, number][]
  const bytes = Buffer.alloc(entries.length * entryBytes)
  for (const [index, [name, value]] of entries.entries()) {
    bytes.writeUInt16BE(ids[name], index * entryBytes)
    bytes.writeUInt32BE(value, index * entryBytes + 2)
  }
  return bytes
}

/** What of a client's settings matters to a server that sends small frames and pushes nothing. */
export function readSettings(payload: Buffer): { readonly initialWindowSize?: number } {
  if (payload.length % entryBytes !== 0) {
    throw new ConnectionError(errorCodes.frameSizeError, 'settings of odd length')
  }
  let found = {}
  for (let at = 0; at < payload.length; at += entryBytes) {
    const id = payload.readUInt16BE(at)
    const value = payload.readUInt32BE(at + 2)
    if (id === ids.enablePush && value > 1) throw wrong('ENABLE_PUSH')
    if (id === ids.maxFrameSize && (value < 16_384 || value > 0xff_ffff)) {
      throw wrong('MAX_FRAME_SIZE')
    }
    if (id !== ids.initialWindowSize) continue
    if (value > 0x7fff_ffff) {
      throw new ConnectionError(errorCodes.flowControlError, 'INITIAL_WINDOW_SIZE')
    }
    found = { initialWindowSize: value }
  }
  return found
}

function wrong(name: string): ConnectionError {
  return new ConnectionError(errorCodes.protocolError, `${name} has an impossible value`)
}
