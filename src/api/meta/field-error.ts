/**
 * One wrong field, with upstream's texts.
 * Upstream: staging/src/k8s.io/apimachinery/pkg/util/validation/field/errors.go.
 */
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

export type FieldErrorType =
  | 'Required'
  | 'Invalid'
  | 'NotSupported'
  | 'Duplicate'
  | 'Forbidden'
  | 'TooLong'
  | 'TooMany'
  | 'NotFound'
  | 'InternalError'
  | 'TypeInvalid'
