/**
 * The state of a walk that validates: where it is, what it has found, and how an error is worded.
 * Upstream: k8s.io/kube-openapi/pkg/validation/errors/schema.go and
 * staging/src/k8s.io/apiextensions-apiserver/pkg/apiserver/validation/validation.go
 * (kubeOpenAPIResultToFieldErrors), v1.36.
 */
import {
  invalidValue,
  message,
  notSupported,
  required,
  tooLong,
  tooMany,
  typeInvalid,
  type FieldError,
} from '#api/meta/field-error.ts'
import { goQuote } from '#api/meta/go-quote.ts'
import { formatPath } from './prune.ts'

/**
 * Answers how much of the schema the value has met: of several alternatives that fail, the one that
 * came nearest is told. `prior` is the value before the update where the two can be compared.
 */
export type Check = (value: unknown, prior: unknown, walk: Validation) => number

export class Validation {
  readonly path: (string | number)[] = []
  /** What has not changed is not held against the writer. */
  readonly ratchets: boolean
  errors: FieldError[] = []

  constructor(ratchets: boolean) {
    this.ratchets = ratchets
  }

  /** `spec.replicas` */
  get name(): string {
    return formatPath(this.path)
  }

  /** The field of an error; upstream has none for the whole value. */
  get field(): string {
    return this.path.length === 0 ? '<nil>' : this.name
  }

  add(error: FieldError): void {
    const text = message(error)
    if (this.errors.every((known) => message(known) !== text)) this.errors.push(error)
  }

  /** `spec.replicas in body should be …` */
  invalid(value: unknown, problem: string): void {
    this.add(invalidValue(this.field, value, `${this.name} in body ${problem}`))
  }

  wrongType(wanted: string, found: string): void {
    const text = `${this.name} in body must be of type ${wanted}: ${goQuote(found)}`
    this.add(typeInvalid(this.field, found, text))
  }

  missing(key: string): void {
    this.add(required(formatPath([...this.path, key]), ''))
  }

  unsupported(value: unknown, supported: readonly unknown[]): void {
    const texts = supported.map((item) => (typeof item === 'string' ? item : JSON.stringify(item)))
    this.add(notSupported(this.field, value, texts))
  }

  tooLong(value: string, max: number): void {
    this.add(tooLong(this.field, value, max))
  }

  tooMany(count: number, max: number): void {
    this.add(tooMany(this.field, count, max))
  }

  /** Of a composition, which upstream's errors give no field. */
  composed(problem: string): void {
    this.add(invalidValue('<nil>', '', `${goQuote(this.name)} ${problem}`))
  }

  /** What the check finds, without taking it over. */
  trial(run: () => number): { readonly errors: readonly FieldError[]; readonly count: number } {
    const { errors } = this
    this.errors = []
    try {
      const count = run()
      return { errors: this.errors, count }
    } finally {
      this.errors = errors
    }
  }

  addAll(errors: readonly FieldError[]): void {
    for (const error of errors) this.add(error)
  }
}
