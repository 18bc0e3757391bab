/**
 * A call that failed, and whether the server may have acted on it: a write may be sent again only when
 * it certainly was not done.
 */
import { GrpcError, type GrpcCode } from '#base/grpc-error.ts'

export class CallError extends GrpcError {
  /** The call may have taken effect, or may still. */
  readonly maybeDone: boolean

  constructor(code: GrpcCode, details: string, maybeDone: boolean) {
    super(code, details)
    this.maybeDone = maybeDone
  }
}

/** It was never sent, or the server says that it did not look at it. */
export function unsent(details: string): CallError {
  return new CallError('Unavailable', details, false)
}

/** Codes with which etcd refuses a request before it is proposed, or by its outcome. */
const refusals: ReadonlySet<GrpcCode> = new Set([
  'InvalidArgument',
  'NotFound',
  'AlreadyExists',
  'PermissionDenied',
  'ResourceExhausted',
  'FailedPrecondition',
  'OutOfRange',
  'Unimplemented',
  'Unauthenticated',
])

/**
 * Unavailable, and yet certainly not done: told before anything is proposed.
 * etcd: api/v3rpc/rpctypes/error.go and server/etcdserver/api/v3rpc/interceptor.go.
 */
const refusalTexts: ReadonlySet<string> = new Set([
  'etcdserver: no leader',
  'etcdserver: not capable',
  'etcdserver: rpc not supported for learner',
])

/** What the server answered. */
export function answered(code: GrpcCode, details: string): CallError {
  return new CallError(code, details, !refusals.has(code) && !refusalTexts.has(details))
}

/** Another member, or the same one later, may answer. */
export function isPassing({ code, details }: GrpcError): boolean {
  if (code === 'Unavailable' || code === 'DeadlineExceeded' || code === 'Aborted') return true
  return code === 'ResourceExhausted' && details === 'etcdserver: too many requests'
}
