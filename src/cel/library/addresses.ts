/** `ip('10.0.0.1')`, `cidr('10.0.0.0/8')`. Upstream: apiserver pkg/cel/library/ip.go and cidr.go. */
import { goQuote } from '#api/meta/go-quote.ts'
import { fn, method, type CallCost, type FunctionRow } from '#cel/functions.ts'
import { equal } from '#cel/equality.ts'
import { EvaluationError, OpaqueValue } from '#cel/value.ts'
import { perCharacterOf, traverse } from './costs.ts'

const ipType = 'net.IP'
const cidrType = 'net.CIDR'

/** 4 or 16 bytes. */
type Bytes = readonly number[]

class Ip extends OpaqueValue {
  readonly typeName = ipType
  readonly bytes: Bytes

  constructor(bytes: Bytes) {
    super()
    this.bytes = bytes
  }

  equals(other: OpaqueValue): boolean {
    return other instanceof Ip && sameBytes(this.bytes, other.bytes)
  }
}

class Cidr extends OpaqueValue {
  readonly typeName = cidrType
  readonly bytes: Bytes
  readonly bits: number

  constructor(bytes: Bytes, bits: number) {
    super()
    this.bytes = bytes
    this.bits = bits
  }

  equals(other: OpaqueValue): boolean {
    return other instanceof Cidr && other.bits === this.bits && sameBytes(this.bytes, other.bytes)
  }
}

const sameBytes = (a: Bytes, b: Bytes): boolean =>
  a.length === b.length && a.every((byte, at) => byte === b[at])

/** Strict, as Go's netip: no leading zeros. */
function parseBytes(text: string): Bytes | undefined {
  return text.includes(':') ? parseV6(text) : parseV4(text)
}

function parseV4(text: string): Bytes | undefined {
  const parts = text.split('.')
  if (parts.length !== 4 || !parts.every((part) => /^(?:0|[1-9]\d{0,2})$/.test(part)))
    return undefined
  const bytes = parts.map(Number)
  return bytes.every((byte) => byte <= 255) ? bytes : undefined
}

function parseV6(text: string): Bytes | undefined {
  const halves = text.split('::')
  if (halves.length > 2) return undefined
  const head = groups(halves[0] ?? '')
  const tail = groups(halves[1] ?? '')
  if (head === undefined || tail === undefined) return undefined
  const missing = 16 - head.length - tail.length
  if (halves.length === 1 ? missing !== 0 : missing < 2) return undefined
  return [...head, ...Array.from({ length: missing }, () => 0), ...tail]
}

function groups(text: string): number[] | undefined {
  if (text === '') return []
  const bytes: number[] = []
  const parts = text.split(':')
  for (const [at, part] of parts.entries()) {
    if (part.includes('.') && at === parts.length - 1) {
      const quad = parseV4(part)
      if (quad === undefined) return undefined
      bytes.push(...quad)
    } else if (/^[0-9a-fA-F]{1,4}$/.test(part)) {
      const group = Number.parseInt(part, 16)
      bytes.push(group >> 8, group & 0xff)
    } else return undefined
  }
  return bytes
}

const isMapped = (bytes: Bytes): boolean =>
  bytes.length === 16 &&
  bytes.slice(0, 10).every((byte) => byte === 0) &&
  bytes[10] === 0xff &&
  bytes[11] === 0xff

function parseIp(text: string): Ip {
  if (text.includes('%')) {
    throw new EvaluationError(`IP address with zone value is not allowed`)
  }
  const bytes = parseBytes(text)
  if (bytes === undefined) {
    throw new EvaluationError(
      `IP Address ${goQuote(text)} parse error during conversion from string: ParseAddr(${goQuote(text)}): unable to parse IP`,
    )
  }
  if (isMapped(bytes)) throw new EvaluationError('IPv4-mapped IPv6 address is not allowed')
  return new Ip(bytes)
}

function parseCidr(text: string): Cidr {
  const wrong = (why: string): EvaluationError =>
    new EvaluationError(
      `network address parse error during conversion from string: network address is not valid: netip.ParsePrefix(${goQuote(text)}): ${why}`,
    )
  const slash = text.lastIndexOf('/')
  if (slash < 0) throw wrong("no '/'")
  const bytes = parseBytes(text.slice(0, slash))
  if (bytes === undefined) {
    throw wrong(`ParseAddr(${goQuote(text.slice(0, slash))}): unable to parse IP`)
  }
  if (isMapped(bytes)) throw new EvaluationError('IPv4-mapped IPv6 address is not allowed')
  const digits = text.slice(slash + 1)
  if (!/^(?:0|[1-9]\d{0,2})$/.test(digits)) throw wrong(`bad bits after slash: ${goQuote(digits)}`)
  const bits = Number(digits)
  if (bits > bytes.length * 8) throw wrong('prefix length out of range')
  return new Cidr(bytes, bits)
}

function succeeds(parse: (text: string) => unknown): (text: string) => boolean {
  return (text) => {
    try {
      parse(text)
      return true
    } catch {
      return false
    }
  }
}

const family = ({ bytes }: Ip): bigint => (bytes.length === 4 ? 4n : 6n)

/** The canonical text, as Go's netip writes it. */
function formatIp({ bytes }: Pick<Ip, 'bytes'>): string {
  if (bytes.length === 4) return bytes.join('.')
  const words = Array.from(
    { length: 8 },
    (_, at) => ((bytes[at * 2] ?? 0) << 8) | (bytes[at * 2 + 1] ?? 0),
  )
  const { start, length } = longestZeros(words)
  const hex = (part: readonly number[]): string => part.map((word) => word.toString(16)).join(':')
  if (length < 2) return hex(words)
  return `${hex(words.slice(0, start))}::${hex(words.slice(start + length))}`
}

