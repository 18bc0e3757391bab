/**
 * Checks that most kinds share. Each adds what it finds to `errors`, in upstream's order and words.
 * Upstream: staging/src/k8s.io/apimachinery/pkg/api/validation, pkg/apis/core/validation/validation.go.
 */
import {
  forbiddenField,
  invalidValue,
  notSupported,
  required,
  type FieldError,
} from '#api/meta/field-error.ts'
import {
  validateDns1123Label,
  validateDns1123Subdomain,
  validateLabelValue,
  validatePortName,
  validatePortNumber,
  validateQualifiedName,
} from '#api/meta/names.ts'
import { semanticEqual } from './equality.ts'

export type Errors = FieldError[]

export const notNegative = 'must be greater than or equal to 0'
export const positive = 'must be greater than 0'
export const fieldImmutable = 'field is immutable'

/** One Invalid error for each message of a name check. */
export function refuse(
  errors: Errors,
  path: string,
  value: unknown,
  messages: readonly string[],
): void {
  for (const message of messages) errors.push(invalidValue(path, value, message))
}

export function checkLabel1123(value: string, path: string, errors: Errors): void {
  refuse(errors, path, value, validateDns1123Label(value))
}

export function checkSubdomain(value: string, path: string, errors: Errors): void {
  refuse(errors, path, value, validateDns1123Subdomain(value))
}

export function checkQualifiedName(value: string, path: string, errors: Errors): void {
  refuse(errors, path, value, validateQualifiedName(value))
}

/** A name that must be there and be a DNS subdomain. */
export function checkRequiredSubdomain(
  value: string | undefined,
  path: string,
  errors: Errors,
): void {
  if (empty(value)) errors.push(required(path, ''))
  else checkSubdomain(value, path, errors)
}

export function checkRequired(value: string | undefined, path: string, errors: Errors): void {
  if (empty(value)) errors.push(required(path, ''))
}

/** Required, and one of the supported values, which the message names in the order given. */
export function checkEnum(
  value: string | undefined,
  supported: readonly string[],
  path: string,
  errors: Errors,
): void {
  if (empty(value)) errors.push(required(path, ''))
  else checkSupported(value, supported, path, errors)
}

/** As checkEnum, but the field may be absent. */
export function checkSupported(
  value: string | undefined,
  supported: readonly string[],
  path: string,
  errors: Errors,
): void {
  if (value === undefined || supported.includes(value)) return
  errors.push(notSupported(path, value, supported))
}

export function checkNotNegative(value: number | undefined, path: string, errors: Errors): void {
  if (value !== undefined && value < 0) errors.push(invalidValue(path, value, notNegative))
}

export function checkInRange(
  value: number | undefined,
  range: { readonly min: number; readonly max: number },
  path: string,
  errors: Errors,
): void {
  if (value === undefined || (value >= range.min && value <= range.max)) return
  errors.push(invalidValue(path, value, inclusiveRange(range.min, range.max)))
}

export function inclusiveRange(min: number, max: number): string {
  return `must be between ${min} and ${max}, inclusive`
}

export function checkImmutable(next: unknown, prior: unknown, path: string, errors: Errors): void {
  if (!semanticEqual(next, prior)) errors.push(invalidValue(path, next, fieldImmutable))
}

export function checkLabels(
  labels: Readonly<Record<string, string>> | undefined,
  path: string,
  errors: Errors,
): void {
  if (labels === undefined) return
  for (const key in labels) {
    checkQualifiedName(key, path, errors)
    const value = labels[key] as string
    refuse(errors, path, value, validateLabelValue(value))
  }
}

const annotationsBytesMax = 256 * 1024

export function checkAnnotations(
  annotations: Readonly<Record<string, string>> | undefined,
  path: string,
  errors: Errors,
): void {
  if (annotations === undefined) return
  let bytes = 0
  for (const key in annotations) {
    // The rule is that of labels but for case: keys were once allowed in upper case.
    refuse(errors, path, key, validateQualifiedName(key.toLowerCase()))
    bytes += key.length + (annotations[key] as string).length
  }
  if (bytes > annotationsBytesMax) {
    errors.push({
      type: 'TooLong',
      field: path,
      detail: `may not be more than ${annotationsBytesMax} bytes`,
    })
  }
}

export function checkPortNumber(port: number, path: string, errors: Errors): void {
  refuse(errors, path, port, validatePortNumber(port))
}

export function checkPortNumberOrName(
  port: number | string | undefined,
  path: string,
  errors: Errors,
): void {
  if (typeof port === 'string') refuse(errors, path, port, validatePortName(port))
  else checkPortNumber(port ?? 0, path, errors)
}

const wholePercent = /^[0-9]+%$/

/** A count or a percentage; neither may be negative. */
export function checkPositiveIntOrPercent(
  value: number | string | undefined,
  path: string,
  errors: Errors,
): void {
  if (typeof value === 'number') checkNotNegative(value, path, errors)
  else if (value !== undefined && !wholePercent.test(value)) {
    errors.push(
      invalidValue(
        path,
        value,
        "a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', regex used for validation is '[0-9]+%')",
      ),
    )
  }
}

/** Upstream's IsNotMoreThan100Percent. */
export function checkNotMoreThan100Percent(
  value: number | string | undefined,
  path: string,
  errors: Errors,
): void {
  if (percentOf(value) > 100) {
    errors.push(invalidValue(path, value, 'must not be greater than 100%'))
  }
}

/** The number before `%`, or 0 for counts and for texts that are no percentage. */
export function percentOf(value: number | string | undefined): number {
  return typeof value === 'string' && wholePercent.test(value) ? Number(value.slice(0, -1)) : 0
}

export function forbidWhen(condition: boolean, path: string, detail: string, errors: Errors): void {
  if (condition) errors.push(forbiddenField(path, detail))
}

/** Go's zero string: absent counts as empty. */
export function empty(value: string | undefined | null): value is '' | undefined | null {
  return value === undefined || value === null || value === ''
}
