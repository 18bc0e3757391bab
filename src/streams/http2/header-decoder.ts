/**
 * Header blocks to names and values. One decoder a connection: a block refers to what earlier ones said.
 * RFC 7541.
 */
import { HpackError } from './errors.ts'
import { decodeHuffman } from './huffman.ts'
import { staticTable } from './static-table.ts'

/** Name, value, name, value … */
export type RawHeaders = string[]

type Entry = readonly [name: string, value: string]

/** What the dynamic table may take: the protocol's default, which is all that we ever announce. */
const tableBytesMax = 4096
/** Counted for each entry beside its text. */
const entryOverheadBytes = 32

export interface HeaderDecoderOptions {
  /** Names, values and 32 bytes for each pair, as SETTINGS_MAX_HEADER_LIST_SIZE counts. */
  readonly listBytesMax: number
}

export class HeaderDecoder {
  readonly #listBytesMax: number
  /** Newest first. */
  readonly #table: Entry[] = []
  #tableBytes = 0
  #tableLimit = tableBytesMax
  #bytes: Buffer = Buffer.alloc(0)
  #at = 0

  constructor({ listBytesMax }: HeaderDecoderOptions) {
    this.#listBytesMax = listBytesMax
  }

  /** Undefined: the headers are more than the limit allows. Throws HpackError. */
  decode(block: Buffer): RawHeaders | undefined {
    this.#bytes = block
    this.#at = 0
    const headers: RawHeaders = []
    let listBytes = 0
    while (this.#at < block.length) {
      const entry = this.#next(headers.length === 0)
      if (entry === undefined) continue
      listBytes += sizeOf(entry)
      // Decoding goes on, or the next block would be misread.
      if (listBytes <= this.#listBytesMax) headers.push(entry[0], entry[1])
    }
    return listBytes > this.#listBytesMax ? undefined : headers
  }

  /** The next header; undefined when it was an instruction about the table. */
  #next(isFirst: boolean): Entry | undefined {
    const byte = this.#bytes[this.#at] ?? 0
    if ((byte & 0x80) !== 0) return this.#entryAt(this.#integer(7))
    if ((byte & 0x40) !== 0) {
      const entry = this.#literal(6)
      this.#remember(entry)
      return entry
    }
    if ((byte & 0x20) === 0) return this.#literal(4)
    if (!isFirst) throw new HpackError('the table is resized amid headers')
    this.#resize(this.#integer(5))
    return undefined
  }

  #literal(prefixBits: number): Entry {
    const index = this.#integer(prefixBits)
    const name = index === 0 ? this.#string() : this.#entryAt(index)[0]
    return [name, this.#string()]
  }

  #entryAt(index: number): Entry {
    const entry = staticTable[index - 1] ?? this.#table[index - 1 - staticTable.length]
    if (entry === undefined) throw new HpackError(`there is no header ${index} in the table`)
    return entry
  }

  #remember(entry: Entry): void {
    this.#table.unshift(entry)
    this.#tableBytes += sizeOf(entry)
    this.#evict()
  }

  #resize(limit: number): void {
    if (limit > tableBytesMax) throw new HpackError(`a table of ${limit} bytes was not offered`)
    this.#tableLimit = limit
    this.#evict()
  }

  #evict(): void {
    while (this.#tableBytes > this.#tableLimit) {
      const oldest = this.#table.pop()
      if (oldest === undefined) return
      this.#tableBytes -= sizeOf(oldest)
    }
  }

  #integer(prefixBits: number): number {
    const mask = (1 << prefixBits) - 1
    let value = this.#byte() & mask
    if (value < mask) return value
    for (let shift = 0; shift <= 21; shift += 7) {
      const byte = this.#byte()
      value += (byte & 0x7f) << shift
      if (byte < 0x80) return value
    }
    throw new HpackError('a number in a header block is too large')
  }

  #string(): string {
    const isHuffman = ((this.#bytes[this.#at] ?? 0) & 0x80) !== 0
    const length = this.#integer(7)
    const start = this.#at
    if (start + length > this.#bytes.length) throw new HpackError('a header block ends too early')
    this.#at += length
    if (isHuffman) return decodeHuffman(this.#bytes.subarray(start, this.#at))
    return this.#bytes.toString('latin1', start, this.#at)
  }

  #byte(): number {
    const byte = this.#bytes[this.#at++]
    if (byte === undefined) throw new HpackError('a header block ends too early')
    return byte
  }
}

function sizeOf([name, value]: Entry): number {
  return name.length + value.length + entryOverheadBytes
}
