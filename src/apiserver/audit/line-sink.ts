/**
 * Events on their way to a backend: at once, or gathered in batches.
 * Upstream: staging/src/k8s.io/apiserver/plugin/pkg/audit/buffered/buffered.go, v1.36.
 */
import type { Clock } from '#base/clock.ts'
import { TokenBucket } from '#base/token-bucket.ts'
import type { Rate } from '#base/token-bucket.ts'
import type { AuditSink } from './auditor.ts'
import type { AuditEvent } from './event.ts'
import { limits } from './limits.ts'

/** Where encoded events end. */
export interface LineBackend extends AsyncDisposable {
  /** Throws or rejects when they could not be kept. */
  write(lines: readonly Buffer[]): void | Promise<void>
}

export const modes = ['batch', 'blocking', 'blocking-strict'] as const
export type Mode = (typeof modes)[number]

/** `--audit-*-batch-*` */
export interface BatchOptions {
  readonly bufferSize: number
  readonly sizeMax: number
  readonly waitMs: number
  /** Of batches; absent: as many as there are. */
  readonly throttle?: Rate
  /** Nobody sees where one batch ends and the next begins: those that are due go together. */
  readonly isStream: boolean
}

export interface LineSinkOptions {
  readonly backend: LineBackend
  readonly encode: (event: AuditEvent) => Buffer
  /** Absent: who tells of an event waits until it is kept. */
  readonly batch?: BatchOptions
  readonly clock: Clock
  /** Events of a batch that could not be kept. */
  readonly onLost: (error: unknown, events: number) => void
}

/** Disposing it sends what waits, and disposes of the backend. */
export function lineSink(options: LineSinkOptions): AuditSink {
  const { backend, encode, batch } = options
  if (batch !== undefined) return new BatchSink(options, batch)
  return {
    write: (event) => backend.write([encode(event)]),
    [Symbol.asyncDispose]: () => backend[Symbol.asyncDispose](),
  }
}

const never = new AbortController().signal

class BatchSink implements AuditSink {
  readonly #options: LineSinkOptions
  readonly #batch: BatchOptions
  readonly #throttle: TokenBucket | undefined
  readonly #sending = new Set<Promise<void>>()
  #lines: Buffer[] = []
  #bytes = 0
  #timer: Disposable | undefined
  #draining: Promise<void> | undefined
  /** What waits goes, though it be less than a batch. */
  #isDue = false
  #isClosing = false

  constructor(options: LineSinkOptions, batch: BatchOptions) {
    this.#options = options
    this.#batch = batch
    const { throttle } = batch
    this.#throttle = throttle && new TokenBucket(throttle, options.clock)
  }

  write(event: AuditEvent): void {
    const line = this.#options.encode(event)
    const isFull = this.#lines.length >= this.#batch.bufferSize
    if (isFull || this.#bytes + line.length > limits.bufferedBytesMax) {
      throw new Error('audit buffer queue blocked')
    }
    this.#lines.push(line)
    this.#bytes += line.length
    this.#arrange()
  }

  /** A whole batch goes after this turn of the event loop, less than one when it has waited. */
  #arrange(): void {
    const { sizeMax, waitMs } = this.#batch
    if (this.#draining !== undefined) return
    if (this.#lines.length >= sizeMax) {
      this.#draining = new Promise<void>((resolve) => setImmediate(resolve)).then(() =>
        this.#drain(),
      )
    } else if (this.#lines.length > 0) {
      this.#timer ??= this.#options.clock.after(waitMs, () => {
        this.#isDue = true
        this.#draining ??= Promise.resolve().then(() => this.#drain())
      })
    }
  }

  async #drain(): Promise<void> {
    this.#timer?.[Symbol.dispose]()
    this.#timer = undefined
    while (this.#lines.length >= this.#batch.sizeMax || (this.#isDue && this.#lines.length > 0)) {
      const waitMs = this.#isClosing ? 0 : (this.#throttle?.take() ?? 0)
      if (waitMs > 0) await this.#options.clock.sleep(waitMs, never)
      if (this.#sending.size >= limits.sendingMax) await Promise.race(this.#sending)
      this.#send(this.#take())
    }
    this.#isDue = false
    this.#draining = undefined
    this.#arrange()
  }

  #take(): readonly Buffer[] {
    const { sizeMax, isStream } = this.#batch
    const whole = this.#lines.length - (this.#lines.length % sizeMax)
    const all = this.#isDue ? this.#lines.length : whole
    const taken = this.#lines.splice(0, isStream ? all : sizeMax)
    for (const { length } of taken) this.#bytes -= length
    return taken
  }

  #send(lines: readonly Buffer[]): void {
    const lost = (error: unknown): void => this.#options.onLost(error, lines.length)
    try {
      const writing = this.#options.backend.write(lines)
      if (writing === undefined) return
      const sending = writing.catch(lost).finally(() => this.#sending.delete(sending))
      this.#sending.add(sending)
    } catch (error) {
      lost(error)
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosing = true
    this.#isDue = true
    await this.#draining
    this.#isDue = true
    await this.#drain()
    this.#timer?.[Symbol.dispose]()
    await this.#options.backend[Symbol.asyncDispose]()
    await Promise.all(this.#sending)
  }
}
