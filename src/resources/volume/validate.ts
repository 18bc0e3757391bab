/** Upstream: pkg/apis/core/validation/validation.go, ValidatePersistentVolumeSpec and its updates. */
import type { PersistentVolume, PersistentVolumeSpec, SecretReference } from '#api/core/v1.gen.ts'
import {
  forbiddenField,
  invalidValue,
  notSupported,
  required,
  type FieldError,
} from '#api/meta/field-error.ts'
import { validateDns1123Label, validateDns1123Subdomain } from '#api/meta/names.ts'
import {
  checkImmutable,
  checkSupported,
  empty,
  fieldImmutable,
  refuse,
  type Errors,
} from '#resources/checks/checks.ts'
import { difference } from '#resources/checks/difference.ts'
import { semanticEqual } from '#resources/checks/equality.ts'
import { checkNodeSelector } from '#resources/checks/node-selector.ts'
import { checkQuantityPositive } from '#resources/checks/resources.ts'
import * as storage from '#resources/checks/storage-sources.ts'
import { checkAccessModes, checkClassName, volumeModes } from '#resources/claim/validate.ts'
import { hasBacksteps } from '#resources/checks/paths.ts'

const reclaimPolicies = ['Delete', 'Recycle', 'Retain']

export function validateVolume(volume: PersistentVolume): readonly FieldError[] {
  const errors: FieldError[] = []
  const spec = volume.spec ?? {}
  const path = 'spec'
  if ((spec.accessModes ?? []).length === 0) errors.push(required(`${path}.accessModes`, ''))
  checkAccessModes(spec.accessModes ?? [], path, errors)
  checkCapacity(spec.capacity ?? {}, `${path}.capacity`, errors)
  const policy = spec.persistentVolumeReclaimPolicy
  if (!empty(policy)) {
    checkSupported(policy, reclaimPolicies, `${path}.persistentVolumeReclaimPolicy`, errors)
  }
  checkAffinity(spec, path, errors)
  checkSources(spec, volume.metadata.name, path, errors)
  if (isRoot(spec.hostPath?.path) && policy === 'Recycle') {
    const detail = "may not be 'recycle' for a hostPath mount of '/'"
    errors.push(forbiddenField(`${path}.persistentVolumeReclaimPolicy`, detail))
  }
  checkClassName(spec.storageClassName, `${path}.storageClassName`, errors)
  checkSupported(spec.volumeMode, volumeModes, `${path}.volumeMode`, errors)
  checkAttributesClass(spec, path, errors)
  return errors
}

function isRoot(path: string | undefined): boolean {
  return path !== undefined && /^\/[/.]*$/.test(path)
}

function checkCapacity(
  capacity: Readonly<Record<string, string>>,
  path: string,
  errors: Errors,
): void {
  const names = Object.keys(capacity)
  if (names.length === 0) errors.push(required(path, ''))
  if (capacity['storage'] === undefined || names.length > 1) {
    errors.push({ ...notSupported(path, '', ['storage']), value: capacity })
  }
  for (const name of names) {
    checkQuantityPositive(capacity[name] as string, `${path}[${name}]`, errors)
  }
}

function checkAffinity(spec: PersistentVolumeSpec, path: string, errors: Errors): void {
  if (spec.nodeAffinity === undefined) return
  const here = `${path}.nodeAffinity.required`
  if (spec.nodeAffinity.required === undefined) {
    errors.push(required(here, 'must specify required node constraints'))
  } else checkNodeSelector(spec.nodeAffinity.required, here, errors)
}

function checkAttributesClass(spec: PersistentVolumeSpec, path: string, errors: Errors): void {
  const name = spec.volumeAttributesClassName
  if (name === undefined) return
  const here = `${path}.volumeAttributesClassName`
  if (name === '') errors.push(required(here, 'an empty string is disallowed'))
  else checkClassName(name, here, errors)
  if (spec.csi === undefined) {
    const detail = 'has to be specified when using volumeAttributesClassName'
    errors.push(required(`${path}.csi`, detail))
  }
}

type Check = (spec: PersistentVolumeSpec, path: string, errors: Errors, name: string) => void
type Source =
  | 'hostPath'
  | 'gcePersistentDisk'
  | 'awsElasticBlockStore'
  | 'glusterfs'
  | 'flocker'
  | 'nfs'
  | 'rbd'
  | 'quobyte'
  | 'cephfs'
  | 'iscsi'
  | 'cinder'
  | 'fc'
  | 'flexVolume'
  | 'azureFile'
  | 'vsphereVolume'
  | 'photonPersistentDisk'
  | 'portworxVolume'
  | 'azureDisk'
  | 'scaleIO'
  | 'local'
  | 'storageos'
  | 'csi'

