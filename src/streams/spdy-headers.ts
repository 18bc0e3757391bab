/** SPDY's header blocks: name-value pairs through one zlib stream per direction, with SPDY's dictionary. */
import { constants, createDeflate, createInflate, type Deflate, type Inflate } from 'node:zlib'
import { dictionary } from './spdy-dictionary.ts'

export type Headers = Readonly<Record<string, string>>

/** Header blocks of one direction share the compressor's state, so they pass in order. */
export class HeaderCompressor {
  readonly #deflate: Deflate = createDeflate({ dictionary })
  #last: Promise<unknown> = Promise.resolve()

  compress(headers: Headers): Promise<Buffer> {
    return this.#queue(() => through(this.#deflate, encode(headers)))
  }

  #queue(work: () => Promise<Buffer>): Promise<Buffer> {
    const done = this.#last.then(work)
    this.#last = done.catch(() => undefined)
    return done
  }

  close(): void {
    this.#deflate.close()
  }
}

export class HeaderDecompressor {
  readonly #inflate: Inflate = createInflate({ dictionary, finishFlush: constants.Z_SYNC_FLUSH })
  #last: Promise<unknown> = Promise.resolve()

  decompress(block: Buffer): Promise<Headers> {
    const done = this.#last.then(async () => decode(await through(this.#inflate, block)))
    this.#last = done.catch(() => undefined)
    return done
  }

  close(): void {
    this.#inflate.close()
  }
}

/** Writes and flushes; resolves with all that came out. */
function through(stream: Deflate | Inflate, bytes: Buffer): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    const collect = (chunk: Buffer): void => void chunks.push(chunk)
    const settle = (error?: Error | null): void => {
      stream.off('data', collect)
      stream.off('error', settle)
      if (error) reject(error)
      else resolve(Buffer.concat(chunks))
    }
    stream.on('data', collect)
    stream.once('error', settle)
    stream.write(bytes, (error) => {
      if (error) return
      stream.flush(constants.Z_SYNC_FLUSH, () => settle())
    })
  })
}

function encode(headers: Headers): Buffer {
  const entries = Object.entries(headers)
  const parts: Buffer[] = [uint32(entries.length)]
  for (const [name, value] of entries) {
    for (const text of [name.toLowerCase(), value]) {
      const bytes = Buffer.from(text)
      parts.push(uint32(bytes.length), bytes)
    }
  }
  return Buffer.concat(parts)
}

function decode(bytes: Buffer): Headers {
  let at = 0
  const text = (): string => {
    const length = bytes.readUInt32BE(at)
    at += 4 + length
    return bytes.toString('utf8', at - length, at)
  }
  const headers: Record<string, string> = {}
  const count = bytes.readUInt32BE(at)
  at += 4
  for (let index = 0; index < count; index++) {
    const name = text()
    headers[name] = text()
  }
  return headers
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value, 0)
  return bytes
}
