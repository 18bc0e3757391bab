/** Upstream: pkg/registry/core/configmap/strategy.go, pkg/apis/core/validation/validation.go. */
import type { ConfigMap } from '#api/core/v1.gen.ts'
import { invalidValue, tooLong, type FieldError } from '#api/meta/field-error.ts'
import { validateConfigMapKey } from '#api/meta/names.ts'
import { configmaps as type } from '#api/resources.gen.ts'
import { refuse } from './checks/checks.ts'
import { base64Bytes, dataBytesMax, utf8Bytes, checkUnchanged } from './checks/data.ts'
import { ageColumn, integerColumn, nameColumn } from './columns.ts'
import { subdomainName } from './names.ts'
import { defineResource, type Column } from './resource.ts'
import { served } from './served.ts'

export const configMaps = defineResource<ConfigMap>({
  ...served(type),
  shortNames: ['cm'],
  validateName: subdomainName,
  validate,
  validateUpdate,
  columns: [
    nameColumn(),
    asString(
      integerColumn(
        'Data',
        'Data contains the configuration data. Each key must consist of alphanumeric characters, "-", "_" or ".".',
        ({ data, binaryData }) => countKeys(data) + countKeys(binaryData),
      ),
    ),
    ageColumn(),
  ],
})

function asString<T>(column: Column<T>): Column<T> {
  return { ...column, type: 'string' }
}

function countKeys(map: object | undefined): number {
  return map === undefined ? 0 : Object.keys(map).length
}

function validate(configMap: ConfigMap): readonly FieldError[] {
  const errors: FieldError[] = []
  let bytes = 0
  const { data = {}, binaryData = {} } = configMap
  for (const key in data) {
    refuse(errors, `data[${key}]`, key, validateConfigMapKey(key))
    if (binaryData[key] !== undefined) {
      errors.push(invalidValue(`data[${key}]`, key, 'duplicate of key present in binaryData'))
    }
    bytes += utf8Bytes(data[key] as string)
  }
  for (const key in binaryData) {
    refuse(errors, `binaryData[${key}]`, key, validateConfigMapKey(key))
    bytes += base64Bytes(binaryData[key] as string)
  }
  // The empty field says that the whole object is meant.
  if (bytes > dataBytesMax) errors.push(tooLong('[]', '', dataBytesMax))
  return errors
}

function validateUpdate(next: ConfigMap, prior: ConfigMap): readonly FieldError[] {
  const errors: FieldError[] = []
  if (prior.immutable === true) {
    checkUnchanged(next, prior, ['data', 'binaryData'], errors)
  }
  return [...errors, ...validate(next)]
}
