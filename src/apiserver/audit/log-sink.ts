/** Events as lines, to a file or to standard output; at once, or a moment later with others. */
import type { AuditSink } from './auditor.ts'
import { lineOf } from './format.ts'
import type { Format } from './format.ts'
import { limits } from './limits.ts'

export interface LineTarget extends AsyncDisposable {
  write(bytes: Uint8Array): void
}

export const modes = ['batch', 'blocking', 'blocking-strict'] as const
export type Mode = (typeof modes)[number]

export function logSink(target: LineTarget, format: Format, mode: Mode): AuditSink {
  return mode === 'batch' ? new BatchSink(target, format) : blockingSink(target, format)
}

function blockingSink(target: LineTarget, format: Format): AuditSink {
  return {
    write: (event) => target.write(Buffer.from(lineOf(event, format))),
    [Symbol.asyncDispose]: () => target[Symbol.asyncDispose](),
  }
}

/** The events of one turn of the event loop are one write. */
class BatchSink implements AuditSink {
  readonly #target: LineTarget
  readonly #format: Format
  #lines: Buffer[] = []
  #bytes = 0
  #failure: unknown

  constructor(target: LineTarget, format: Format) {
    this.#target = target
    this.#format = format
  }

  write(event: Parameters<AuditSink['write']>[0]): void {
    this.#throwFailure()
    const line = Buffer.from(lineOf(event, this.#format))
    const isFull = this.#lines.length >= limits.bufferedEventsMax
    if (isFull || this.#bytes + line.length > limits.bufferedBytesMax) {
      throw new Error('audit buffer queue blocked')
    }
    if (this.#lines.length === 0) setImmediate(() => this.#flush())
    this.#lines.push(line)
    this.#bytes += line.length
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#flush()
    await this.#target[Symbol.asyncDispose]()
  }

  #flush(): void {
    const lines = this.#lines
    this.#lines = []
    this.#bytes = 0
    try {
      for (const bytes of joined(lines)) this.#target.write(bytes)
    } catch (error) {
      this.#failure = error
    }
  }

  /** A write that failed is told to the next event, which is logged as lost. */
  #throwFailure(): void {
    const failure = this.#failure
    this.#failure = undefined
    if (failure !== undefined) throw failure
  }
}

/** Pieces of at most a megabyte, so that a piece always fits into a file. */
function* joined(lines: readonly Buffer[]): Generator<Buffer> {
  const pieceBytesMax = 1024 * 1024
  let piece: Buffer[] = []
  let bytes = 0
  for (const line of lines) {
    if (bytes > 0 && bytes + line.length > pieceBytesMax) {
      yield Buffer.concat(piece)
      piece = []
      bytes = 0
    }
    piece.push(line)
    bytes += line.length
  }
  if (bytes > 0) yield Buffer.concat(piece)
}
