/** What a request comes to, before anybody knows how it is written on the wire. */
import type { Resource } from '#resources/resource.ts'
import type { CachedObject, ListPage, WatchSink } from '#apiserver/registry/registry.ts'

export type Answer =
  /** A stored object. */
  | {
      readonly type: 'object'
      readonly status: number
      readonly cached: CachedObject
      readonly resource: Resource
    }
  | { readonly type: 'list'; readonly page: ListPage; readonly resource: Resource }
  | WatchAnswer
  /** An object that was made for this request. */
  | {
      readonly type: 'value'
      readonly status: number
      readonly value: object
      /** Whose columns a Table of it has; absent: it has no Table. */
      readonly resource?: Resource
    }
  | RawAnswer

export interface WatchAnswer {
  readonly type: 'watch'
  readonly resource: Resource
  readonly timeoutMs: number
  /** Resolves when the watch is established; events flow until the signal aborts. */
  start(sink: WatchSink, signal: AbortSignal): Promise<void>
}

export interface RawAnswer {
  readonly type: 'raw'
  readonly status: number
  readonly headers: Readonly<Record<string, string | readonly string[]>>
  readonly body: Uint8Array | string | AsyncIterable<Uint8Array>
}

/** A short text, as Go's `http.Error` and the health endpoints write it. */
export function plainText(status: number, text: string): RawAnswer {
  return {
    type: 'raw',
    status,
    headers: { 'content-type': 'text/plain; charset=utf-8', 'x-content-type-options': 'nosniff' },
    body: text,
  }
}
