/** Upstream: pkg/registry/storage/csinode/strategy.go, pkg/apis/storage/validation/validation.go. */
import type { CSINode, CSINodeDriver } from '#api/storage/v1.gen.ts'
import { duplicate, invalidValue, required, type FieldError } from '#api/meta/field-error.ts'
import { csinodes as type } from '#api/resources.gen.ts'
import {
  checkImmutable,
  checkNotNegative,
  checkQualifiedName,
  type Errors,
} from './checks/checks.ts'
import { checkCsiDriverName } from './checks/storage-sources.ts'
import { ageColumn, integerColumn, nameColumn } from './columns.ts'
import { subdomainName } from './names.ts'
import { defineResource } from './resource.ts'
import { served } from './served.ts'

export const csiNodes = defineResource<CSINode>({
  ...served(type),
  allowUnconditionalUpdate: false,
  returnsDeletedObject: true,
  validateName: subdomainName,
  default(node) {
    node.spec ??= { drivers: [] }
    node.spec.drivers ??= []
  },
  validate,
  validateUpdate(next, prior) {
    const errors: FieldError[] = [...validate(next)]
    for (const before of prior.spec?.drivers ?? []) {
      const after = next.spec?.drivers.find(({ name }) => name === before.name)
      if (after === undefined) continue
      const { allocatable: _after, ...kept } = after
      const { allocatable: _before, ...had } = before
      checkImmutable(kept, had, 'spec.drivers', errors)
    }
    return errors
  },
  columns: [
    nameColumn(),
    integerColumn(
      'Drivers',
      'Drivers indicates the number of CSI drivers registered on the node',
      ({ spec }) => spec?.drivers?.length ?? 0,
    ),
    ageColumn(),
  ],
})

const nodeIdMax = 256

function validate({ spec }: CSINode): readonly FieldError[] {
  const errors: FieldError[] = []
  const drivers = spec?.drivers ?? []
  drivers.forEach((driver, at) => {
    const path = `spec.drivers[${at}]`
    checkDriver(driver, path, errors)
    if (drivers.findIndex(({ name }) => name === driver.name) < at) {
      errors.push(duplicate(`${path}.name`, driver.name))
    }
    checkTopologyKeys(driver.topologyKeys ?? [], path, errors)
  })
  return errors
}

function checkDriver(driver: CSINodeDriver, path: string, errors: Errors): void {
  checkCsiDriverName(driver.name, `${path}.name`, errors)
  const nodeId = driver.nodeID ?? ''
  if (nodeId === '') errors.push(required(`${path}.nodeID`, ''))
  if (nodeId.length > nodeIdMax) {
    const detail = `must be ${nodeIdMax} characters or less`
    errors.push(invalidValue(`${path}.nodeID`, nodeId, detail))
  }
  checkNotNegative(driver.allocatable?.count, `${path}.allocatable.count`, errors)
}

function checkTopologyKeys(keys: readonly string[], path: string, errors: Errors): void {
  keys.forEach((key, at) => {
    if (key === '') errors.push(required(path, ''))
    if (keys.indexOf(key) < at) errors.push(duplicate(path, key))
    checkQualifiedName(key, path, errors)
  })
}
