/** What another server answers to a review is decoded like anything else from outside: by its type. */
import { decodeValue } from '#api/decode.ts'
import { typeSchema } from '#api/schema.ts'

/**
 * The status of a review, empty if it has none; `type` is `authentication/v1.TokenReview`, whose older versions answer the same.
 * Throws an Error that says what is wrong.
 */
export function reviewStatus<T>(answer: unknown, type: string): Partial<T> {
  const schema = typeSchema(type)
  if (schema === undefined) throw new Error(`the schema has no ${type}`)
  return decodeValue<{ readonly status?: Partial<T> }>(schema, answer).object.status ?? {}
}
