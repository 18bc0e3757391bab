/** Answers of upstreams, kept for as long as they say, but not long: wire form in, wire form out. */
import type { Clock } from '#base/clock.ts'
import { limits } from './limits.ts'
import { ttlOffsets } from './wire.ts'
import type { Query } from './wire.ts'

interface Entry {
  readonly message: Buffer
  readonly ttls: readonly { readonly offset: number; readonly ttl: number }[]
  readonly storedMs: number
  readonly expiresMs: number
}

const serverFailure = 2
const nameError = 3

export class AnswerCache {
  readonly #clock: Clock
  /** The least recently used first. */
  readonly #entries = new Map<string, Entry>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  get size(): number {
    return this.#entries.size
  }

  /** The answer to this query, its TTLs counted down. */
  get(query: Query): Buffer | undefined {
    const key = keyOf(query)
    const entry = this.#entries.get(key)
    if (entry === undefined) return undefined
    this.#entries.delete(key)
    const nowMs = this.#clock.monotonicMs()
    if (nowMs >= entry.expiresMs) return undefined
    this.#entries.set(key, entry)
    const message = Buffer.from(entry.message)
    message.writeUInt16BE(query.id, 0)
    // The same name, in the spelling of this client.
    query.question.copy(message, 12)
    const age = Math.floor((nowMs - entry.storedMs) / 1000)
    for (const { offset, ttl } of entry.ttls) {
      message.writeUInt32BE(Math.max(0, ttl - age), offset)
    }
    return message
  }

  /** Keeps what may be kept: not what is cut, nor what says nothing about how long it holds. */
  put(query: Query, message: Buffer): void {
    const seconds = cacheSeconds(message)
    const ttls = ttlOffsets(message)
    if (seconds <= 0 || ttls === undefined) return
    const storedMs = this.#clock.monotonicMs()
    const key = keyOf(query)
    this.#entries.delete(key)
    this.#entries.set(key, { message, ttls, storedMs, expiresMs: storedMs + seconds * 1000 })
    if (this.#entries.size <= limits.cacheEntriesMax) return
    const [oldest] = this.#entries.keys()
    if (oldest !== undefined) this.#entries.delete(oldest)
  }
}

function cacheSeconds(message: Buffer): number {
  const flags = message.readUInt16BE(2)
  if ((flags & 0x0200) !== 0) return 0
  const code = flags & 15
  if (code === serverFailure) return limits.cacheFailureSeconds
  if (code !== 0 && code !== nameError) return 0
  const ttls = (ttlOffsets(message) ?? []).map(({ ttl }) => ttl)
  return ttls.length === 0 ? 0 : Math.min(limits.cacheTtlSecondsMax, ...ttls)
}

function keyOf({ lowerName, type, class: dnsClass, edns }: Query): string {
  const dialect = edns === undefined ? '' : edns.dnssecOk ? 'do' : 'edns'
  return `${lowerName} ${type} ${dnsClass} ${dialect}`
}
