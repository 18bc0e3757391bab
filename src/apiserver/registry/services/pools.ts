/**
 * What Services share: addresses of a range and ports of nodes. The low end of each is left to those who
 * ask for a certain one; the others are given at random from the rest, and from the low end when the rest
 * is full. Upstream: pkg/registry/core/service/ipallocator/bitmap.go, portallocator/allocator.go.
 */
import { must } from '#base/assert.ts'
import { familyOf, parseIp } from '#resources/checks/ip.ts'

/** Why nothing was given; the message is upstream's. */
export class AllocationError extends Error {
  override readonly name = 'AllocationError'
}

/** Numbers from 0 to size - 1, each free or taken. */
class Slots {
  readonly #size: number
  /** Where the part for random allocation begins. */
  readonly #dynamicStart: number
  readonly #random: () => number
  readonly #taken = new Set<number>()

  constructor(size: number, dynamicStart: number, random: () => number) {
    this.#size = size
    this.#dynamicStart = dynamicStart
    this.#random = random
  }

  /** False: it is taken. */
  take(slot: number): boolean {
    if (this.#taken.has(slot)) return false
    this.#taken.add(slot)
    return true
  }

  /** Throws when all are taken. */
  takeAny(): number {
    const slot =
      this.#firstFree(this.#dynamicStart, this.#size) ?? this.#firstFree(0, this.#dynamicStart)
    if (slot === undefined) throw new AllocationError('range is full')
    this.#taken.add(slot)
    return slot
  }

  free(slot: number): void {
    this.#taken.delete(slot)
  }

  /** What other servers hold; what this one is about to take stays taken. */
  know(before: ReadonlySet<number>, now: ReadonlySet<number>): void {
    for (const slot of before) if (!now.has(slot)) this.#taken.delete(slot)
    for (const slot of now) this.#taken.add(slot)
  }

  /** From a random start on, around the end. */
  #firstFree(from: number, to: number): number | undefined {
    const count = to - from
    const start = Math.floor(this.#random() * count)
    for (let i = 0; i < count; i++) {
      const slot = from + ((start + i) % count)
      if (!this.#taken.has(slot)) return slot
    }
    return undefined
  }
}

/** Addresses that an IPv6 range offers at most, as upstream. */
const v6SizeMax = 65_536

/** The addresses of a CIDR: not its first, and not an IPv4 range's last. */
export class AddressPool {
  readonly family: 'IPv4' | 'IPv6'
  readonly #cidr: string
  readonly #base: bigint
  readonly #size: number
  readonly #slots: Slots

  constructor(cidr: string, random: () => number) {
    const { family, base, bits } = parseCidr(cidr)
    const wide = 2n ** bits
    const size = family === 'IPv4' ? wide - 2n : wide - 1n
    this.family = family
    this.#cidr = cidr
    this.#base = base + 1n
    this.#size = Number(family === 'IPv6' && size > v6SizeMax ? BigInt(v6SizeMax) : size)
    const dynamicStart = bandSize({ size: Number(wide), smallest: 16, largest: 256, step: 16 })
    this.#slots = new Slots(this.#size, dynamicStart, random)
  }

  /** The address of the `kubernetes` Service. */
  get first(): string {
    return this.#format(0)
  }

  /** Throws {@link AllocationError}. */
  take(ip: string): void {
    const slot = this.#slotOf(ip)
    if (slot === undefined) {
      throw new AllocationError(
        `provided IP is not in the valid range. The range of valid IPs is ${this.#cidr}`,
      )
    }
    if (!this.#slots.take(slot)) throw new AllocationError('provided IP is already allocated')
  }

  takeAny(): string {
    return this.#format(this.#slots.takeAny())
  }

  free(ip: string): void {
    const slot = this.#slotOf(ip)
    if (slot !== undefined) this.#slots.free(slot)
  }

  #slotOf(ip: string): number | undefined {
    const value = toNumber(ip)
    if (value === undefined || familyOf(ip) !== this.family) return undefined
    const slot = value - this.#base
    return slot >= 0n && slot < BigInt(this.#size) ? Number(slot) : undefined
  }

  #format(slot: number): string {
    const value = this.#base + BigInt(slot)
    return this.family === 'IPv4' ? formatV4(value) : formatV6(value)
  }
}

/** Ports of nodes, whatever the protocol. */
export class PortPool {
  /** Those that were known to be held when it was last asked. */
  #known: ReadonlySet<number> = new Set()
  readonly #first: number
  readonly #last: number
  readonly #slots: Slots

  constructor(range: { readonly first: number; readonly last: number }, random: () => number) {
    this.#first = range.first
    this.#last = range.last
    const size = range.last - range.first + 1
    const dynamicStart = bandSize({ size, smallest: 16, largest: 128, step: 32 })
    this.#slots = new Slots(size, dynamicStart, random)
  }

  /** Throws {@link AllocationError}. */
  take(port: number): void {
    if (port < this.#first || port > this.#last) {
      throw new AllocationError(
        `provided port is not in the valid range. The range of valid ports is ${this.#first}-${this.#last}`,
      )
    }
    if (!this.#slots.take(port - this.#first)) {
      throw new AllocationError('provided port is already allocated')
    }
  }

  /** All ports that the cluster's Services hold, as was just read. */
  know(ports: ReadonlySet<number>): void {
    const slots = new Set([...ports].map((port) => port - this.#first))
    this.#slots.know(this.#known, slots)
    this.#known = slots
  }

  takeAny(): number {
    return this.#first + this.#slots.takeAny()
  }

  free(port: number): void {
    this.#slots.free(port - this.#first)
  }
}

/** How much of the low end is left to those who ask for a certain one. */
function bandSize(rule: { size: number; smallest: number; largest: number; step: number }): number {
  const { size, smallest, largest, step } = rule
  if (size <= smallest) return 0
  return Math.min(Math.max(smallest, Math.floor(size / step)), largest)
}

function parseCidr(cidr: string): { family: 'IPv4' | 'IPv6'; base: bigint; bits: bigint } {
  const [address = '', length = ''] = cidr.split('/')
  const family = must(familyOf(address), `${cidr} is not an IP range`)
  const value = must(toNumber(address), `${cidr} is not an IP range`)
  const bits = BigInt((family === 'IPv4' ? 32 : 128) - Number(length))
  return { family, base: (value >> bits) << bits, bits }
}

function toNumber(ip: string): bigint | undefined {
  const bytes = parseIp(ip)
  if (bytes === undefined) return undefined
  const own = ip.includes(':') ? bytes : bytes.subarray(12)
  return own.reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n)
}

function formatV4(value: bigint): string {
  return [24n, 16n, 8n, 0n].map((shift) => (value >> shift) & 0xffn).join('.')
}

/** RFC 5952: the longest run of zero groups is left out. */
function formatV6(value: bigint): string {
  const groups = Array.from({ length: 8 }, (_, i) => (value >> BigInt(112 - 16 * i)) & 0xffffn)
  const text = groups.map((group) => group.toString(16)).join(':')
  const runs = [...text.matchAll(/(?:^|:)(?:0(?::0)+)(?=:|$)/g)]
  const [longest] = runs.sort((a, b) => b[0].length - a[0].length || a.index - b.index)
  if (longest === undefined) return text
  const head = text.slice(0, longest.index)
  const tail = text.slice(longest.index + longest[0].length + 1)
  return `${head}::${tail}`
}