function requires(source: Source, fields: readonly string[]): Check {
  return (spec, path, errors) =>
    storage.checkRequiredFields(spec[source] ?? {}, fields, `${path}.${source}`, errors)
}

/** In the order in which upstream looks for them. */
const sources: Readonly<Record<Source, Check>> = {
  hostPath: ({ hostPath }, path, errors) =>
    hostPath && storage.checkHostPath(hostPath, `${path}.hostPath`, errors),
  gcePersistentDisk: ({ gcePersistentDisk: disk }, path, errors) =>
    disk && storage.checkDisk(disk, 'pdName', `${path}.persistentDisk`, errors),
  awsElasticBlockStore: ({ awsElasticBlockStore: disk }, path, errors) =>
    disk && storage.checkDisk(disk, 'volumeID', `${path}.awsElasticBlockStore`, errors),
  glusterfs(spec, path, errors, name) {
    requires('glusterfs', ['endpoints', 'path'])(spec, path, errors, name)
    const namespace = spec.glusterfs?.endpointsNamespace
    if (namespace === undefined) return
    const here = `${path}.glusterfs.endpointsNamespace`
    if (namespace === '') {
      const detail = 'if the endpointnamespace is set, it must be a valid namespace name'
      errors.push(invalidValue(here, namespace, detail))
    } else refuse(errors, here, namespace, validateDns1123Label(namespace))
  },
  flocker: ({ flocker }, path, errors) =>
    storage.checkFlocker(flocker ?? {}, `${path}.flocker`, errors),
  nfs: ({ nfs }, path, errors) => nfs && storage.checkNfs(nfs, `${path}.nfs`, errors),
  rbd: requires('rbd', ['monitors', 'image']),
  quobyte: ({ quobyte }, path, errors) =>
    quobyte && storage.checkQuobyte(quobyte, `${path}.quobyte`, errors),
  cephfs: requires('cephfs', ['monitors']),
  iscsi({ iscsi }, path, errors, name) {
    if (iscsi === undefined) return
    if (storage.isIscsiNameTooLong(iscsi, name)) {
      const here = `${path}.iscsi.targetportal`
      errors.push(invalidValue(here, iscsi.targetPortal, storage.iscsiNameTooLong))
    }
    storage.checkIscsi(iscsi, 'must be valid format', `${path}.iscsi`, errors)
    storage.checkSecretReference(iscsi.secretRef, ['name'], `${path}.iscsi`, errors)
  },
  cinder(spec, path, errors, name) {
    requires('cinder', ['volumeID'])(spec, path, errors, name)
    const reference = spec.cinder?.secretRef
    storage.checkSecretReference(reference, ['name', 'namespace'], `${path}.cinder`, errors)
  },
  fc: ({ fc }, path, errors) => storage.checkFibreChannel(fc ?? {}, `${path}.fc`, errors),
  flexVolume: ({ flexVolume }, path, errors) =>
    flexVolume && storage.checkFlexVolume(flexVolume, `${path}.flexVolume`, errors),
  azureFile(spec, path, errors, name) {
    requires('azureFile', ['secretName', 'shareName'])(spec, path, errors, name)
    if (spec.azureFile?.secretNamespace === '') {
      errors.push(required(`${path}.azureFile.secretNamespace`, ''))
    }
  },
  vsphereVolume: requires('vsphereVolume', ['volumePath']),
  photonPersistentDisk: requires('photonPersistentDisk', ['pdID']),
  portworxVolume: requires('portworxVolume', ['volumeID']),
  azureDisk: ({ azureDisk }, path, errors) =>
    azureDisk && storage.checkAzureDisk(azureDisk, `${path}.azureDisk`, errors),
  scaleIO: requires('scaleIO', ['gateway', 'system', 'volumeName']),
  local: checkLocal,
  storageos({ storageos }, path, errors) {
    storage.checkStorageOs(storageos ?? {}, `${path}.storageos`, errors)
    const reference = storageos?.secretRef
    storage.checkSecretReference(reference, ['name', 'namespace'], `${path}.storageos`, errors)
  },
  csi: checkCsi,
}

const sourceNames = Object.keys(sources) as readonly Source[]

function checkSources(
  spec: PersistentVolumeSpec,
  name: string,
  path: string,
  errors: Errors,
): void {
  const [first, ...more] = sourceNames.filter((source) => spec[source] !== undefined)
  if (first === undefined) {
    errors.push(required(path, 'must specify a volume type'))
    return
  }
  sources[first](spec, path, errors, name)
  for (const source of more) {
    const shown = source === 'cephfs' ? 'cephFS' : source
    errors.push(forbiddenField(`${path}.${shown}`, 'may not specify more than 1 volume type'))
  }
}

