/**
 * IP addresses and prefixes as upstream reads them in fields that have always been lenient (leading
 * zeros are allowed). Upstream: k8s.io/utils/net, pkg/util/validation/ip.go.
 */
import { invalidValue } from '#api/meta/field-error.ts'
import type { Errors } from './checks.ts'

/** 16 bytes; IPv4 is mapped into ::ffff:0:0/96, as in Go's net.IP. */
type IpBytes = Uint8Array

const v4 = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/

/** Undefined when the text is no IP address. */
export function parseIp(text: string): IpBytes | undefined {
  return text.includes(':') ? parseV6(text) : parseV4(text)
}

function parseV4(text: string): IpBytes | undefined {
  const parts = v4.exec(text)
  if (parts === null) return undefined
  const bytes = new Uint8Array(16)
  bytes[10] = bytes[11] = 0xff
  for (let at = 0; at < 4; at += 1) {
    const part = Number(parts[at + 1])
    if (part > 255) return undefined
    bytes[12 + at] = part
  }
  return bytes
}

function parseV6(text: string): IpBytes | undefined {
  const halves = text.split('::')
  if (halves.length > 2) return undefined
  const head = groups(halves[0] as string)
  const tail = halves.length === 2 ? groups(halves[1] as string) : []
  if (head === undefined || tail === undefined) return undefined
  const length = head.length + tail.length
  if (halves.length === 2 ? length > 14 : length !== 16) return undefined
  const bytes = new Uint8Array(16)
  bytes.set(head)
  bytes.set(tail, 16 - tail.length)
  return bytes
}

/** The bytes of colon-separated groups, the last of which may be a dotted quad. */
function groups(text: string): number[] | undefined {
  if (text === '') return []
  const bytes: number[] = []
  const parts = text.split(':')
  for (const [at, part] of parts.entries()) {
    if (part.includes('.') && at === parts.length - 1) {
      const quad = parseV4(part)
      if (quad === undefined) return undefined
      bytes.push(...quad.subarray(12))
    } else if (/^[0-9a-fA-F]{1,4}$/.test(part)) {
      const group = Number.parseInt(part, 16)
      bytes.push(group >> 8, group & 0xff)
    } else return undefined
  }
  return bytes
}

/** Which family an address (or prefix) is of; undefined when it is none. */
export function familyOf(text: string): 'IPv4' | 'IPv6' | undefined {
  const address = text.split('/')[0] as string
  if (parseIp(address) === undefined) return undefined
  return address.includes(':') ? 'IPv6' : 'IPv4'
}

export function isIp(text: string): boolean {
  return parseIp(text) !== undefined
}

/** `10.0.0.0/8`: an address (host bits may be set) and a prefix length. */
export function isCidr(text: string): boolean {
  const slash = text.indexOf('/')
  if (slash < 0) return false
  const family = familyOf(text.slice(0, slash))
  const bits = text.slice(slash + 1)
  if (family === undefined || !/^\d{1,3}$/.test(bits)) return false
  return Number(bits) <= (family === 'IPv4' ? 32 : 128)
}

export function checkIp(text: string, path: string, errors: Errors): boolean {
  if (isIp(text)) return true
  errors.push(
    invalidValue(path, text, 'must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)'),
  )
  return false
}

export function checkCidr(text: string, path: string, errors: Errors): boolean {
  if (isCidr(text)) return true
  errors.push(
    invalidValue(path, text, 'must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)'),
  )
  return false
}

/** No unspecified, loopback or link-local address: they mean something else on each node. */
export function checkNonSpecialIp(text: string, path: string, errors: Errors): void {
  const ip = parseIp(text)
  if (ip === undefined) {
    errors.push(invalidValue(path, text, 'must be a valid IP address'))
    return
  }
  for (const detail of specialRanges(ip, text)) errors.push(invalidValue(path, text, detail))
}

function* specialRanges(ip: IpBytes, text: string): Generator<string> {
  const quad = isMappedV4(ip) ? ip.subarray(12) : undefined
  const [first, second] = (quad ?? ip) as unknown as [number, number]
  const zeros = (from: IpBytes): boolean => from.every((byte) => byte === 0)
  const unspecified = zeros(quad ?? ip)
  if (unspecified) yield `may not be unspecified (${text})`
  const loopback = quad === undefined ? zeros(ip.subarray(0, 15)) && ip[15] === 1 : first === 127
  if (loopback) yield 'may not be in the loopback range (127.0.0.0/8, ::1/128)'
  const linkLocal =
    quad === undefined
      ? first === 0xfe && (second & 0xc0) === 0x80
      : first === 169 && second === 254
  if (linkLocal) yield 'may not be in the link-local range (169.254.0.0/16, fe80::/10)'
  const multicast =
    quad === undefined
      ? first === 0xff && (second & 0x0f) === 2
      : first === 224 && second === 0 && quad[2] === 0
  if (multicast) {
    yield 'may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)'
  }
}

function isMappedV4(ip: IpBytes): boolean {
  return ip[10] === 0xff && ip[11] === 0xff && ip.subarray(0, 10).every((byte) => byte === 0)
}

/** True when exactly one address of each family is given, in any order. */
export function isDualStack(addresses: readonly string[]): boolean {
  const families = new Set(addresses.map(familyOf))
  return families.has('IPv4') && families.has('IPv6')
}

/** Whether `part` is a smaller prefix inside `whole`; both are valid CIDRs. */
export function isStrictSubset(part: string, whole: string): boolean {
  const [partAddress, partBits] = part.split('/') as [string, string]
  const [wholeAddress, wholeBits] = whole.split('/') as [string, string]
  if (familyOf(part) !== familyOf(whole) || Number(wholeBits) >= Number(partBits)) return false
  const inside = parseIp(partAddress)
  const outside = parseIp(wholeAddress)
  if (inside === undefined || outside === undefined) return false
  const bits = Number(wholeBits) + (familyOf(whole) === 'IPv4' ? 96 : 0)
  return samePrefix(inside, outside, bits)
}

function samePrefix(a: IpBytes, b: IpBytes, bits: number): boolean {
  const whole = bits >> 3
  for (let at = 0; at < whole; at += 1) if (a[at] !== b[at]) return false
  const rest = bits & 7
  if (rest === 0) return true
  return ((a[whole] as number) ^ (b[whole] as number)) >> (8 - rest) === 0
}
