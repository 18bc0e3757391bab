/**
 * Volume sources that pods and PersistentVolumes share, as far as they are more than plain fields.
 * Upstream: pkg/apis/core/validation/validation.go, validate…VolumeSource.
 */
import type {
  AWSElasticBlockStoreVolumeSource,
  AzureDiskVolumeSource,
  FCVolumeSource,
  FlexVolumeSource,
  FlockerVolumeSource,
  GCEPersistentDiskVolumeSource,
  HostPathVolumeSource,
  ISCSIVolumeSource,
  NFSVolumeSource,
  QuobyteVolumeSource,
  StorageOSVolumeSource,
} from '#api/core/v1.gen.ts'
import { invalidValue, notSupported, required, tooLong } from '#api/meta/field-error.ts'
import { validateDns1123Subdomain } from '#api/meta/names.ts'
import {
  checkInRange,
  checkLabel1123,
  checkRequired,
  checkSupported,
  empty,
  refuse,
  type Errors,
} from './checks.ts'
import { checkNoBacksteps } from './paths.ts'

/** Adds a Required error for each of the named fields that is empty. */
export function checkRequiredFields(
  source: object,
  fields: readonly string[],
  path: string,
  errors: Errors,
): void {
  for (const field of fields) {
    const value = (source as Readonly<Record<string, unknown>>)[field]
    const missing = Array.isArray(value) ? value.length === 0 : empty(value as string | undefined)
    if (missing) errors.push(required(`${path}.${field}`, ''))
  }
}

const hostPathTypes = [
  '',
  'BlockDevice',
  'CharDevice',
  'Directory',
  'DirectoryOrCreate',
  'File',
  'FileOrCreate',
  'Socket',
]

export function checkHostPath(source: HostPathVolumeSource, path: string, errors: Errors): void {
  if (empty(source.path)) {
    errors.push(required(`${path}.path`, ''))
    return
  }
  checkNoBacksteps(source.path, `${path}.path`, errors)
  checkSupported(source.type, hostPathTypes, `${path}.type`, errors)
}

export function checkNfs(source: NFSVolumeSource, path: string, errors: Errors): void {
  checkRequiredFields(source, ['server', 'path'], path, errors)
  if (!(source.path ?? '').startsWith('/')) {
    errors.push(invalidValue(`${path}.path`, source.path ?? '', 'must be an absolute path'))
  }
}

const partitions = { min: 0, max: 255 }
const partitionOutOfRange = 'must be between 1 and 255, inclusive'

export function checkDisk(
  source: GCEPersistentDiskVolumeSource | AWSElasticBlockStoreVolumeSource,
  name: 'pdName' | 'volumeID',
  path: string,
  errors: Errors,
): void {
  checkRequiredFields(source, [name], path, errors)
  const partition = source.partition ?? 0
  if (partition < partitions.min || partition > partitions.max) {
    errors.push(invalidValue(`${path}.partition`, partition, partitionOutOfRange))
  }
}

type Iscsi = Pick<
  ISCSIVolumeSource,
  'targetPortal' | 'iqn' | 'lun' | 'chapAuthDiscovery' | 'chapAuthSession' | 'initiatorName'
> & { readonly secretRef?: { readonly name?: string } }

const initiators: Readonly<Record<string, RegExp>> = {
  iqn: /^iqn\.\d{4}-\d{2}\.([0-9a-z-.]+)(:([^,;*&$|\s]+))$/,
  eui: /^eui\.[0-9a-f]{16}$/i,
  naa: /^naa\.[0-9a-f]{32}$/i,
}

/** `strangeFormat` is how upstream words it when the name begins with no known type. */
export function checkIscsi(
  source: Iscsi,
  strangeFormat: string,
  path: string,
  errors: Errors,
): void {
  checkRequired(source.targetPortal, `${path}.targetPortal`, errors)
  if (empty(source.iqn)) errors.push(required(`${path}.iqn`, ''))
  else checkInitiator(source.iqn, strangeFormat, `${path}.iqn`, errors)
  checkInRange(source.lun, partitions, `${path}.lun`, errors)
  const authenticates = source.chapAuthDiscovery === true || source.chapAuthSession === true
  if (authenticates && source.secretRef === undefined) {
    errors.push(required(`${path}.secretRef`, ''))
  }
  if (source.initiatorName !== undefined) {
    checkInitiator(source.initiatorName, strangeFormat, `${path}.initiatorname`, errors)
  }
}

function checkInitiator(name: string, strange: string, path: string, errors: Errors): void {
  const format = initiators[name.slice(0, 3)]
  if (format === undefined) errors.push(invalidValue(path, name, strange))
  else if (!format.test(name)) errors.push(invalidValue(path, name, 'must be valid format'))
}

export const iscsiNameTooLong =
  'Total length of <volume name>:<iscsi.targetPortal> must be under 64 characters if iscsi.initiatorName is specified.'

export function isIscsiNameTooLong(source: Iscsi, volumeName: string): boolean {
  const length = `${volumeName}:${source.targetPortal ?? ''}`.length
  return source.initiatorName !== undefined && length > 64
}

