/** Upstream: pkg/apis/storage/validation/validation.go, validateParameters. */
import { invalidValue, tooLong } from '#api/meta/field-error.ts'
import { utf8Bytes } from './data.ts'
import type { Errors } from './checks.ts'

const countMax = 512
const bytesMax = 256 * 1024

export function checkParameters(
  parameters: Readonly<Record<string, string>>,
  path: string,
  errors: Errors,
): void {
  if (Object.keys(parameters).length > countMax) {
    errors.push(tooLong(path, '', countMax))
    return
  }
  let bytes = 0
  for (const key in parameters) {
    if (key === '') errors.push(invalidValue(path, key, 'field can not be empty.'))
    bytes += utf8Bytes(key) + utf8Bytes(parameters[key] as string)
  }
  if (bytes > bytesMax) errors.push(tooLong(path, '', bytesMax))
}
