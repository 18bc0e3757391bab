/**
 * Equal parts of an address range, handed out one after the other.
 * Upstream: pkg/controller/nodeipam/ipam/cidrset at v1.36.
 */
import { familyOf } from '#controllers/service-pods.ts'

interface Network {
  readonly base: bigint
  readonly prefix: number
  readonly bits: 32 | 128
}

/** Throws an Error for what is no CIDR. */
export function parseCidr(text: string): Network {
  const [ip = '', prefixText = ''] = text.split('/')
  const bits = familyOf(ip) === 'IPv4' ? 32 : 128
  const prefix = Number(prefixText)
  if (!/^\d+$/.test(prefixText) || prefix > bits) throw new Error(`invalid CIDR address: ${text}`)
  const shift = BigInt(bits - prefix)
  const address = bits === 32 ? parseV4(ip, text) : parseV6(ip, text)
  return { base: (address >> shift) << shift, prefix, bits }
}

function parseV4(ip: string, text: string): bigint {
  const parts = ip.split('.').map(Number)
  const isValid = parts.length === 4 && parts.every((part) => part >= 0 && part <= 255)
  if (!isValid) throw new Error(`invalid CIDR address: ${text}`)
  return parts.reduce((sum, part) => (sum << 8n) | BigInt(part), 0n)
}

function parseV6(ip: string, text: string): bigint {
  const [head = '', tail, more] = ip.split('::')
  const groups = (part: string) => (part === '' ? [] : part.split(':'))
  const [left, right] = [groups(head), groups(tail ?? '')]
  const zeros = 8 - left.length - right.length
  if (more !== undefined || (tail === undefined ? zeros !== 0 : zeros < 1))
    throw new Error(`invalid CIDR address: ${text}`)
  const all = [...left, ...Array.from({ length: zeros }, () => '0'), ...right]
  if (!all.every((group) => /^[0-9a-f]{1,4}$/i.test(group))) {
    throw new Error(`invalid CIDR address: ${text}`)
  }
  return all.reduce((sum, group) => (sum << 16n) | BigInt(`0x${group}`), 0n)
}

function formatCidr({ base, prefix, bits }: Network): string {
  if (bits === 32) {
    const parts = [24n, 16n, 8n, 0n].map((shift) => (base >> shift) & 255n)
    return `${parts.join('.')}/${prefix}`
  }
  const groups = Array.from({ length: 8 }, (_, at) =>
    ((base >> BigInt(112 - 16 * at)) & 0xffffn).toString(16),
  )
  return `${shortenZeros(groups.join(':'))}/${prefix}`
}

/** The longest run of zero groups, the first of several, becomes `::` (RFC 5952). */
function shortenZeros(text: string): string {
  const runs = [...text.matchAll(/(?:^|:)0(?::0)+(?=:|$)/g)]
  const longest = runs.toSorted((a, b) => b[0].length - a[0].length || a.index - b.index)[0]
  if (longest === undefined) return text
  const before = text.slice(0, longest.index)
  const after = text.slice(longest.index + longest[0].length)
  return `${before}::${after.replace(/^:/, '')}`
}

export class CidrSet {
  readonly #range: Network
  readonly #nodePrefix: number
  readonly #used = new Set<bigint>()
  readonly #size: bigint
  #next = 0n

  /** Throws when `range` is no CIDR or smaller than a part. */
  constructor(range: string, nodePrefix: number) {
    this.#range = parseCidr(range)
    this.#nodePrefix = nodePrefix
    if (nodePrefix < this.#range.prefix || nodePrefix > this.#range.bits) {
      throw new Error(`the node mask size ${nodePrefix} does not fit into ${range}`)
    }
    this.#size = 1n << BigInt(nodePrefix - this.#range.prefix)
  }

  get family(): 'IPv4' | 'IPv6' {
    return this.#range.bits === 32 ? 'IPv4' : 'IPv6'
  }

  /** The next free part; undefined when all are taken. */
  allocate(): string | undefined {
    for (let tried = 0n; tried < this.#size; tried++) {
      const index = (this.#next + tried) % this.#size
      if (this.#used.has(index)) continue
      this.#used.add(index)
      this.#next = (index + 1n) % this.#size
      return this.#format(index)
    }
    return undefined
  }

  /** Takes every part that the CIDR touches; CIDRs outside of the range do not matter. */
  occupy(cidr: string): void {
    for (const index of this.#indexes(cidr)) this.#used.add(index)
  }

  release(cidr: string): void {
    for (const index of this.#indexes(cidr)) this.#used.delete(index)
  }

  #indexes(cidr: string): readonly bigint[] {
    const { base, bits, prefix } = parseCidr(cidr)
    if (bits !== this.#range.bits) return []
    const shift = BigInt(bits - this.#nodePrefix)
    const first = (base - this.#range.base) >> shift
    const count = prefix >= this.#nodePrefix ? 1n : 1n << BigInt(this.#nodePrefix - prefix)
    const indexes: bigint[] = []
    const end = first + count < this.#size ? first + count : this.#size
    for (let index = first > 0n ? first : 0n; index < end; index++) indexes.push(index)
    return indexes
  }

  #format(index: bigint): string {
    const { base, bits } = this.#range
    const shift = BigInt(bits - this.#nodePrefix)
    return formatCidr({ base: base + (index << shift), prefix: this.#nodePrefix, bits })
  }
}