export function checkFlocker(source: FlockerVolumeSource, path: string, errors: Errors): void {
  if (empty(source.datasetName) && empty(source.datasetUUID)) {
    errors.push(required(path, 'one of datasetName and datasetUUID is required'))
  } else if (!empty(source.datasetName) && !empty(source.datasetUUID)) {
    errors.push(
      invalidValue(
        path,
        'resource',
        'datasetName and datasetUUID can not be specified simultaneously',
      ),
    )
  }
  if ((source.datasetName ?? '').includes('/')) {
    errors.push(invalidValue(`${path}.datasetName`, source.datasetName, "must not contain '/'"))
  }
}

const hostAndPort = /^(?:\[[^\]]*\]|[^:]*):[^:]*$/
const registries = 'must be a host:port pair or multiple pairs separated by commas'

export function checkQuobyte(source: QuobyteVolumeSource, path: string, errors: Errors): void {
  if (empty(source.registry)) errors.push(required(`${path}.registry`, registries))
  else if ((source.tenant ?? '').length >= 65) {
    errors.push(
      required(`${path}.tenant`, 'must be a UUID and may not exceed a length of 64 characters'),
    )
  } else {
    for (const pair of source.registry.split(',')) {
      if (hostAndPort.test(pair)) continue
      errors.push(invalidValue(`${path}.registry`, source.registry, registries))
    }
  }
  checkRequired(source.volume, `${path}.volume`, errors)
}

export function checkFibreChannel(source: FCVolumeSource, path: string, errors: Errors): void {
  const targets = source.targetWWNs ?? []
  const ids = source.wwids ?? []
  const here = `${path}.targetWWNs`
  if (targets.length === 0 && ids.length === 0) {
    errors.push(required(here, 'must specify either targetWWNs or wwids, but not both'))
  }
  if (targets.length === 0) return
  if (ids.length > 0) {
    errors.push(
      invalidValue(here, targets, 'targetWWNs and wwids can not be specified simultaneously'),
    )
  }
  if (source.lun === undefined) {
    errors.push(required(`${path}.lun`, 'lun is required if targetWWNs is specified'))
  } else checkInRange(source.lun, partitions, `${path}.lun`, errors)
}

export function checkFlexVolume(
  source: Pick<FlexVolumeSource, 'driver' | 'options'>,
  path: string,
  errors: Errors,
): void {
  checkRequired(source.driver, `${path}.driver`, errors)
  for (const key of Object.keys(source.options ?? {})) {
    const namespace = `.${(key.split('/')[0] as string).toLowerCase()}`
    if (namespace.endsWith('.kubernetes.io') || namespace.endsWith('.k8s.io')) {
      const detail = 'kubernetes.io and k8s.io namespaces are reserved'
      errors.push(invalidValue(`${path}.options[${key}]`, key, detail))
    }
  }
}

const managedDisks =
  '/subscriptions/{sub-id}/resourcegroups/{group-name}/providers/microsoft.compute/disks/{disk-id}'
const blobDisks = 'https://{account-name}.blob.core.windows.net/{container-name}/{disk-name}.vhd'

export function checkAzureDisk(source: AzureDiskVolumeSource, path: string, errors: Errors): void {
  checkRequiredFields(source, ['diskName', 'diskURI'], path, errors)
  const caching = ['None', 'ReadOnly', 'ReadWrite']
  checkSupported(source.cachingMode, caching, `${path}.cachingMode`, errors)
  checkSupported(source.kind, ['Dedicated', 'Managed', 'Shared'], `${path}.kind`, errors)
  const uri = source.diskURI ?? ''
  if (source.kind === 'Managed' && !uri.startsWith('/subscriptions/')) {
    errors.push(notSupported(`${path}.diskURI`, uri, [managedDisks]))
  }
  if (source.kind !== undefined && source.kind !== 'Managed' && !uri.startsWith('https://')) {
    errors.push(notSupported(`${path}.diskURI`, uri, [blobDisks]))
  }
}

/** A reference to a Secret: `name`, and for PersistentVolumes `namespace`, must be there. */
export function checkSecretReference(
  reference: object | undefined,
  fields: readonly ('name' | 'namespace')[],
  path: string,
  errors: Errors,
): void {
  if (reference !== undefined) checkRequiredFields(reference, fields, `${path}.secretRef`, errors)
}

export function checkStorageOs(
  source: Pick<StorageOSVolumeSource, 'volumeName' | 'volumeNamespace'>,
  path: string,
  errors: Errors,
): void {
  if (empty(source.volumeName)) errors.push(required(`${path}.volumeName`, ''))
  else checkLabel1123(source.volumeName, `${path}.volumeName`, errors)
  if (!empty(source.volumeNamespace)) {
    checkLabel1123(source.volumeNamespace, `${path}.volumeNamespace`, errors)
  }
}

const driverNameMax = 63

export function checkCsiDriverName(name: string | undefined, path: string, errors: Errors): void {
  const driver = name ?? ''
  if (driver === '') errors.push(required(path, ''))
  if (driver.length > driverNameMax) errors.push(tooLong(path, driver, driverNameMax))
  refuse(errors, path, driver, validateDns1123Subdomain(driver.toLowerCase()))
}
