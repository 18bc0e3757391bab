/** Events as lines of a file, or of standard output. */
import type { LineBackend } from './line-sink.ts'

export interface LineTarget extends AsyncDisposable {
  write(bytes: Uint8Array): void
}

/** Pieces of at most a megabyte, so that a piece always fits into a file. */
const pieceBytesMax = 1024 * 1024

export function fileBackend(target: LineTarget): LineBackend {
  return {
    write(lines) {
      for (const bytes of joined(lines)) target.write(bytes)
    },
    [Symbol.asyncDispose]: () => target[Symbol.asyncDispose](),
  }
}

function* joined(lines: readonly Buffer[]): Generator<Buffer> {
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
