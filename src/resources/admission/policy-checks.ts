/**
 * What the two kinds of policies have in common.
 * Upstream: pkg/apis/admissionregistration/validation/validation.go.
 */
import type { ParamKind, ParamRef, Variable } from '#api/admissionregistration/v1.gen.ts'
import { forbiddenField, invalidValue, required } from '#api/meta/field-error.ts'
import {
  validateDns1035Label,
  validateDns1123Subdomain,
  validatePathSegment,
} from '#api/meta/names.ts'
import { checkEnum, refuse, type Errors } from '#resources/checks/checks.ts'
import { checkLabelSelector } from '#resources/checks/label-selector.ts'

export function checkParamKind(
  { apiVersion = '', kind = '' }: ParamKind,
  path: string,
  errors: Errors,
): void {
  if (apiVersion === '') errors.push(required(`${path}.apiVersion`, ''))
  else checkApiVersion(apiVersion, `${path}.apiVersion`, errors)
  if (kind === '') errors.push(required(`${path}.kind`, ''))
  else {
    const problems = validateDns1035Label(kind.toLowerCase())
    if (problems.length > 0) {
      const detail = `may have mixed case, but should otherwise match: ${problems.join(',')}`
      errors.push(invalidValue(`${path}.kind`, kind, detail))
    }
  }
}

function checkApiVersion(text: string, path: string, errors: Errors): void {
  const parts = text.split('/')
  if (parts.length > 2) {
    errors.push(invalidValue(path, text, `unexpected GroupVersion string: ${text}`))
    return
  }
  const version = parts.at(-1) ?? ''
  if (parts.length === 2) refuse(errors, path, parts[0], validateDns1123Subdomain(parts[0] ?? ''))
  refuse(errors, path, version, validateDns1035Label(version))
}

export function checkParamRef(ref: ParamRef, path: string, errors: Errors): void {
  const { name = '', selector } = ref
  const exclusive = 'name and selector are mutually exclusive'
  if (name !== '') {
    refuse(errors, `${path}.name`, name, validatePathSegment(name))
    if (selector !== undefined) errors.push(forbiddenField(`${path}.name`, exclusive))
  }
  if (selector !== undefined) {
    checkLabelSelector(selector, `${path}.selector`, errors)
    if (name !== '') errors.push(forbiddenField(`${path}.selector`, exclusive))
  }
  if (name === '' && selector === undefined) {
    errors.push(required(path, 'one of name or selector must be specified'))
  }
  const actions = ['Allow', 'Deny']
  checkEnum(ref.parameterNotFoundAction, actions, `${path}.parameterNotFoundAction`, errors)
}

const identifier = /^[_a-zA-Z][_a-zA-Z0-9]*$/
const reservedWords = new Set(
  (
    'as break const continue else false for function if import in let loop package namespace null ' +
    'return true var void while'
  ).split(' '),
)

export function checkVariable({ name, expression }: Variable, path: string, errors: Errors): void {
  if (name === '') errors.push(required(`${path}.name`, 'name is not specified'))
  else if (!identifier.test(name) || reservedWords.has(name)) {
    errors.push(invalidValue(`${path}.name`, name, 'name is not a valid CEL identifier'))
  }
  if (expression.trim() === '') {
    errors.push(required(`${path}.expression`, 'expression is not specified'))
  }
}

export function showParamKind(kind: ParamKind | undefined): string {
  return kind === undefined ? '<unset>' : `${kind.apiVersion ?? ''}/${kind.kind ?? ''}`
}

export function showParamRef(ref: ParamRef | undefined): string {
  if (ref === undefined) return '<unset>'
  const { namespace = '', name = '' } = ref
  return namespace === '' ? name : `${namespace}/${name}`
}
