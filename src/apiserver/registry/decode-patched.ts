/**
 * Checks the result of a patch against the type, as a body is checked.
 * Upstream: staging/src/k8s.io/apiserver/pkg/endpoints/handlers/patch.go.
 */
import {
  decodeValue,
  DecodeError,
  strictDecodingMessage,
  type Decoded,
  type FieldValidation,
} from '#api/decode.ts'
import { invalidValue } from '#api/meta/field-error.ts'
import { invalid, type StatusError } from '#api/meta/status.ts'
import type { Json } from '#api/patch/patch-error.ts'
import type { ApiObject } from '#api/resource-type.ts'
import type { StructType } from '#api/schema.ts'
import type { Call } from './registry.ts'

interface Decodable {
  readonly type: StructType | undefined
  readonly result: Json
  /** What is wrong with the patch alone. */
  readonly patchProblems?: readonly string[]
  readonly fieldValidation: FieldValidation
}

/** The result, canonical, and the caller's own from now on. Throws Invalid. */
export function decoded(
  call: Call,
  { type, result, patchProblems = [], fieldValidation }: Decodable,
): ApiObject {
  const { object, problems: resultProblems } = decodeResult(call, type, result)
  const problems = [...patchProblems, ...resultProblems]
  if (problems.length === 0 || fieldValidation === 'Ignore') return object
  if (fieldValidation === 'Strict') throw undecodable(result, strictDecodingMessage(problems))
  for (const problem of problems) call.warn(problem)
  return object
}

function decodeResult(
  { resource: { custom }, subresource }: Call,
  type: StructType | undefined,
  result: Json,
): Decoded<ApiObject> {
  const object = result as unknown as ApiObject
  try {
    if (custom !== undefined && subresource !== 'scale') {
      return { object, problems: custom.decode(object) }
    }
    return type === undefined ? { object, problems: [] } : decodeValue<ApiObject>(type, result)
  } catch (error) {
    throw error instanceof DecodeError ? undecodable(result, error.message) : error
  }
}

function undecodable(result: Json, why: string): StatusError {
  return invalid({ group: '', kind: '' }, '', [invalidValue('patch', JSON.stringify(result), why)])
}
