/** Upstream: pkg/registry/storage/csidriver/strategy.go, pkg/apis/storage/validation/validation.go. */
import type { CSIDriver, CSIDriverSpec } from '#api/storage/v1.gen.ts'
import { duplicate, invalidValue, required, type FieldError } from '#api/meta/field-error.ts'
import { csidrivers as type } from '#api/resources.gen.ts'
import { checkImmutable, checkSupported, type Errors } from './checks/checks.ts'
import { ageColumn, booleanColumn, nameColumn, stringColumn } from './columns.ts'
import { raiseGeneration } from './generation.ts'
import { subdomainName } from './names.ts'
import { defineResource, type Column } from './resource.ts'
import { served } from './served.ts'

type Flag = 'attachRequired' | 'podInfoOnMount' | 'storageCapacity' | 'requiresRepublish'

export const csiDrivers = defineResource<CSIDriver>({
  ...served(type),
  hasGeneration: true,
  allowUnconditionalUpdate: false,
  returnsDeletedObject: true,
  validateName: subdomainName,
  default(driver) {
    const spec = (driver.spec ??= {})
    spec.attachRequired ??= true
    spec.podInfoOnMount ??= false
    spec.storageCapacity ??= false
    spec.fsGroupPolicy ??= 'ReadWriteOnceWithFSType'
    spec.requiresRepublish ??= false
    spec.seLinuxMount ??= false
    if ((spec.volumeLifecycleModes ?? []).length === 0) spec.volumeLifecycleModes = ['Persistent']
  },
  prepareForUpdate(next, prior) {
    raiseGeneration(next, prior, ['spec'])
  },
  validate,
  validateUpdate(next, prior) {
    const errors: FieldError[] = [...validate(next)]
    for (const field of ['attachRequired', 'volumeLifecycleModes'] as const) {
      checkImmutable(next.spec?.[field], prior.spec?.[field], `spec.${field}`, errors)
    }
    return errors
  },
  columns: [
    nameColumn(),
    flag(
      'AttachRequired',
      'attachRequired',
      'attachRequired indicates this CSI volume driver requires an attach operation.',
    ),
    flag(
      'PodInfoOnMount',
      'podInfoOnMount',
      'podInfoOnMount indicates this CSI volume driver requires additional pod information during mount operations, if set to true.',
    ),
    flag(
      'StorageCapacity',
      'storageCapacity',
      'storageCapacity indicates that the CSI volume driver wants pod scheduling to consider the storage capacity that the driver deployment will report.',
    ),
    stringColumn(
      'TokenRequests',
      "tokenRequests indicates the CSI driver needs pods' service account tokens it is mounting volume for to do necessary authentication.",
      ({ spec }) => spec?.tokenRequests?.map(({ audience }) => audience).join(',') ?? '<unset>',
    ),
    flag(
      'RequiresRepublish',
      'requiresRepublish',
      'requiresRepublish indicates the CSI driver wants `NodePublishVolume` being periodically called to reflect any possible change in the mounted volume.',
    ),
    stringColumn(
      'Modes',
      'volumeLifecycleModes defines what kind of volumes this CSI volume driver supports.',
      ({ spec }) => (spec?.volumeLifecycleModes ?? []).join(',') || '<none>',
    ),
    ageColumn(),
  ],
})

function flag(name: string, field: Flag, description: string): Column<CSIDriver> {
  return booleanColumn(name, description, ({ spec }) => spec?.[field] ?? field === 'attachRequired')
}

const groupPolicies = ['File', 'None', 'ReadWriteOnceWithFSType']
const lifecycleModes = ['Ephemeral', 'Persistent']
const tokenSecondsMin = 10 * 60
const tokenSecondsMax = 2 ** 32

function validate(driver: CSIDriver): readonly FieldError[] {
  const errors: FieldError[] = []
  const spec = driver.spec ?? {}
  for (const field of ['attachRequired', 'podInfoOnMount', 'storageCapacity'] as const) {
    if (spec[field] === undefined) errors.push(required(`spec.${field}`, ''))
  }
  checkSupported(spec.fsGroupPolicy, groupPolicies, 'spec.fsGroupPolicy', errors)
  checkTokenRequests(spec, errors)
  spec.volumeLifecycleModes?.forEach((mode) => {
    checkSupported(mode, lifecycleModes, 'spec.volumeLifecycleModes', errors)
  })
  const seconds = spec.nodeAllocatableUpdatePeriodSeconds
  if (seconds !== undefined && seconds < 10) {
    const detail = 'must be greater than or equal to 10 seconds'
    errors.push(invalidValue('spec.nodeAllocatableUpdatePeriodSeconds', seconds, detail))
  }
  return errors
}

function checkTokenRequests({ tokenRequests = [] }: CSIDriverSpec, errors: Errors): void {
  const audiences = new Set<string>()
  tokenRequests.forEach(({ audience, expirationSeconds: seconds }, at) => {
    const path = `spec.tokenRequests[${at}]`
    if (audiences.has(audience)) errors.push(duplicate(`${path}.audience`, audience))
    audiences.add(audience)
    if (seconds === undefined) return
    const here = `${path}.expirationSeconds`
    if (seconds < tokenSecondsMin) {
      const detail = 'may not specify a duration less than 10 minutes'
      errors.push(invalidValue(here, seconds, detail))
    }
    if (seconds > tokenSecondsMax) {
      const detail = 'may not specify a duration larger than 2^32 seconds'
      errors.push(invalidValue(here, seconds, detail))
    }
  })
}
