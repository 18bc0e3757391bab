/** How bytes reach a runtime: gRPC over a unix socket (`grpc-transport.ts`), or a fake in tests. */
export interface GrpcTransport extends AsyncDisposable {
  /** One request, one answer; rejects with a GrpcError. */
  unary(call: GrpcCall): Promise<Uint8Array>
  /** A stream of answers until the server ends it; throws a GrpcError, or ends when the signal aborts. */
  stream(call: Omit<GrpcCall, 'timeoutMs'>): AsyncIterable<Uint8Array>
}

export interface GrpcCall {
  /** `/runtime.v1.RuntimeService/Version` */
  readonly path: string
  readonly request: Uint8Array
  readonly timeoutMs: number
  readonly signal?: AbortSignal | undefined
}
