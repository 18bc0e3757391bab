/**
 * Finds upstreams that only send our questions back to us: each is asked once for a name that nobody else
 * can know. Upstream: coredns plugin/loop.
 */
import { Buffer } from 'node:buffer'
import type { Clock } from '#base/clock.ts'
import type { Logger } from '#base/logger.ts'
import { exchange } from './exchange.ts'
import type { Upstream } from './exchange.ts'
import { limits } from './limits.ts'
import { encodeQuestion } from './wire.ts'

export interface LoopGuardOptions {
  readonly clock: Clock
  random(): number
  readonly log: Logger
}

export class LoopGuard {
  readonly #options: LoopGuardOptions
  /** The names of probes under way; true: it came back. */
  readonly #probes = new Map<string, boolean>()

  constructor(options: LoopGuardOptions) {
    this.#options = options
  }

  /** Whether a question is one of our own probes. */
  isProbe(name: string): boolean {
    if (!this.#probes.has(name)) return false
    this.#probes.set(name, true)
    return true
  }

  /** Whether questions to this upstream come back to this server. */
  async isLoop(upstream: Upstream, signal: AbortSignal): Promise<boolean> {
    const { clock, log } = this.#options
    const name = `${this.#number()}.${this.#number()}`
    this.#probes.set(name, false)
    try {
      const message = Buffer.from(encodeQuestion(this.#number() & 0xffff, name, 'HINFO'))
      const timeoutMs = limits.loopProbeMs
      await exchange({ upstream, transport: 'udp', message, timeoutMs, clock, signal })
    } catch (error) {
      log.v(4)?.info('a probe for loops was not answered', { err: String(error) })
    }
    const cameBack = this.#probes.get(name) === true
    this.#probes.delete(name)
    return cameBack
  }

  #number(): number {
    return Math.floor(this.#options.random() * 2 ** 31)
  }
}
