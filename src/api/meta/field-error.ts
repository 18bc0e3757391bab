/**
 * One wrong field, with upstream's texts.
 * Upstream: staging/src/k8s.io/apimachinery/pkg/util/validation/field/errors.go.
 */
import { goJson, goQuote } from './go-quote.ts'

export interface FieldError {
  readonly type: FieldErrorType
  /** `spec.containers[0].name` */
  readonly field: string
  /** The offending value; printed as upstream prints it for the types that show it. */
  readonly value?: unknown
  readonly detail: string
  /** Supported values, for NotSupported. */
  readonly supported?: readonly string[]
}

export type FieldErrorType = keyof typeof types

/** The words in messages, the reason in a Status' causes, and whether the value is shown. */
const types = {
  Required: { text: 'Required value', cause: 'FieldValueRequired', shown: false },
  Invalid: { text: 'Invalid value', cause: 'FieldValueInvalid', shown: true },
  NotSupported: { text: 'Unsupported value', cause: 'FieldValueNotSupported', shown: true },
  Duplicate: { text: 'Duplicate value', cause: 'FieldValueDuplicate', shown: true },
  Forbidden: { text: 'Forbidden', cause: 'FieldValueForbidden', shown: false },
  TooLong: { text: 'Too long', cause: 'FieldValueTooLong', shown: false },
  TooMany: { text: 'Too many', cause: 'FieldValueTooMany', shown: true },
  TooShort: { text: 'Too short', cause: 'FieldValueTooShort', shown: false },
  NotFound: { text: 'Not found', cause: 'FieldValueNotFound', shown: true },
  InternalError: { text: 'Internal error', cause: 'InternalError', shown: false },
  TypeInvalid: { text: 'Invalid value', cause: 'FieldValueTypeInvalid', shown: true },
} as const

/** The value of an error that does not show it: a whole object, a TooMany that names no number. */
export const omittedValue = Symbol('omitted')

export function required(field: string, detail: string): FieldError {
  return { type: 'Required', field, detail }
}

export function invalidValue(field: string, value: unknown, detail: string): FieldError {
  return { type: 'Invalid', field, value, detail }
}

export function typeInvalid(field: string, value: unknown, detail: string): FieldError {
  return { type: 'TypeInvalid', field, value, detail }
}

/** `supported` in the order in which the message names them. */
export function notSupported(
  field: string,
  value: unknown,
  supported: readonly string[],
): FieldError {
  const detail =
    supported.length === 0 ? '' : `supported values: ${supported.map(goQuote).join(', ')}`
  return { type: 'NotSupported', field, value, detail, supported }
}

export function duplicate(field: string, value: unknown): FieldError {
  return { type: 'Duplicate', field, value, detail: '' }
}

export function forbiddenField(field: string, detail: string): FieldError {
  return { type: 'Forbidden', field, detail }
}

/** `bytesMax` below 0: the message names no maximum. */
export function tooLong(field: string, value: unknown, bytesMax: number): FieldError {
  const detail = bytesMax < 0 ? 'value is too long' : `may not be more than ${bytesMax} bytes`
  return { type: 'TooLong', field, value, detail }
}

/** `count` below 0: the message names no count; `max` below 0: it names no maximum. */
export function tooMany(field: string, count: number, max: number): FieldError {
  const items = max === 1 ? 'item' : 'items'
  const detail = max < 0 ? 'has too many items' : `must have at most ${max} ${items}`
  return { type: 'TooMany', field, value: count < 0 ? omittedValue : count, detail }
}

export function notFoundValue(field: string, value: unknown): FieldError {
  return { type: 'NotFound', field, value, detail: '' }
}

export function internalFieldError(field: string, detail: string): FieldError {
  return { type: 'InternalError', field, detail }
}

/** `spec.containers[0].name: Required value: detail` */
export function message(error: FieldError): string {
  return `${error.field}: ${body(error)}`
}

/** The message without the field's name, as it stands in a Status' cause. */
export function body(error: FieldError): string {
  const { text, shown } = types[error.type]
  const value = shown && error.value !== omittedValue ? `: ${printed(error.value)}` : ''
  return `${text}${value}${error.detail === '' ? '' : `: ${error.detail}`}`
}

/** The reason in a Status' cause. */
export function causeReason(error: FieldError): string {
  return types[error.type].cause
}

/** All messages as upstream joins them: one bare, several distinct ones in brackets. */
export function aggregate(errors: readonly FieldError[]): string {
  const messages = [...new Set(errors.map(message))]
  return messages.length === 1 ? (messages[0] as string) : `[${messages.join(', ')}]`
}

function printed(value: unknown): string {
  if (value === undefined || value === null) return 'null'
  if (typeof value === 'string') return goQuote(value)
  if (typeof value === 'object') return goJson(value)
  return String(value as number | bigint | boolean)
}
