/** Upstream: pkg/apis/core/validation/validation.go, ValidateVolumes, validateVolumeSource. */
import type { KeyToPath, PodSpec, Volume } from '#api/core/v1.gen.ts'
import { duplicate, forbiddenField, invalidValue, required } from '#api/meta/field-error.ts'
import { validateDns1123Label, validateDns1123Subdomain } from '#api/meta/names.ts'
import { checkEnum, checkRequired, empty, refuse, type Errors } from '#resources/checks/checks.ts'
import { checkDescendingPath, checkFileMode, checkLocalPath } from '#resources/checks/paths.ts'
import { isNegative } from '#resources/checks/resources.ts'
import * as storage from '#resources/checks/storage-sources.ts'
import { checkClaimSpec } from '#resources/claim/validate.ts'
import { checkDownwardFile, checkProjected } from './validate-projected.ts'

/** Whose volumes they are: only real pods have names to derive claims' names from. */
export interface VolumeOwner {
  /** '' in templates, and for pods whose names are yet to be generated. */
  readonly podName: string
  readonly isPod: boolean
}

/** The valid volumes by name. */
export function checkVolumes(
  spec: PodSpec,
  owner: VolumeOwner,
  path: string,
  errors: Errors,
): ReadonlyMap<string, Volume> {
  const valid = new Map<string, Volume>()
  const volumes = spec.volumes
  if (volumes === undefined) return valid
  for (let at = 0; at < volumes.length; at += 1) {
    const volume = volumes[at] as Volume
    const here = `${path}[${at}]`
    const before = errors.length
    checkSource(volume, owner, here, errors)
    if (empty(volume.name)) errors.push(required(`${here}.name`, ''))
    else {
      const messages = validateDns1123Label(volume.name)
      if (messages.length > 0) refuse(errors, `${here}.name`, volume.name, messages)
    }
    if (valid.has(volume.name)) errors.push(duplicate(`${here}.name`, volume.name))
    if (errors.length === before) valid.set(volume.name, volume)
    checkClaimIsNotMade(volume, volumes, owner, here, errors)
  }
  return valid
}

/** A claim that the pod's own ephemeral volume makes cannot be mounted as a claim, too. */
function checkClaimIsNotMade(
  volume: Volume,
  volumes: readonly Volume[],
  owner: VolumeOwner,
  path: string,
  errors: Errors,
): void {
  const claim = volume.persistentVolumeClaim?.claimName
  if (claim === undefined || owner.podName === '') return
  const made = volumes.some(
    ({ name, ephemeral }) => ephemeral !== undefined && `${owner.podName}-${name}` === claim,
  )
  if (!made) return
  errors.push(
    invalidValue(
      `${path}.persistentVolumeClaim.claimName`,
      claim,
      'must not reference a PVC that gets created for an ephemeral volume',
    ),
  )
}

type SourceName = Exclude<keyof Volume, 'name'>
type Check = (volume: Volume, path: string, errors: Errors, owner: VolumeOwner) => void

function checkSource(volume: Volume, owner: VolumeOwner, path: string, errors: Errors): void {
  const found = sourcesOf(volume)
  const first = found[0]
  if (first === undefined) {
    errors.push(required(path, 'must specify a volume type'))
    return
  }
  sourceChecks[first](volume, path, errors, owner)
  for (const source of found.slice(1)) {
    errors.push(
      forbiddenField(
        `${path}.${renamed[source] ?? source}`,
        'may not specify more than 1 volume type',
      ),
    )
  }
}

/** In the order in which upstream looks for them. */
function sourcesOf(volume: Volume): readonly SourceName[] {
  const found: SourceName[] = []
  for (const key in volume) {
    if (key !== 'name' && volume[key as SourceName] !== undefined) found.push(key as SourceName)
  }
  return found.length > 1 ? sourceNames.filter((name) => found.includes(name)) : found
}

/** Upstream's own spelling in this one message. */
const renamed: Partial<Record<SourceName, string>> = { cephfs: 'cephFS', downwardAPI: 'downwarAPI' }

