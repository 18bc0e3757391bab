/**
 * Distinguished encoding rules of ASN.1, as far as certificates and certificate requests need them.
 * Writing gives bytes; reading gives a tree whose leaves are slices of the input.
 */

export const tags = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  oid: 0x06,
  utf8String: 0x0c,
  sequence: 0x30,
  set: 0x31,
  printableString: 0x13,
  ia5String: 0x16,
  utcTime: 0x17,
  generalizedTime: 0x18,
} as const

/** Nesting of a hostile input beyond this is refused; X.509 needs about ten. */
const depthMax = 32

/** One value: its tag, its length in the shortest form, and the contents one after the other. */
export function element(tag: number, ...contents: readonly Uint8Array[]): Uint8Array {
  const length = contents.reduce((sum, part) => sum + part.length, 0)
  const head = [tag, ...lengthBytes(length)]
  const bytes = new Uint8Array(head.length + length)
  bytes.set(head)
  let at = head.length
  for (const part of contents) {
    bytes.set(part, at)
    at += part.length
  }
  return bytes
}

export function sequence(...contents: readonly Uint8Array[]): Uint8Array {
  return element(tags.sequence, ...contents)
}

/** SET OF: the elements in the order of their bytes, as DER demands. */
export function setOf(...contents: readonly Uint8Array[]): Uint8Array {
  return element(tags.set, ...contents.toSorted(byBytes))
}

/** `[number]` with the contents inside. */
export function explicit(number: number, ...contents: readonly Uint8Array[]): Uint8Array {
  return element(0xa0 | number, ...contents)
}

/** `[number]` in place of the primitive's own tag. */
export function implicit(number: number, content: Uint8Array): Uint8Array {
  return element(0x80 | number, content)
}

/** A non-negative integer, most significant byte first. */
export function integer(magnitude: Uint8Array): Uint8Array {
  let start = 0
  while (start < magnitude.length - 1 && magnitude[start] === 0) start += 1
  const trimmed = magnitude.subarray(start)
  const negative = ((trimmed[0] ?? 0) & 0x80) !== 0
  return negative || trimmed.length === 0
    ? element(tags.integer, Uint8Array.of(0), trimmed)
    : element(tags.integer, trimmed)
}

export function boolean(value: boolean): Uint8Array {
  return element(tags.boolean, Uint8Array.of(value ? 0xff : 0))
}

/** `1.2.840.…` */
export function oid(dotted: string): Uint8Array {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number)
  return element(tags.oid, Uint8Array.from([first * 40 + second, ...rest].flatMap(base128)))
}

export function bitString(bytes: Uint8Array, unusedBits = 0): Uint8Array {
  return element(tags.bitString, Uint8Array.of(unusedBits), bytes)
}

export function octetString(bytes: Uint8Array): Uint8Array {
  return element(tags.octetString, bytes)
}

/** PrintableString when its alphabet is enough, UTF8String otherwise, as Go's encoder chooses. */
export function text(value: string): Uint8Array {
  const printable = /^[A-Za-z0-9 '()+,\-./:=?]*$/.test(value)
  return element(printable ? tags.printableString : tags.utf8String, encoder.encode(value))
}

/** UTCTime until 2049, GeneralizedTime after it, in whole seconds. */
export function time(ms: number): Uint8Array {
  const digits = `${new Date(ms).toISOString().slice(0, 19).replaceAll(/[-:T]/g, '')}Z`
  return Number(digits.slice(0, 4)) < 2050
    ? element(tags.utcTime, encoder.encode(digits.slice(2)))
    : element(tags.generalizedTime, encoder.encode(digits))
}

export interface DerNode {
  readonly tag: number
  /** The contents, without tag and length. */
  readonly value: Uint8Array
  /** The whole, with tag and length. */
  readonly raw: Uint8Array
  /** Of constructed values; empty for primitive ones. */
  readonly children: readonly DerNode[]
}

/** Reads one value that fills the input. Throws an Error when it does not, or when it is not DER. */
export function readDer(bytes: Uint8Array): DerNode {
  const node = readNode(bytes, 0)
  if (node.raw.length !== bytes.length) throw new Error('asn1: trailing data')
  return node
}

/** The dotted form of an OID value. */
export function oidText(node: DerNode): string {
  const numbers: number[] = []
  let current = 0
  for (const byte of node.value) {
    current = current * 128 + (byte & 0x7f)
    if ((byte & 0x80) !== 0) continue
    numbers.push(current)
    current = 0
  }
  const [head = 0, ...rest] = numbers
  const first = Math.min(2, Math.floor(head / 40))
  return [first, head - first * 40, ...rest].join('.')
}

/** The text of any of the string types. */
export function stringText(node: DerNode): string {
  return decoder.decode(node.value)
}

const encoder = new TextEncoder()
const decoder = new TextDecoder()

function readNode(bytes: Uint8Array, depth: number): DerNode {
  if (depth > depthMax) throw new Error('asn1: nested too deeply')
  const tag = bytes[0]
  if (tag === undefined || (tag & 0x1f) === 0x1f) throw new Error('asn1: bad tag')
  const { length, headLength } = readLength(bytes)
  const end = headLength + length
  if (end > bytes.length) throw new Error('asn1: data truncated')
  const value = bytes.subarray(headLength, end)
  const children = (tag & 0x20) === 0 ? [] : readChildren(value, depth + 1)
  return { tag, value, raw: bytes.subarray(0, end), children }
}

function readChildren(value: Uint8Array, depth: number): DerNode[] {
  const children: DerNode[] = []
  for (let at = 0; at < value.length;) {
    const child = readNode(value.subarray(at), depth)
    children.push(child)
    at += child.raw.length
  }
  return children
}

function readLength(bytes: Uint8Array): { length: number; headLength: number } {
  const first = bytes[1]
  if (first === undefined) throw new Error('asn1: data truncated')
  if (first < 0x80) return { length: first, headLength: 2 }
  const count = first & 0x7f
  if (count === 0 || count > 3) throw new Error('asn1: bad length')
  let length = 0
  for (const byte of bytes.subarray(2, 2 + count)) length = length * 256 + byte
  return { length, headLength: 2 + count }
}

function lengthBytes(length: number): number[] {
  if (length < 0x80) return [length]
  const bytes: number[] = []
  for (let rest = length; rest > 0; rest = Math.floor(rest / 256)) bytes.unshift(rest % 256)
  return [0x80 | bytes.length, ...bytes]
}

function base128(value: number): number[] {
  const bytes = [value % 128]
  for (let rest = Math.floor(value / 128); rest > 0; rest = Math.floor(rest / 128)) {
    bytes.unshift((rest % 128) | 0x80)
  }
  return bytes
}

function byBytes(a: Uint8Array, b: Uint8Array): number {
  const length = Math.min(a.length, b.length)
  for (let at = 0; at < length; at += 1) {
    const difference = (a[at] as number) - (b[at] as number)
    if (difference !== 0) return difference
  }
  return a.length - b.length
}
