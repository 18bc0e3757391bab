/**
 * Failures that a user can cause, as the API says them.
 * Upstream: staging/src/k8s.io/apimachinery/pkg/api/errors/errors.go.
 */
import type { Status, StatusCause, StatusDetails } from '#api/meta/v1.gen.ts'
import { aggregate, body, causeReason, type FieldError } from './field-error.ts'
import { goQuote } from './go-quote.ts'

export interface GroupResource {
  /** '' for the core group. */
  readonly group: string
  readonly resource: string
}

export interface GroupKind {
  readonly group: string
  readonly kind: string
}

/** Every reason with its HTTP status code. */
const codes = {
  BadRequest: 400,
  Unauthorized: 401,
  Forbidden: 403,
  NotFound: 404,
  MethodNotAllowed: 405,
  NotAcceptable: 406,
  AlreadyExists: 409,
  Conflict: 409,
  Gone: 410,
  Expired: 410,
  RequestEntityTooLarge: 413,
  UnsupportedMediaType: 415,
  Invalid: 422,
  TooManyRequests: 429,
  InternalError: 500,
  ServerTimeout: 500,
  StoreReadError: 500,
  ServiceUnavailable: 503,
  Timeout: 504,
} as const

export type StatusReason = keyof typeof codes

export class StatusError extends Error {
  override readonly name = 'StatusError'
  readonly status: Status

  constructor(status: Status) {
    super(status.message)
    this.status = status
  }

  get code(): number {
    return this.status.code ?? 500
  }

  get reason(): string {
    return this.status.reason ?? ''
  }
}

/** Whether `error` is a Status with this reason. */
export function isStatus(error: unknown, reason: StatusReason): error is StatusError {
  return error instanceof StatusError && error.status.reason === reason
}

/** The error for a Status that a server sent. */
export function statusErrorFrom(status: Status): StatusError {
  return new StatusError(status)
}

/** `deployments.apps`, or `pods` in the core group. */
export function formatGroupResource({ group, resource }: GroupResource): string {
  return group === '' ? resource : `${resource}.${group}`
}

function formatGroupKind({ group, kind }: GroupKind): string {
  return group === '' ? kind : `${kind}.${group}`
}

export function badRequest(message: string): StatusError {
  return failure('BadRequest', message)
}

export function unauthorized(message = 'Unauthorized'): StatusError {
  return failure('Unauthorized', message)
}

/** An empty `name` speaks of the collection, an empty resource of the request. */
export function forbidden(resource: GroupResource, name: string, detail: string): StatusError {
  const what = resource.resource === '' ? '' : formatGroupResource(resource)
  const subject = what === '' ? '' : name === '' ? `${what} is ` : `${what} ${goQuote(name)} is `
  return failure('Forbidden', `${subject}forbidden: ${detail}`, about(resource, name))
}

export function notFound(resource: GroupResource, name: string): StatusError {
  const text = `${formatGroupResource(resource)} ${goQuote(name)} not found`
  return failure('NotFound', text, about(resource, name))
}

export function alreadyExists(resource: GroupResource, name: string): StatusError {
  const text = `${formatGroupResource(resource)} ${goQuote(name)} already exists`
  return failure('AlreadyExists', text, about(resource, name))
}

/** A generated name collided too often. */
export function generateNameConflict(
  resource: GroupResource,
  name: string,
  retryAfterSeconds: number,
): StatusError {
  const text = `${formatGroupResource(resource)} ${goQuote(name)} already exists, the server was not able to generate a unique name for the object`
  return failure('AlreadyExists', text, { ...about(resource, name), retryAfterSeconds })
}

/** `detail` as in {@link modified}, or why else the write cannot go on. */
export function conflict(resource: GroupResource, name: string, detail: string): StatusError {
  const text = `Operation cannot be fulfilled on ${formatGroupResource(resource)} ${goQuote(name)}: ${detail}`
  return failure('Conflict', text, about(resource, name))
}

/** The detail of a conflict whose cause is a stale resourceVersion. */
export const modified =
  'the object has been modified; please apply your changes to the latest version and try again'

/** Server-side apply against fields that others own. */
export function applyConflict(causes: readonly StatusCause[], message: string): StatusError {
  return failure('Conflict', message, { causes: [...causes] })
}

export function invalid(kind: GroupKind, name: string, errors: readonly FieldError[]): StatusError {
  const subject = `${formatGroupKind(kind)} ${goQuote(name)} is invalid`
  return failure('Invalid', errors.length === 0 ? subject : `${subject}: ${aggregate(errors)}`, {
    ...about({ group: kind.group, resource: kind.kind }, name),
    ...(errors.length > 0 && { causes: errors.map(cause) }),
  })
}

function cause(error: FieldError): StatusCause {
  return { reason: causeReason(error), message: body(error), field: error.field }
}

/** 410: the resourceVersion or continue token is too old. */
export function expired(message: string): StatusError {
  return failure('Expired', message)
}

export function gone(message: string): StatusError {
  return failure('Gone', message)
}

export function methodNotSupported(resource: GroupResource, verb: string): StatusError {
  const text = `${verb} is not supported on resources of kind ${goQuote(formatGroupResource(resource))}`
  return failure('MethodNotAllowed', text, about(resource, ''))
}

export function notAcceptable(accepted: readonly string[]): StatusError {
  const text = `only the following media types are accepted: ${accepted.join(', ')}`
  return failure('NotAcceptable', text)
}

