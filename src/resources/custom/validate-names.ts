/**
 * Upstream: staging/src/k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/validation/validation.go
 * (ValidateCustomResourceDefinitionNames), v1.36.
 */
import type { CustomResourceDefinitionNames } from '#api/apiextensions/v1.gen.ts'
import { invalidValue, required, type FieldError } from '#api/meta/field-error.ts'
import { validateDns1035Label } from '#api/meta/names.ts'

export function requiredNamesErrors(
  names: CustomResourceDefinitionNames,
  path: string,
): readonly FieldError[] {
  return (['plural', 'singular', 'kind', 'listKind'] as const)
    .filter((field) => (names[field] ?? '') === '')
    .map((field) => required(`${path}.${field}`, ''))
}

export function namesErrors(
  names: CustomResourceDefinitionNames,
  path: string,
): readonly FieldError[] {
  const { kind, listKind = '', shortNames = [], categories = [] } = names
  return [
    ...labelErrors(names.plural, `${path}.plural`),
    ...labelErrors(names.singular ?? '', `${path}.singular`),
    ...kindErrors(kind, `${path}.kind`),
    ...kindErrors(listKind, `${path}.listKind`),
    ...shortNames.flatMap((name, index) => labelErrors(name, `${path}.shortNames[${index}]`, true)),
    ...(kind !== '' && kind === listKind
      ? [invalidValue(`${path}.listKind`, listKind, 'kind and listKind may not be the same')]
      : []),
    ...categories.flatMap((name, index) => labelErrors(name, `${path}.categories[${index}]`, true)),
  ]
}

function labelErrors(name: string, path: string, isGiven = name !== ''): readonly FieldError[] {
  const problems = isGiven ? validateDns1035Label(name) : []
  return problems.length === 0 ? [] : [invalidValue(path, name, problems.join(','))]
}

function kindErrors(kind: string, path: string): readonly FieldError[] {
  const problems = kind === '' ? [] : validateDns1035Label(kind.toLowerCase())
  if (problems.length === 0) return []
  const text = `may have mixed case, but should otherwise match: ${problems.join(',')}`
  return [invalidValue(path, kind, text)]
}