const startingWithType = 'must be valid format starting with iqn, eui, or naa'

const sourceChecks: Readonly<Record<SourceName, Check>> = {
  emptyDir({ emptyDir }, path, errors) {
    if (emptyDir?.sizeLimit !== undefined && isNegative(emptyDir.sizeLimit)) {
      const detail = 'SizeLimit field must be a valid resource quantity'
      errors.push(forbiddenField(`${path}.emptyDir.sizeLimit`, detail))
    }
  },
  hostPath: ({ hostPath }, path, errors) =>
    hostPath && storage.checkHostPath(hostPath, `${path}.hostPath`, errors),
  gitRepo({ gitRepo }, path, errors) {
    checkRequired(gitRepo?.repository, `${path}.gitRepo.repository`, errors)
    checkDescendingPath(gitRepo?.directory ?? '', `${path}.gitRepo.directory`, errors)
  },
  gcePersistentDisk: ({ gcePersistentDisk: disk }, path, errors) =>
    disk && storage.checkDisk(disk, 'pdName', `${path}.persistentDisk`, errors),
  awsElasticBlockStore: ({ awsElasticBlockStore: disk }, path, errors) =>
    disk && storage.checkDisk(disk, 'volumeID', `${path}.awsElasticBlockStore`, errors),
  secret({ secret }, path, errors) {
    checkRequired(secret?.secretName, `${path}.secret.secretName`, errors)
    checkFileMode(secret?.defaultMode, `${path}.secret.defaultMode`, errors)
    checkItems(secret?.items, `${path}.secret.items`, errors)
  },
  nfs: ({ nfs }, path, errors) => nfs && storage.checkNfs(nfs, `${path}.nfs`, errors),
  iscsi({ name, iscsi }, path, errors) {
    if (iscsi === undefined) return
    storage.checkIscsi(iscsi, startingWithType, `${path}.iscsi`, errors)
    if (storage.isIscsiNameTooLong(iscsi, name)) {
      errors.push(invalidValue(`${path}.name`, name, storage.iscsiNameTooLong))
    }
  },
  glusterfs: ({ glusterfs }, path, errors) =>
    storage.checkRequiredFields(
      glusterfs ?? {},
      ['endpoints', 'path'],
      `${path}.glusterfs`,
      errors,
    ),
  flocker: ({ flocker }, path, errors) =>
    storage.checkFlocker(flocker ?? {}, `${path}.flocker`, errors),
  persistentVolumeClaim: ({ persistentVolumeClaim: claim }, path, errors) =>
    checkRequired(claim?.claimName, `${path}.persistentVolumeClaim.claimName`, errors),
  rbd: ({ rbd }, path, errors) =>
    storage.checkRequiredFields(rbd ?? {}, ['monitors', 'image'], `${path}.rbd`, errors),
  cinder({ cinder }, path, errors) {
    storage.checkRequiredFields(cinder ?? {}, ['volumeID'], `${path}.cinder`, errors)
    storage.checkSecretReference(cinder?.secretRef, ['name'], `${path}.cinder`, errors)
  },
  cephfs: ({ cephfs }, path, errors) =>
    storage.checkRequiredFields(cephfs ?? {}, ['monitors'], `${path}.cephfs`, errors),
  quobyte: ({ quobyte }, path, errors) =>
    quobyte && storage.checkQuobyte(quobyte, `${path}.quobyte`, errors),
  downwardAPI({ downwardAPI }, path, errors) {
    const here = `${path}.downwardAPI`
    checkFileMode(downwardAPI?.defaultMode, `${here}.defaultMode`, errors)
    for (const file of downwardAPI?.items ?? []) checkDownwardFile(file, here, errors)
  },
  fc: ({ fc }, path, errors) => storage.checkFibreChannel(fc ?? {}, `${path}.fc`, errors),
  flexVolume: ({ flexVolume }, path, errors) =>
    flexVolume && storage.checkFlexVolume(flexVolume, `${path}.flexVolume`, errors),
  configMap({ configMap }, path, errors) {
    checkRequired(configMap?.name, `${path}.configMap.name`, errors)
    checkFileMode(configMap?.defaultMode, `${path}.configMap.defaultMode`, errors)
    checkItems(configMap?.items, `${path}.configMap.items`, errors)
  },
  azureFile({ azureFile }, path, errors) {
    const fields = ['secretName', 'shareName']
    storage.checkRequiredFields(azureFile ?? {}, fields, `${path}.azureFile`, errors)
  },
  vsphereVolume({ vsphereVolume }, path, errors) {
    const here = `${path}.vsphereVolume`
    storage.checkRequiredFields(vsphereVolume ?? {}, ['volumePath'], here, errors)
  },
  photonPersistentDisk({ photonPersistentDisk: disk }, path, errors) {
    storage.checkRequiredFields(disk ?? {}, ['pdID'], `${path}.photonPersistentDisk`, errors)
  },
  portworxVolume({ portworxVolume }, path, errors) {
    const here = `${path}.portworxVolume`
    storage.checkRequiredFields(portworxVolume ?? {}, ['volumeID'], here, errors)
  },
  azureDisk: ({ azureDisk }, path, errors) =>
    azureDisk && storage.checkAzureDisk(azureDisk, `${path}.azureDisk`, errors),
  storageos({ storageos }, path, errors) {
    storage.checkStorageOs(storageos ?? {}, `${path}.storageos`, errors)
    storage.checkSecretReference(storageos?.secretRef, ['name'], `${path}.storageos`, errors)
  },
  projected: ({ projected }, path, errors) =>
    projected && checkProjected(projected, `${path}.projected`, errors),
  scaleIO({ scaleIO }, path, errors) {
    const fields = ['gateway', 'system', 'volumeName']
    storage.checkRequiredFields(scaleIO ?? {}, fields, `${path}.scaleIO`, errors)
  },
  csi: checkCsi,
  ephemeral: checkEphemeral,
  image({ image }, path, errors, owner) {
    if (owner.isPod) checkRequired(image?.reference, `${path}.image.reference`, errors)
    const policies = ['Always', 'IfNotPresent', 'Never']
    checkEnum(image?.pullPolicy, policies, `${path}.image.pullPolicy`, errors)
  },
}

