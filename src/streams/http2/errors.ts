/** RFC 9113, section 7. */
export const errorCodes = {
  noError: 0x0,
  protocolError: 0x1,
  internalError: 0x2,
  flowControlError: 0x3,
  settingsTimeout: 0x4,
  streamClosed: 0x5,
  frameSizeError: 0x6,
  refusedStream: 0x7,
  cancel: 0x8,
  compressionError: 0x9,
  enhanceYourCalm: 0xb,
} as const

export type ErrorCode = (typeof errorCodes)[keyof typeof errorCodes]

/** The peer broke the rules: the connection ends with a GOAWAY. */
export class ConnectionError extends Error {
  override readonly name: string = 'ConnectionError'
  readonly code: ErrorCode

  constructor(code: ErrorCode, message: string) {
    super(message)
    this.code = code
  }
}

/** A header block that cannot be read: what follows it could not, either. */
export class HpackError extends ConnectionError {
  override readonly name = 'HpackError'

  constructor(message: string) {
    super(errorCodes.compressionError, message)
  }
}