export function unsupportedMediaType(accepted: readonly string[]): StatusError {
  const text = `the body of the request was in an unknown format - accepted media types include: ${accepted.join(', ')}`
  return failure('UnsupportedMediaType', text)
}

export function requestEntityTooLarge(detail: string): StatusError {
  return failure('RequestEntityTooLarge', `Request entity is too large: ${detail}`)
}

export function tooManyRequests(message: string, retryAfterSeconds: number): StatusError {
  return failure('TooManyRequests', message, retryAfterSeconds > 0 ? { retryAfterSeconds } : {})
}

/** 504: the request ran out of time. */
export function timeout(detail: string, retryAfterSeconds = 0): StatusError {
  const details = retryAfterSeconds > 0 ? { retryAfterSeconds } : {}
  return failure('Timeout', `Timeout: ${detail}`, details)
}

/** The operation may be tried again. */
export function serverTimeout(
  resource: GroupResource,
  operation: string,
  retryAfterSeconds: number,
): StatusError {
  const text = `The ${operation} operation against ${formatGroupResource(resource)} could not be completed at this time, please try again.`
  return failure('ServerTimeout', text, {
    ...about(resource, operation),
    ...(retryAfterSeconds > 0 && { retryAfterSeconds }),
  })
}

export function internalError(error: unknown): StatusError {
  const text = error instanceof Error ? error.message : String(error)
  return failure('InternalError', `Internal error occurred: ${text}`, {
    causes: [{ message: text }],
  })
}

/** A failure in words of its own, of which nothing more is known. */
export function bareFailure(code: number, message: string, reason?: StatusReason): StatusError {
  return new StatusError({
    kind: 'Status',
    apiVersion: 'v1',
    metadata: emptyListMeta(),
    status: 'Failure',
    message,
    ...(reason !== undefined && { reason }),
    code,
  })
}

export function serviceUnavailable(message: string): StatusError {
  return failure('ServiceUnavailable', message)
}

/** The words of failures about which a server says no more than the code. */
const generic: Readonly<Record<number, readonly [StatusReason, string]>> = {
  400: ['BadRequest', 'the server rejected our request for an unknown reason'],
  401: ['Unauthorized', 'the server has asked for the client to provide credentials'],
  404: ['NotFound', 'the server could not find the requested resource'],
  405: ['MethodNotAllowed', 'the server does not allow this method on the requested resource'],
  406: [
    'NotAcceptable',
    'the server was unable to respond with a content type that the client supports',
  ],
  409: ['Conflict', 'the server reported a conflict'],
  422: ['Invalid', 'the server rejected our request due to an error in our request'],
  429: [
    'TooManyRequests',
    'the server has received too many requests and has asked us to try again later',
  ],
  503: ['ServiceUnavailable', 'the server is currently unable to handle the request'],
  504: [
    'Timeout',
    'the server was unable to return a response in the time allotted, but may still be processing the request',
  ],
}

export interface ServerResponse {
  readonly code: number
  /** HTTP method, for the message. */
  readonly verb?: string
  readonly resource?: GroupResource
  readonly name?: string
  /** What the server wrote, for codes whose message is in its words. */
  readonly serverMessage?: string
  /** The body was not a Status: keep it as a cause. */
  readonly unexpected?: boolean
}

/** A failure of which only the HTTP code is known. */
export function genericServerResponse(response: ServerResponse): StatusError {
  const { code, verb = '', resource, name = '', serverMessage = '' } = response
  const [reason, text] = genericText(code, verb, serverMessage)
  const subject = resource === undefined ? [] : [verb.toLowerCase(), formatGroupResource(resource)]
  if (resource !== undefined && name !== '') subject.push(name)
  return new StatusError({
    kind: 'Status',
    apiVersion: 'v1',
    metadata: emptyListMeta(),
    status: 'Failure',
    message: subject.length === 0 ? text : `${text} (${subject.join(' ')})`,
    ...(reason !== '' && { reason }),
    details: {
      ...(resource !== undefined && about(resource, name)),
      ...(response.unexpected === true && {
        causes: [{ reason: 'UnexpectedServerResponse', message: serverMessage }],
      }),
    },
    code,
  })
}

function genericText(
  code: number,
  verb: string,
  serverMessage: string,
): readonly [StatusReason | '', string] {
  if (code === 403) return ['Forbidden', serverMessage]
  if (code === 415) return ['UnsupportedMediaType', serverMessage]
  if (code === 409 && verb === 'POST') return ['AlreadyExists', 'the server reported a conflict']
  const known = generic[code]
  if (known !== undefined) return known
  if (code >= 500) {
    const text = `an error on the server (${goQuote(serverMessage)}) has prevented the request from succeeding`
    return ['InternalError', text]
  }
  const text = `the server responded with the status code ${code} but did not return more information`
  return ['', text]
}

function about({ group, resource }: GroupResource, name: string): StatusDetails {
  return {
    ...(name !== '' && { name }),
    ...(group !== '' && { group }),
    ...(resource !== '' && { kind: resource }),
  }
}

function failure(reason: StatusReason, message: string, details?: StatusDetails): StatusError {
  return new StatusError({
    kind: 'Status',
    apiVersion: 'v1',
    metadata: emptyListMeta(),
    status: 'Failure',
    message,
    reason,
    ...(details !== undefined && { details }),
    code: codes[reason],
  })
}

/** A Status' metadata is written `{}`; the generated type asks for a resourceVersion that it has not. */
function emptyListMeta(): Status['metadata'] {
  return {} as Status['metadata']
}