const sourceNames = Object.keys(sourceChecks) as readonly SourceName[]

function checkCsi({ csi }: Volume, path: string, errors: Errors): void {
  const here = `${path}.csi`
  storage.checkCsiDriverName(csi?.driver, `${here}.driver`, errors)
  const secret = csi?.nodePublishSecretRef
  if (secret === undefined) return
  if (empty(secret.name)) errors.push(required(`${here}.nodePublishSecretRef.name`, ''))
  else refuse(errors, `${here}.name`, secret.name, validateDns1123Subdomain(secret.name))
}

function checkEphemeral(volume: Volume, path: string, errors: Errors, owner: VolumeOwner): void {
  const here = `${path}.ephemeral.volumeClaimTemplate`
  const template = volume.ephemeral?.volumeClaimTemplate
  if (template === undefined) {
    errors.push(required(here, ''))
    return
  }
  checkClaimSpec(template.spec ?? {}, `${here}.spec`, errors)
  if (owner.podName === '' || empty(volume.name)) return
  const claim = `${owner.podName}-${volume.name}`
  const messages = validateDns1123Subdomain(claim).map((text) => `PVC name "${claim}": ${text}`)
  refuse(errors, `${path}.name`, volume.name, messages)
}

export function checkItems(
  items: readonly KeyToPath[] | undefined,
  path: string,
  errors: Errors,
): void {
  items?.forEach((item, at) => {
    const here = `${path}[${at}]`
    checkRequired(item.key, `${here}.key`, errors)
    checkRequired(item.path, `${here}.path`, errors)
    checkLocalPath(item.path ?? '', `${here}.path`, errors)
    checkFileMode(item.mode, `${here}.mode`, errors)
  })
}
