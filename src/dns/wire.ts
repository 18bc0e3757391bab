/**
 * Messages on the wire. dns-packet encodes and decodes records; this adds what it lacks: compressed owner
 * names, an end to the size with truncation, EDNS0 in answers, and the question echoed byte for byte.
 * RFC 1035, RFC 6891.
 */
import { decode, encode } from 'dns-packet'
import type { Answer } from 'dns-packet'
import { limits } from './limits.ts'
import type { DnsRecord, Reply, ResponseCode } from './records.ts'

export interface Query {
  readonly id: number
  readonly opcode: number
  readonly recursionDesired: boolean
  /** As asked, without a trailing dot; '' is the root. */
  readonly name: string
  /** In lower case, to compare with. */
  readonly lowerName: string
  /** `A`, `SRV` …, or `UNKNOWN_<number>`. */
  readonly type: string
  readonly class: string
  readonly edns: Edns | undefined
  /** The question section as it came. */
  readonly question: Buffer
  readonly message: Buffer
}

export interface Edns {
  readonly udpBytes: number
  readonly dnssecOk: boolean
  readonly version: number
}

const headerBytes = 12
const codes: Readonly<Record<ResponseCode, number>> = {
  NOERROR: 0,
  FORMERR: 1,
  SERVFAIL: 2,
  NXDOMAIN: 3,
  NOTIMP: 4,
  REFUSED: 5,
}

/** The query, or the reason why there is none: a message to drop, or one to answer with FORMERR. */
export function parseQuery(message: Buffer): Query | 'drop' | 'malformed' {
  if (message.length < headerBytes || (message.readUInt16BE(2) & 0x8000) !== 0) return 'drop'
  let packet: ReturnType<typeof decode>
  try {
    packet = decode(message)
  } catch {
    return 'malformed'
  }
  const [question, ...others] = packet.questions ?? []
  if (question === undefined || others.length > 0) return 'malformed'
  const name = question.name === '.' ? '' : question.name
  return {
    id: message.readUInt16BE(0),
    opcode: (message.readUInt16BE(2) >> 11) & 15,
    recursionDesired: packet.flag_rd,
    name,
    lowerName: name.toLowerCase(),
    type: question.type,
    class: question.class ?? 'IN',
    edns: ednsOf(packet.additionals ?? []),
    question: message.subarray(headerBytes, endOfQuestion(message)),
    message,
  }
}

/** How many bytes the client takes over UDP. */
export function udpLimit(query: Query): number {
  const offered = query.edns?.udpBytes ?? 0
  return Math.min(Math.max(offered, limits.udpBytesMin), limits.udpBytesMax)
}

/**
 * The answer in at most `bytesMax` bytes. Answers that do not fit make it truncated (TC), so that the
 * client asks again over TCP; additional records are left out silently.
 */
export function encodeReply(query: Query, reply: Reply, bytesMax: number): Buffer {
  const opt = query.edns === undefined ? Buffer.alloc(0) : optRecord()
  const writer = new MessageWriter(query, bytesMax - opt.length)
  const answers = writer.addAll(reply.answers)
  const authorities = writer.addAll(reply.authorities)
  const truncated = answers < reply.answers.length || authorities < reply.authorities.length
  const additionals = truncated ? 0 : writer.addAll(reply.additionals)
  const message = writer.finish(opt)
  const flags =
    0x8000 |
    (query.opcode << 11) |
    (reply.authoritative ? 0x0400 : 0) |
    (truncated ? 0x0200 : 0) |
    (query.recursionDesired ? 0x0100 : 0) |
    0x0080 |
    codes[reply.code]
  const counts = [1, answers, authorities, additionals + (opt.length > 0 ? 1 : 0)]
  for (const [index, value] of [query.id, flags, ...counts].entries()) {
    message.writeUInt16BE(value, index * 2)
  }
  return message
}

/** The answer to what could not be read. */
export function malformedReply(message: Buffer): Buffer {
  const reply = Buffer.alloc(headerBytes)
  reply.writeUInt16BE(message.readUInt16BE(0), 0)
  reply.writeUInt16BE(0x8000 | (message.readUInt16BE(2) & 0x7900) | codes.FORMERR, 2)
  return reply
}

/** A question of our own, for upstreams. */
export function encodeQuestion(id: number, name: string, type: string): Buffer {
  return encode({
    type: 'query',
    id,
    flags: 0x0100,
    questions: [{ name, type: type as 'A', class: 'IN' }],
    additionals: [ednsOption()],
  })
}

/** The addresses and aliases in an upstream's answer; undefined when it cannot be read. */
export function readAnswers(message: Buffer): DnsRecord[] | undefined {
  try {
    return (decode(message).answers ?? []).flatMap((answer) => {
      if (!['A', 'AAAA', 'CNAME'].includes(answer.type)) return []
      const { type, name, ttl, data } = answer as DnsRecord & { type: 'A' }
      return [{ type, name, ttl, data }]
    })
  } catch {
    return undefined
  }
}

