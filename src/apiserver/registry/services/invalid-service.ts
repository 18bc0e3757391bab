import type { FieldError } from '#api/meta/field-error.ts'

/** Fields that allocation refuses; becomes a StatusError Invalid where the name is known. */
export class InvalidService extends Error {
  override readonly name = 'InvalidService'
  readonly errors: readonly FieldError[]

  constructor(errors: readonly FieldError[]) {
    super('the service cannot have what it asks for')
    this.errors = errors
  }
}
