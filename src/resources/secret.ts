/** Upstream: pkg/registry/core/secret/strategy.go, pkg/apis/core/validation/validation.go. */
import type { Secret } from '#api/core/v1.gen.ts'
import { DecodeError, parseJson } from '#api/decode.ts'
import { invalidValue, required, tooLong, type FieldError } from '#api/meta/field-error.ts'
import { validateConfigMapKey } from '#api/meta/names.ts'
import { secrets as type } from '#api/resources.gen.ts'
import { checkImmutable, empty, refuse, type Errors } from './checks/checks.ts'
import { base64Bytes, checkUnchanged, dataBytesMax } from './checks/data.ts'
import { ageColumn, nameColumn, stringColumn } from './columns.ts'
import { subdomainName } from './names.ts'
import { defineResource } from './resource.ts'
import { served } from './served.ts'

export const secrets = defineResource<Secret>({
  ...served(type),
  validateName: subdomainName,
  default(secret) {
    takeStringData(secret)
    secret.type ||= 'Opaque'
  },
  prepareForUpdate(next, prior) {
    if (empty(next.type) && prior.type !== undefined) next.type = prior.type
  },
  validate,
  validateUpdate,
  columns: [
    nameColumn(),
    stringColumn(
      'Type',
      'Used to facilitate programmatic handling of secret data. More info: https://kubernetes.io/docs/concepts/configuration/secret/#secret-types',
      (secret) => secret.type ?? '',
    ),
    stringColumn(
      'Data',
      'Data contains the secret data. Each key must consist of alphanumeric characters, "-", "_" or ".". The serialized form of the secret data is a base64 encoded string.',
      (secret) => Object.keys(secret.data ?? {}).length,
    ),
    ageColumn(),
  ],
  selectableFields: { type: (secret) => secret.type ?? '' },
})

/** stringData is for writing only. */
function takeStringData(secret: Secret): void {
  if (secret.stringData === undefined) return
  const data = (secret.data ??= {})
  for (const key in secret.stringData) {
    data[key] = new TextEncoder().encode(secret.stringData[key]).toBase64()
  }
  delete secret.stringData
}

function validate(secret: Secret): readonly FieldError[] {
  const errors: FieldError[] = []
  const data = secret.data ?? {}
  let bytes = 0
  for (const key in data) {
    refuse(errors, `data[${key}]`, key, validateConfigMapKey(key))
    bytes += base64Bytes(data[key] as string)
  }
  if (bytes > dataBytesMax) errors.push(tooLong('data', '', dataBytesMax))
  checkType(secret, data, errors)
  return errors
}

type Data = Readonly<Record<string, string>>

const accountName = 'kubernetes.io/service-account.name'

function checkType(secret: Secret, data: Data, errors: Errors): void {
  switch (secret.type ?? '') {
    case 'kubernetes.io/service-account-token':
      if (empty(secret.metadata.annotations?.[accountName])) {
        errors.push(required(`metadata.annotations[${accountName}]`, ''))
      }
      break
    case 'kubernetes.io/dockercfg':
      checkJson(data, '.dockercfg', errors)
      break
    case 'kubernetes.io/dockerconfigjson':
      checkJson(data, '.dockerconfigjson', errors)
      break
    case 'kubernetes.io/basic-auth':
      if (data['username'] === undefined && data['password'] === undefined) {
        checkKeys(data, ['username', 'password'], errors)
      }
      break
    case 'kubernetes.io/ssh-auth':
      if (empty(data['ssh-privatekey'])) errors.push(required('data[ssh-privatekey]', ''))
      break
    case 'kubernetes.io/tls':
      checkKeys(data, ['tls.crt', 'tls.key'], errors)
      break
  }
}

function checkKeys(data: Data, keys: readonly string[], errors: Errors): void {
  for (const key of keys) if (data[key] === undefined) errors.push(required(`data[${key}]`, ''))
}

function checkJson(data: Data, key: string, errors: Errors): void {
  const encoded = data[key]
  if (encoded === undefined) {
    errors.push(required(`data[${key}]`, ''))
    return
  }
  const problem = jsonObjectProblem(new TextDecoder().decode(Uint8Array.fromBase64(encoded)))
  if (problem !== undefined) {
    errors.push(invalidValue(`data[${key}]`, '<secret contents redacted>', problem))
  }
}

/** In the words of Go's decoder. */
function jsonObjectProblem(text: string): string | undefined {
  if (text.trim() === '') return 'unexpected end of JSON input'
  try {
    const value: unknown = parseJson(text)
    if (value === null || (typeof value === 'object' && !Array.isArray(value))) return undefined
    const kind = Array.isArray(value) ? 'array' : typeof value === 'boolean' ? 'bool' : typeof value
    return `json: cannot unmarshal ${kind} into Go value of type map[string]interface {}`
  } catch (error) {
    return error instanceof DecodeError ? error.message : String(error)
  }
}

function validateUpdate(next: Secret, prior: Secret): readonly FieldError[] {
  const errors: FieldError[] = []
  checkImmutable(next.type, prior.type, 'type', errors)
  if (prior.immutable === true) checkUnchanged(next, prior, ['data'], errors)
  return [...errors, ...validate(next)]
}
