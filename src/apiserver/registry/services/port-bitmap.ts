/**
 * The node ports that are taken, in one stored RangeAllocation: bit n of a number stands for the n-th port
 * of the range. Writers race by its revision.
 * Upstream: pkg/registry/core/service/allocator/bitmap.go and storage/storage.go.
 */
import type { Revision, Storage } from '#storage/storage.ts'

const key = '/registry/ranges/servicenodeports'

interface Stored {
  readonly bits: bigint
  /** Undefined: nothing was stored yet. */
  readonly revision: Revision | undefined
}

export class PortBitmap {
  readonly #storage: Storage
  readonly #first: number
  readonly #last: number

  constructor(storage: Storage, range: { readonly first: number; readonly last: number }) {
    this.#storage = storage
    this.#first = range.first
    this.#last = range.last
  }

  /** False: somebody has it. */
  async take(port: number): Promise<boolean> {
    const bit = this.#bitOf(port)
    return this.#change((bits) => ((bits & bit) === 0n ? bits | bit : undefined))
  }

  async free(ports: readonly number[]): Promise<void> {
    const mask = ports.reduce((sum, port) => sum | this.#bitOf(port), 0n)
    await this.#change((bits) => ((bits & mask) === 0n ? undefined : bits & ~mask))
  }

  async taken(): Promise<ReadonlySet<number>> {
    const { bits } = await this.#read()
    const ports = new Set<number>()
    for (let port = this.#first; port <= this.#last; port++) {
      if ((bits & this.#bitOf(port)) !== 0n) ports.add(port)
    }
    return ports
  }

  /** False: there is nothing to change. */
  async #change(next: (bits: bigint) => bigint | undefined): Promise<boolean> {
    for (;;) {
      const { bits, revision } = await this.#read()
      const changed = next(bits)
      if (changed === undefined) return false
      const value = { bytes: this.#encode(changed) }
      const outcome =
        revision === undefined
          ? await this.#storage.create(key, value)
          : await this.#storage.update(key, value, revision)
      if (outcome.ok) return true // each lost race was another's win
    }
  }

  async #read(): Promise<Stored> {
    const entry = await this.#storage.get(key)
    if (entry === undefined) return { bits: 0n, revision: undefined }
    const { range, data } = JSON.parse(Buffer.from(entry.value.bytes).toString()) as {
      range: string
      data: string
    }
    // Of another range the numbers mean other ports: it is filled anew from the Services.
    const isOurs = range === this.#range
    const hex = isOurs ? Buffer.from(data, 'base64').toString('hex') : ''
    return { bits: hex === '' ? 0n : BigInt(`0x${hex}`), revision: entry.revision }
  }

  #encode(bits: bigint): Buffer {
    const hex = bits.toString(16)
    const data = Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, 'hex').toString('base64')
    const identity = { kind: 'RangeAllocation', apiVersion: 'v1', metadata: {} }
    return Buffer.from(JSON.stringify({ ...identity, range: this.#range, data }))
  }

  get #range(): string {
    return `${this.#first}-${this.#last}`
  }

  /** Ports outside of the range have no bit. */
  #bitOf(port: number): bigint {
    return port < this.#first || port > this.#last ? 0n : 1n << BigInt(port - this.#first)
  }
}
