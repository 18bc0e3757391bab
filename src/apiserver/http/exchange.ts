/**
 * One request and its answer, the same for HTTP/1.1 and HTTP/2: everything above this file knows nothing
 * of either. `http1.ts` and `http2.ts` make exchanges, `listener.ts` accepts them.
 */
import type { IncomingHttpHeaders } from 'node:http'
import type { Connection } from './connection.ts'

export type ReplyHeaders = Record<string, string | readonly string[] | number>

export interface Exchange {
  readonly method: string
  /** Path and query as sent. */
  readonly url: string
  readonly headers: IncomingHttpHeaders
  /** Name, value, name, value …, as sent. */
  readonly rawHeaders: readonly string[]
  readonly httpVersion: '1.1' | '2.0'
  readonly connection: Connection
  readonly body: AsyncIterable<Uint8Array>
  /** Aborts when the client is gone, or when the exchange is cancelled. */
  readonly signal: AbortSignal
  /** Whether an answer was begun. */
  readonly replied: boolean
  /** The whole answer; the pieces of the body are sent one after the other. */
  reply(status: number, headers: ReplyHeaders, body: readonly Uint8Array[]): void
  /** An answer in pieces. */
  stream(status: number, headers: ReplyHeaders): ReplyStream
  /** The connection takes no further requests; call it before the answer. */
  lastOfConnection(): void
  /** Aborts the signal with this reason. */
  cancel(reason: Error): void
  /** Cuts the exchange off: its answer cannot be written. */
  destroy(): void
  /** Runs once, when the answer was handed over whole or the client is gone. */
  onClose(closed: () => void): void
}

export interface ReplyStream {
  write(bytes: Uint8Array): void
  /** What the client has not taken yet. */
  readonly bufferedBytes: number
  /** Resolves when writing may go on, or the client is gone. */
  drained(): Promise<void>
  end(): void
  /** Cuts the answer off, so that the client sees an error. */
  destroy(): void
}

export function bytesIn(body: readonly Uint8Array[]): number {
  let length = 0
  for (const piece of body) length += piece.length
  return length
}

/** The signal of an exchange, made when first asked for: most reads never do. */
export class LazySignal {
  #controller: AbortController | undefined
  #reason: Error | undefined

  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController()
      if (this.#reason !== undefined) this.#controller.abort(this.#reason)
    }
    return this.#controller.signal
  }

  abort(reason: Error): void {
    if (this.#reason !== undefined) return
    this.#reason = reason
    this.#controller?.abort(reason)
  }
}

export class ClientGoneError extends Error {
  override readonly name = 'ClientGoneError'
}
