/**
 * Questions about other names go to the host's own resolvers, as CoreDNS's forward plugin does: in random
 * order, the next when one does not answer. An upstream that fails again and again is left alone for a
 * while, so that clients hear a quick SERVFAIL and not nothing.
 */
import type { Clock } from '#base/clock.ts'
import type { Logger } from '#base/logger.ts'
import { backoffMs } from '#base/backoff.ts'
import { exchange } from './exchange.ts'
import type { Transport, Upstream } from './exchange.ts'
import { limits } from './limits.ts'

export interface ForwarderOptions {
  readonly upstreams: readonly Upstream[]
  readonly clock: Clock
  /** 0 ≤ random() < 1. */
  random(): number
  readonly log: Logger
}

export type Forwarded =
  | { readonly kind: 'answer'; readonly message: Buffer }
  /** No upstream answered. */
  | { readonly kind: 'failed' }
  /** Too much is under way. */
  | { readonly kind: 'busy' }

interface State {
  readonly upstream: Upstream
  failures: number
  restsUntilMs: number
}

export class Forwarder {
  readonly #options: ForwarderOptions
  readonly #states: State[]
  #underWay = 0

  constructor(options: ForwarderOptions) {
    this.#options = options
    this.#states = options.upstreams.map((upstream) => ({
      upstream,
      failures: 0,
      restsUntilMs: 0,
    }))
  }

  get upstreams(): readonly Upstream[] {
    return this.#states.map(({ upstream }) => upstream)
  }

  /** Never asks this one again: its answers come from ourselves. */
  remove(upstream: Upstream): void {
    const index = this.#states.findIndex((state) => state.upstream === upstream)
    if (index !== -1) this.#states.splice(index, 1)
  }

  /** Sends `message` under an id of its own; the answer carries the original id. */
  async forward(message: Buffer, transport: Transport, signal: AbortSignal): Promise<Forwarded> {
    if (this.#underWay >= limits.forwardsMax) return { kind: 'busy' }
    this.#underWay++
    try {
      return await this.#tryAll(message, transport, signal)
    } finally {
      this.#underWay--
    }
  }

  async #tryAll(original: Buffer, transport: Transport, signal: AbortSignal): Promise<Forwarded> {
    const { clock, log } = this.#options
    const endMs = clock.monotonicMs() + limits.upstreamTotalMs
    for (const state of this.#candidates()) {
      const timeoutMs = Math.min(limits.upstreamTryMs, endMs - clock.monotonicMs())
      if (timeoutMs <= 0 || signal.aborted) break
      const message = Buffer.from(original)
      message.writeUInt16BE(Math.floor(this.#options.random() * 0x10000), 0)
      try {
        const { upstream } = state
        const request = { upstream, transport, message, timeoutMs, clock, signal }
        const answer = Buffer.from(await exchange(request))
        answer.writeUInt16BE(original.readUInt16BE(0), 0)
        state.failures = 0
        return { kind: 'answer', message: answer }
      } catch (error) {
        if (signal.aborted) break
        this.#failed(state)
        log.v(2)?.info('an upstream did not answer', { err: String(error) })
      }
    }
    return { kind: 'failed' }
  }

  /** In random order; those that rest only come when their time is over. */
  #candidates(): State[] {
    const nowMs = this.#options.clock.monotonicMs()
    return this.#states
      .filter((state) => state.restsUntilMs <= nowMs)
      .map((state) => ({ state, order: this.#options.random() }))
      .toSorted((a, b) => a.order - b.order)
      .map(({ state }) => state)
  }

  #failed(state: State): void {
    state.failures++
    const beyond = state.failures - limits.upstreamFailuresMax
    if (beyond < 0) return
    const { upstreamRestMsMin: initialMs, upstreamRestMsMax: maxMs } = limits
    state.restsUntilMs =
      this.#options.clock.monotonicMs() + backoffMs({ initialMs, maxMs, factor: 2 }, beyond + 1)
  }
}
