/** How a gRPC call fails: the status codes by their names, and the error that carries one. */
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

/** A call that the server refused; the message reads as Go's gRPC prints it. */
export class GrpcError extends Error {
  override readonly name = 'GrpcError'
  readonly code: GrpcCode
  /** The server's own words. */
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
