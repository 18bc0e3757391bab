/**
 * The members of an etcd cluster as one: calls go to one of them as long as it answers, then to the next.
 * Staying with one keeps this server's reads, writes and watches in step with each other.
 */
import { backoffMs, jitter } from '#base/backoff.ts'
import type { Clock } from '#base/clock.ts'
import { GrpcError } from '#base/grpc-error.ts'
import type { Logger } from '#base/logger.ts'
import { CallError, isPassing, unsent } from './call-error.ts'
import { limits } from './limits.ts'
import type { Channel, Connect, Unary } from './transport.ts'

export interface MembersOptions {
  readonly endpoints: readonly string[]
  readonly connect: Connect
  readonly clock: Clock
  readonly log: Logger
  /** A number in [0, 1). */
  readonly random: () => number
}

export class Members implements Disposable {
  readonly #options: MembersOptions
  readonly #members: readonly Member[]
  readonly #closing = new AbortController()
  #current: number

  constructor(options: MembersOptions) {
    this.#options = options
    this.#members = options.endpoints.map((endpoint) => new Member(endpoint, options.connect))
    // Servers that were given the same list do not all go to its first member.
    this.#current = Math.floor(options.random() * options.endpoints.length)
  }

  /** Changes nothing, so it is repeated until somebody answers. Rejects with a GrpcError. */
  read(call: Omit<Unary, 'timeoutMs'>): Promise<Buffer> {
    const timed = { ...call, timeoutMs: limits.readAttemptMs }
    return this.#call(timed, (error) => isPassing(error))
  }

  /** Sent again only while it certainly was not done. */
  write(call: Unary): Promise<Buffer> {
    return this.#call(call, (error) => isPassing(error) && !error.maybeDone)
  }

  /** One certain member, once. */
  async ask(endpoint: string, call: Unary): Promise<Buffer> {
    const member = this.#members.find((candidate) => candidate.endpoint === endpoint)
    if (member === undefined) throw new Error(`${endpoint} is no member`)
    return (await member.channel()).unary(call)
  }

  /** For streams: connected to the member that calls go to, or to the first that takes us. */
  async channel(): Promise<Channel> {
    let failure: unknown
    for (const _ of this.#members) {
      const index = this.#current
      try {
        return await this.#member(index).channel()
      } catch (error) {
        failure = error
        this.#leave(index, error)
      }
    }
    throw failure
  }

  /** A stream to it broke: calls go elsewhere, too. */
  leave(channel: Channel, error: unknown): void {
    const index = this.#members.findIndex(({ endpoint }) => endpoint === channel.endpoint)
    this.#leave(index, error)
  }

  /** The pause after so many failures in a row. */
  async pause(failures: number, signal?: AbortSignal): Promise<void> {
    const { clock, random } = this.#options
    const ms = jitter(backoffMs(limits.retry, failures), limits.retryJitter, random)
    const { signal: closing } = this.#closing
    await clock.sleep(ms, signal === undefined ? closing : AbortSignal.any([signal, closing]))
  }

  [Symbol.dispose](): void {
    this.#closing.abort()
    for (const member of this.#members) member[Symbol.dispose]()
  }

  async #call(call: Unary, mayRepeat: (error: CallError) => boolean): Promise<Buffer> {
    const { clock } = this.#options
    const deadlineMs = clock.monotonicMs() + limits.readTotalMs
    for (let failures = 1; ; failures++) {
      const index = this.#current
      try {
        return await this.#member(index).unary(call)
      } catch (error) {
        if (!(error instanceof CallError) || this.#closing.signal.aborted) throw error
        if (isPassing(error)) this.#leave(index, error)
        if (!mayRepeat(error) || clock.monotonicMs() >= deadlineMs) throw error
      }
      // Each member gets its turn before there is a pause.
      const round = failures / this.#members.length
      if (Number.isInteger(round)) await this.pause(round)
    }
  }

  #member(index: number): Member {
    const member = this.#members[index]
    if (member === undefined) throw new GrpcError('Internal', 'there is no etcd member')
    return member
  }

  #leave(index: number, error: unknown): void {
    if (index !== this.#current || this.#closing.signal.aborted) return
    this.#current = (index + 1) % this.#members.length
    const from = this.#member(index).endpoint
    const to = this.#member(this.#current).endpoint
    if (from === to) return
    this.#options.log.warning('Left an etcd member for another', { from, to, why: String(error) })
  }
}

/** One member, connected when it is needed; the connection is made once for all who wait. */
class Member implements Disposable {
  readonly endpoint: string
  readonly #connect: Connect
  #channel: Channel | undefined
  #connecting: Promise<Channel> | undefined
  #isClosed = false

  constructor(endpoint: string, connect: Connect) {
    this.endpoint = endpoint
    this.#connect = connect
  }

  unary(call: Unary): Promise<Buffer> {
    const channel = this.#channel
    if (channel?.isOpen === true) return channel.unary(call)
    return this.channel().then((opened) => opened.unary(call))
  }

  async channel(): Promise<Channel> {
    if (this.#channel?.isOpen === true) return this.#channel
    this.#connecting ??= this.#open().finally(() => (this.#connecting = undefined))
    return this.#connecting
  }

  [Symbol.dispose](): void {
    this.#isClosed = true
    this.#channel?.[Symbol.dispose]()
  }

  async #open(): Promise<Channel> {
    const channel = await this.#connect(this.endpoint)
    if (this.#isClosed) {
      channel[Symbol.dispose]()
      throw unsent('the store is closed')
    }
    this.#channel?.[Symbol.dispose]()
    this.#channel = channel
    return channel
  }
}