function checkLocal(spec: PersistentVolumeSpec, path: string, errors: Errors): void {
  const target = spec.local?.path
  if (empty(target)) errors.push(required(`${path}.local.path`, ''))
  else if (hasBacksteps(target)) {
    errors.push(invalidValue(`${path}.local.path`, target, "must not contain '..'"))
  }
  if (spec.nodeAffinity === undefined) {
    errors.push(required(`${path}.nodeAffinity`, 'Local volume requires node affinity'))
  }
}

function checkCsi({ csi }: PersistentVolumeSpec, path: string, errors: Errors): void {
  const here = `${path}.csi`
  storage.checkCsiDriverName(csi?.driver, `${here}.driver`, errors)
  if (empty(csi?.volumeHandle)) errors.push(required(`${here}.volumeHandle`, ''))
  for (const field of [
    'controllerPublishSecretRef',
    'controllerExpandSecretRef',
    'nodePublishSecretRef',
    'nodeExpandSecretRef',
  ] as const) {
    const reference = csi?.[field]
    if (reference !== undefined) checkSecret(reference, `${here}.${field}`, errors)
  }
}

function checkSecret(reference: SecretReference, path: string, errors: Errors): void {
  const { name, namespace } = reference
  if (empty(name)) errors.push(required(`${path}.name`, ''))
  else refuse(errors, `${path}.name`, name, validateDns1123Subdomain(name))
  if (empty(namespace)) errors.push(required(`${path}.namespace`, ''))
  else refuse(errors, `${path}.namespace`, namespace, validateDns1123Label(namespace))
}

/** The spec of a VolumeAttachment's volume that no PersistentVolume stands for: CSI only. */
export function checkInlineVolume(spec: PersistentVolumeSpec, path: string, errors: Errors): void {
  const detail = 'may not be specified in the context of inline volumes'
  for (const field of ['claimRef', 'capacity', 'nodeAffinity', 'storageClassName'] as const) {
    const value = spec[field]
    if (value === undefined || value === '') continue
    errors.push(forbiddenField(`${path}.${field}`, detail))
  }
  if (spec.csi === undefined) {
    errors.push(required(`${path}.csi`, 'has to be specified in the context of inline volumes'))
  }
  if ((spec.accessModes ?? []).length === 0) errors.push(required(`${path}.accessModes`, ''))
  checkAccessModes(spec.accessModes ?? [], path, errors)
  if (
    !empty(spec.persistentVolumeReclaimPolicy) &&
    spec.persistentVolumeReclaimPolicy !== 'Retain'
  ) {
    const only = 'may only be Retain in the context of inline volumes'
    errors.push(forbiddenField(`${path}.persistentVolumeReclaimPolicy`, only))
  }
  if (spec.volumeMode !== undefined && spec.volumeMode !== 'Filesystem') {
    const only = 'may not specify volumeMode other than Filesystem in the context of inline volumes'
    errors.push(forbiddenField(`${path}.volumeMode`, only))
  }
  checkSources(spec, '', path, errors)
}

export function validateVolumeUpdate(
  next: PersistentVolume,
  prior: PersistentVolume,
): readonly FieldError[] {
  const errors: FieldError[] = [...validateVolume(next)]
  const after = sourceOf(next.spec)
  const before = sourceOf(prior.spec)
  if (
    before.csi !== undefined &&
    before.csi.controllerExpandSecretRef === undefined &&
    after.csi !== undefined
  ) {
    const { controllerExpandSecretRef: _given, ...csi } = after.csi
    after.csi = csi
  }
  if (!semanticEqual(after, before)) {
    const detail = `spec.persistentvolumesource is immutable after creation\n${difference(before, after)}`
    errors.push(forbiddenField('spec.persistentvolumesource', detail))
  }
  checkImmutable(next.spec?.volumeMode, prior.spec?.volumeMode, 'volumeMode', errors)
  const affinity = prior.spec?.nodeAffinity
  if (affinity !== undefined && !semanticEqual(next.spec?.nodeAffinity, affinity)) {
    const detail = `${fieldImmutable}, except for updating from beta label to GA`
    errors.push(invalidValue('nodeAffinity', next.spec?.nodeAffinity, detail))
  }
  if (
    prior.spec?.volumeAttributesClassName !== undefined &&
    next.spec?.volumeAttributesClassName === undefined
  ) {
    const detail = 'update from non-nil value to nil is forbidden'
    errors.push(forbiddenField('spec.volumeAttributesClassName', detail))
  }
  return errors
}

function sourceOf(spec: PersistentVolumeSpec | undefined): PersistentVolumeSpec {
  const entries = sourceNames.map((source) => [source, spec?.[source]])
  return Object.fromEntries(entries.filter(([, value]) => value !== undefined))
}
