/**
 * Response headers to header blocks. Nothing is put into the peer's table, so a block depends on no
 * other and costs no memory on either side; headers that come again and again are encoded once.
 * RFC 7541, section 6.2.2.
 */
import { staticTable } from './static-table.ts'

export type HeaderFields = Readonly<Record<string, string | number | readonly string[]>>

/** Values that differ from answer to answer are not worth keeping. */
const unique: ReadonlySet<string> = new Set(['audit-id', 'content-length', 'warning', 'date'])
const knownMax = 1024

const nameIndexes = new Map(
  staticTable.map(([name], index) => [name, index + 1]).reverse() as [string, number][],
)
const statusIndexes = new Map(
  staticTable.flatMap(([name, value], index) =>
    name === ':status' ? [[value, index + 1]] : [],
  ) as [string, number][],
)

export class HeaderEncoder {
  readonly #nowMs: () => number
  readonly #known = new Map<string, string>()
  #dateSecond = NaN
  #date = ''

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs
  }

  /** Latin-1, as all of HTTP's headers; the date is added. */
  encode(status: number, headers: HeaderFields): Buffer {
    let block = statusField(status)
    if (headers['date'] === undefined) block += this.#dateField()
    for (const name in headers) {
      const value = headers[name]
      if (value === undefined) continue
      if (typeof value === 'object') for (const one of value) block += field(name, one)
      else
        block += unique.has(name) ? field(name, String(value)) : this.#repeated(name, String(value))
    }
    return Buffer.from(block, 'latin1')
  }

  /** It changes once a second. */
  #dateField(): string {
    const second = Math.floor(this.#nowMs() / 1000)
    if (second !== this.#dateSecond) {
      this.#dateSecond = second
      this.#date = field('date', new Date(second * 1000).toUTCString())
    }
    return this.#date
  }

  #repeated(name: string, value: string): string {
    const key = `${name}:${value}`
    let encoded = this.#known.get(key)
    if (encoded === undefined) {
      encoded = field(name, value)
      if (this.#known.size < knownMax) this.#known.set(key, encoded)
    }
    return encoded
  }
}

function statusField(status: number): string {
  const index = statusIndexes.get(String(status))
  return index === undefined ? field(':status', String(status)) : String.fromCharCode(0x80 | index)
}

/** A literal that is not to be remembered. */
function field(name: string, value: string): string {
  const index = nameIndexes.get(name)
  const head = index === undefined ? `\0${text(name)}` : integer(index, 4)
  return head + text(value)
}

function text(value: string): string {
  return integer(value.length, 7) + value
}

function integer(value: number, prefixBits: number): string {
  const mask = (1 << prefixBits) - 1
  if (value < mask) return String.fromCharCode(value)
  let encoded = String.fromCharCode(mask)
  let rest = value - mask
  for (; rest >= 0x80; rest >>>= 7) encoded += String.fromCharCode((rest & 0x7f) | 0x80)
  return encoded + String.fromCharCode(rest)
}
