/**
 * A watch over HTTP: events as lines until the time is up, the client goes or falls too far behind.
 * Upstream: staging/src/k8s.io/apiserver/pkg/endpoints/handlers/watch.go, v1.36.
 */
import { StatusError } from '#api/meta/status.ts'
import type { Status } from '#api/meta/v1.gen.ts'
import type { Clock } from '#base/clock.ts'
import type { CacheEvent, WatchSink } from '#apiserver/registry/registry.ts'
import type { WatchAnswer } from './answer.ts'
import type { FrameBatch } from './encode/watch-frames.ts'
import type { Exchange, ReplyHeaders, ReplyStream } from './exchange.ts'
import { limits } from './limits.ts'
import type { Outgoing, WatchOutbox } from './watch-outbox.ts'

export interface WatchReply {
  readonly exchange: Exchange
  readonly answer: WatchAnswer
  readonly frame: FrameBatch
  readonly errorFrame: (status: Status) => Uint8Array
  readonly headers: ReplyHeaders
  readonly outbox: WatchOutbox
  readonly clock: Clock
  /** Ends the watch in good order: the server closes. */
  readonly closing: AbortSignal
}

/** Resolves when the watch is over. Rejects, with nothing written, when it could not be established. */
export async function streamWatch(reply: WatchReply): Promise<void> {
  const stream = new WatchStream(reply)
  try {
    await stream.run()
  } finally {
    stream.stop()
  }
}

class WatchStream implements WatchSink, Outgoing {
  readonly #reply: WatchReply
  readonly #abort = new AbortController()
  readonly #over = Promise.withResolvers<void>()
  readonly #timer: Disposable
  readonly #close = (): void => this.#finish()
  #stream: ReplyStream | undefined
  /** Frames of this turn. */
  #pending: Uint8Array[] = []
  #isOver = false

  constructor(reply: WatchReply) {
    this.#reply = reply
    reply.exchange.onClose(this.#close)
    reply.closing.addEventListener('abort', this.#close, { once: true })
    this.#timer = reply.clock.after(reply.answer.timeoutMs, this.#close)
  }

  async run(): Promise<void> {
    try {
      await this.#reply.answer.start(this, this.#abort.signal)
    } catch (error) {
      if (!this.#isOver) throw error // its time was up while it waited for a revision to come
    }
    const isBegun = this.#stream !== undefined
    const stream = this.#open()
    if (this.#isOver && !isBegun) stream.end()
    await this.#over.promise
  }

  stop(): void {
    this.#timer[Symbol.dispose]()
    this.#reply.closing.removeEventListener('abort', this.#close)
    this.#abort.abort()
  }

  events(batch: readonly CacheEvent[]): void {
    if (this.#isOver) return
    this.#pending.push(this.#reply.frame(batch))
    this.#reply.outbox.add(this)
  }

  flush(): void {
    if (this.#isOver) return
    const stream = this.#write()
    if (stream.bufferedBytes <= limits.watchBufferBytesMax) return
    stream.destroy()
    this.#finish()
  }

  end(failure?: Error): void {
    if (failure instanceof StatusError) this.#pending.push(this.#reply.errorFrame(failure.status))
    this.#finish()
  }

  #write(): ReplyStream {
    const stream = this.#open()
    const [first, ...rest] = this.#pending
    this.#pending = []
    if (first !== undefined)
      stream.write(rest.length === 0 ? first : Buffer.concat([first, ...rest]))
    return stream
  }

  #open(): ReplyStream {
    this.#stream ??= this.#reply.exchange.stream(200, this.#reply.headers)
    return this.#stream
  }

  #finish(): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#abort.abort()
    if (this.#pending.length > 0) this.#write()
    this.#stream?.end()
    this.#over.resolve()
  }
}
