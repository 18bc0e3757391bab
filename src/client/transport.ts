/**
 * How a client reaches an API server: over HTTPS (`https-transport.ts`) or in the same process
 * (`apiserver/in-memory-transport.ts`), where objects pass without being encoded. Objects that come out
 * of a transport are shared and must not be changed: copy before you edit.
 */
export interface Transport {
  /** One request, one answer; rejects with a StatusError when the server answers a failure. */
  request(request: ApiRequest): Promise<ApiResponse>
  /** A watch: ends when the server ends it or the signal aborts; throws StatusError (410 …). */
  watch(request: ApiRequest): AsyncIterable<WatchEvent>
}

export interface ApiRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** Without the query, for example `/api/v1/namespaces/default/pods`. */
  readonly path: string
  readonly query?: Readonly<Record<string, string>>
  readonly headers?: Readonly<Record<string, string>>
  /** Sent as JSON. */
  readonly body?: unknown
  readonly signal?: AbortSignal
}

export interface ApiResponse {
  readonly status: number
  readonly body: unknown
  /** The texts of Warning headers. */
  readonly warnings: readonly string[]
}

export interface WatchEvent<T = unknown> {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK'
  readonly object: T
}