function longestZeros(words: readonly number[]): { start: number; length: number } {
  let best = { start: 0, length: 0 }
  let start = 0
  for (const [at, word] of words.entries()) {
    if (word !== 0) start = at + 1
    else if (at + 1 - start > best.length) best = { start, length: at + 1 - start }
  }
  return best
}

function isCanonical(text: string): boolean {
  return formatIp(parseIp(text)) === text
}

type IpTest = (bytes: Bytes) => boolean

const isV4 = (bytes: Bytes): boolean => bytes.length === 4
const at = (bytes: Bytes, index: number): number => bytes[index] ?? 0

const tests: Readonly<Record<string, IpTest>> = {
  isUnspecified: (bytes) => bytes.every((byte) => byte === 0),
  isLoopback: (bytes) =>
    isV4(bytes)
      ? at(bytes, 0) === 127
      : bytes.slice(0, 15).every((byte) => byte === 0) && at(bytes, 15) === 1,
  isLinkLocalMulticast: (bytes) =>
    isV4(bytes)
      ? at(bytes, 0) === 224 && at(bytes, 1) === 0 && at(bytes, 2) === 0
      : at(bytes, 0) === 0xff && (at(bytes, 1) & 0x0f) === 0x02,
  isLinkLocalUnicast: (bytes) =>
    isV4(bytes)
      ? at(bytes, 0) === 169 && at(bytes, 1) === 254
      : at(bytes, 0) === 0xfe && (at(bytes, 1) & 0xc0) === 0x80,
  isGlobalUnicast: isGlobalUnicast,
}

function isGlobalUnicast(bytes: Bytes): boolean {
  const multicast = isV4(bytes) ? at(bytes, 0) >= 224 && at(bytes, 0) < 240 : at(bytes, 0) === 0xff
  const broadcast = isV4(bytes) && bytes.every((byte) => byte === 255)
  const local = ['isUnspecified', 'isLoopback', 'isLinkLocalUnicast'].some((name) =>
    tests[name]?.(bytes),
  )
  return !multicast && !broadcast && !local
}

function masked({ bytes, bits }: Cidr): Cidr {
  const kept = bytes.map((byte, index) => {
    const own = Math.min(8, Math.max(0, bits - index * 8))
    return byte & (0xff << (8 - own)) & 0xff
  })
  return new Cidr(kept, bits)
}

function containsIp(cidr: Cidr, { bytes }: Pick<Ip, 'bytes'>): boolean {
  if (bytes.length !== cidr.bytes.length) return false
  return sameBytes(masked(cidr).bytes, masked(new Cidr(bytes, cidr.bits)).bytes)
}

function containsCidr(cidr: Cidr, other: Cidr): boolean {
  return equal(cidr, masked(other)) || (cidr.bits <= other.bits && containsIp(cidr, other))
}

const parsing = perCharacterOf(0)

/** Addresses have no size in upstream's accounts; a text is also parsed. */
const comparing =
  (extra: number): CallCost =>
  ([, other]) =>
    1 + extra + (typeof other === 'string' ? traverse(other.length) : 0)

const ofIp: readonly FunctionRow[] = [
  fn('ip', `(string) -> ${ipType}`, { run: parseIp, cost: parsing }),
  fn('isIP', '(string) -> bool', { run: succeeds(parseIp), cost: parsing }),
  fn('ip.isCanonical', '(string) -> bool', { run: isCanonical, cost: perCharacterOf(0, 2) }),
  method('family', `(${ipType}) -> int`, { run: family }),
  ...Object.entries(tests).map(([name, test]) =>
    method(name, `(${ipType}) -> bool`, { run: ({ bytes }: Ip) => test(bytes) }),
  ),
  fn('string', `(${ipType}) -> string`, { run: formatIp }),
]

const ofCidr: readonly FunctionRow[] = [
  fn('cidr', `(string) -> ${cidrType}`, { run: parseCidr, cost: parsing }),
  fn('isCIDR', '(string) -> bool', { run: succeeds(parseCidr), cost: parsing }),
  method('containsIP', `(${cidrType}, ${ipType}) -> bool`, { run: containsIp, cost: comparing(0) }),
  method('containsIP', `(${cidrType}, string) -> bool`, {
    run: (cidr: Cidr, text: string) => containsIp(cidr, parseIp(text)),
    cost: comparing(0),
    id: 'cidr_contains_ip_string',
  }),
  method('containsCIDR', `(${cidrType}, ${cidrType}) -> bool`, {
    run: containsCidr,
    cost: comparing(2),
  }),
  method('containsCIDR', `(${cidrType}, string) -> bool`, {
    run: (cidr: Cidr, text: string) => containsCidr(cidr, parseCidr(text)),
    cost: comparing(2),
    id: 'cidr_contains_cidr_string',
  }),
  method('ip', `(${cidrType}) -> ${ipType}`, {
    run: ({ bytes }: Cidr) => new Ip(bytes),
    id: 'cidr_ip',
  }),
  method('prefixLength', `(${cidrType}) -> int`, { run: ({ bits }: Cidr) => BigInt(bits) }),
  method('masked', `(${cidrType}) -> ${cidrType}`, { run: masked }),
  fn('string', `(${cidrType}) -> string`, {
    run: (cidr: Cidr) => `${formatIp(cidr)}/${cidr.bits}`,
  }),
]

export const addresses: readonly FunctionRow[] = [...ofIp, ...ofCidr]
