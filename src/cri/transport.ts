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

const codes = [
  'OK',
  'Canceled',
  'Unknown',
  'InvalidArgument',
  'DeadlineExceeded',
  'NotFound',
  'AlreadyExists',
  'PermissionDenied',
  'ResourceExhausted',
  'FailedPrecondition',
  'Aborted',
  'OutOfRange',
  'Unimplemented',
  'Internal',
  'Unavailable',
  'DataLoss',
  'Unauthenticated',
] as const

export type GrpcCode = (typeof codes)[number]

/** A call that the runtime refused; the message reads as Go's gRPC prints it. */
export class GrpcError extends Error {
  override readonly name = 'GrpcError'
  readonly code: GrpcCode
  /** The runtime's own words. */
  readonly details: string

  constructor(code: GrpcCode, details: string) {
    super(`rpc error: code = ${code} desc = ${details}`)
    this.code = code
    this.details = details
  }
}

/** The name of a status code on the wire; codes that nobody defined are Unknown. */
export function grpcCode(number: number): GrpcCode {
  return codes[number] ?? 'Unknown'
}

export function isGrpc(error: unknown, code: GrpcCode): error is GrpcError {
  return error instanceof GrpcError && error.code === code
}