/** Where each record's TTL stands in a message, with its value; undefined for what is malformed. */
export function ttlOffsets(message: Buffer): { offset: number; ttl: number }[] | undefined {
  const found: { offset: number; ttl: number }[] = []
  try {
    let offset = endOfQuestion(message)
    const records = message.readUInt16BE(6) + message.readUInt16BE(8) + message.readUInt16BE(10)
    for (let index = 0; index < records; index++) {
      offset = endOfName(message, offset)
      const isOpt = message.readUInt16BE(offset) === 41 // its TTL field holds flags
      if (!isOpt) found.push({ offset: offset + 4, ttl: message.readUInt32BE(offset + 4) })
      offset += 10 + message.readUInt16BE(offset + 8)
    }
    return offset <= message.length ? found : undefined
  } catch (error) {
    if (error instanceof RangeError) return undefined
    throw error
  }
}

class MessageWriter {
  readonly #bytesMax: number
  readonly #chunks: Buffer[]
  #bytes: number
  /** Names that were written, in lower case, with where. */
  readonly #names = new Map<string, number>()

  constructor(query: Query, bytesMax: number) {
    this.#bytesMax = bytesMax
    this.#chunks = [Buffer.alloc(headerBytes), query.question]
    this.#bytes = headerBytes + query.question.length
    this.#remember(query.lowerName, headerBytes)
  }

  /** Writes as many as fit; returns their number. */
  addAll(records: readonly DnsRecord[]): number {
    for (const [index, record] of records.entries()) {
      if (!this.#add(record)) return index
    }
    return records.length
  }

  finish(last: Buffer): Buffer {
    return Buffer.concat([...this.#chunks, last])
  }

  #add(record: DnsRecord): boolean {
    const lower = record.name.toLowerCase()
    const owner = this.#compress(record.name, lower)
    const whole = encode({ answers: [record as Answer] })
    const rest = whole.subarray(endOfName(whole, headerBytes))
    if (this.#bytes + owner.length + rest.length > this.#bytesMax) return false
    this.#remember(lower, this.#bytes)
    this.#chunks.push(owner, rest)
    this.#bytes += owner.length + rest.length
    return true
  }

  /** The labels that are new, then a pointer to the rest. */
  #compress(name: string, lower: string): Buffer {
    const labels = name === '' ? [] : name.split('.')
    const parts: Buffer[] = []
    let suffix = lower
    for (const label of labels) {
      const known = this.#names.get(suffix)
      if (known !== undefined) {
        return Buffer.concat([...parts, Buffer.from([0xc0 | (known >> 8), known & 0xff])])
      }
      const bytes = Buffer.from(label)
      parts.push(Buffer.from([bytes.length]), bytes)
      suffix = suffix.slice(label.length + 1)
    }
    return Buffer.concat([...parts, Buffer.from([0])])
  }

  /** Each suffix of a name that starts at `offset` may be pointed to; pointers have 14 bits. */
  #remember(lower: string, offset: number): void {
    let suffix = lower
    let at = offset
    while (suffix !== '' && !this.#names.has(suffix) && at < 0x4000) {
      this.#names.set(suffix, at)
      const dot = suffix.indexOf('.')
      const label = dot === -1 ? suffix : suffix.slice(0, dot)
      at += Buffer.byteLength(label) + 1
      suffix = dot === -1 ? '' : suffix.slice(dot + 1)
    }
  }
}

function ednsOf(additionals: readonly Answer[]): Edns | undefined {
  const opt = additionals.find((record) => record.type === 'OPT')
  if (opt?.type !== 'OPT') return undefined
  return { udpBytes: opt.udpPayloadSize, dnssecOk: opt.flag_do, version: opt.ednsVersion }
}

function ednsOption(): Answer {
  return {
    type: 'OPT',
    name: '.',
    udpPayloadSize: limits.udpBytesMax,
    extendedRcode: 0,
    ednsVersion: 0,
    flags: 0,
    flag_do: false,
    options: [],
  }
}

function optRecord(): Buffer {
  return encode({ additionals: [ednsOption()] }).subarray(headerBytes)
}

/** Only messages with one question come here. */
function endOfQuestion(message: Buffer): number {
  return message.readUInt16BE(4) === 0 ? headerBytes : endOfName(message, headerBytes) + 4
}

function endOfName(message: Buffer, start: number): number {
  let offset = start
  for (;;) {
    const length = message.readUInt8(offset)
    if (length === 0) return offset + 1
    if (length >= 0xc0) return offset + 2
    offset += length + 1
  }
}
