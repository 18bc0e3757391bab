/** References to objects in any version. Upstream: pkg/apis/autoscaling/validation/validation.go. */
import type { CrossVersionObjectReference } from '#api/autoscaling/v2.gen.ts'
import { invalidValue, required } from '#api/meta/field-error.ts'
import { validatePathSegment } from '#api/meta/names.ts'
import { refuse, type Errors } from '#resources/checks/checks.ts'

interface ReferenceOptions {
  readonly errors: Errors
  readonly needsGroup: boolean
  /** It was so before: its version is not looked at. */
  readonly isKept: boolean
}

export function checkReference(
  { apiVersion = '', kind, name }: CrossVersionObjectReference,
  path: string,
  { errors, needsGroup, isKept }: ReferenceOptions,
): void {
  checkSegment(kind, `${path}.kind`, errors)
  checkSegment(name, `${path}.name`, errors)
  if (isKept) return
  const problem = versionProblem(apiVersion, needsGroup)
  if (problem !== undefined) errors.push(invalidValue(`${path}.apiVersion`, apiVersion, problem))
}

function versionProblem(apiVersion: string, needsGroup: boolean): string | undefined {
  if (apiVersion.split('/').length > 2) return `unexpected GroupVersion string: ${apiVersion}`
  const hasGroup = apiVersion.includes('/') && !apiVersion.startsWith('/')
  return needsGroup && !hasGroup ? 'apiVersion must specify API group' : undefined
}

function checkSegment(value: string, path: string, errors: Errors): void {
  if (value === '') errors.push(required(path, ''))
  else refuse(errors, path, value, validatePathSegment(value))
}
