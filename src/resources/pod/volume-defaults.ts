/** Upstream: pkg/apis/core/v1/defaults.go, SetDefaults_Volume, _SecretVolumeSource, … */
import type {
  AzureDiskVolumeSource,
  DownwardAPIVolumeFile,
  HostPathVolumeSource,
  ProjectedVolumeSource,
  Volume,
} from '#api/core/v1.gen.ts'
import { pullPolicyOf } from './container-defaults.ts'

const readableByAll = 0o644

export function defaultVolume(volume: Volume): void {
  if (hasNoSource(volume)) volume.emptyDir = {}
  if (volume.secret !== undefined) volume.secret.defaultMode ??= readableByAll
  if (volume.configMap !== undefined) volume.configMap.defaultMode ??= readableByAll
  if (volume.downwardAPI !== undefined) {
    volume.downwardAPI.defaultMode ??= readableByAll
    defaultFiles(volume.downwardAPI.items)
  }
  if (volume.projected !== undefined) defaultProjected(volume.projected)
  if (volume.hostPath !== undefined) defaultHostPath(volume.hostPath)
  if (volume.image !== undefined) {
    volume.image.pullPolicy ||= pullPolicyOf(volume.image.reference)
  }
  const claim = volume.ephemeral?.volumeClaimTemplate
  if (claim?.spec !== undefined) {
    claim.spec.volumeMode ??= 'Filesystem'
    claim.spec.resources ??= {}
    claim.metadata ??= {} as NonNullable<typeof claim.metadata>
  }
  defaultLegacy(volume)
}

function hasNoSource(volume: Volume): boolean {
  for (const key in volume) {
    if (key !== 'name' && volume[key as keyof Volume] !== undefined) return false
  }
  return true
}

export function defaultHostPath(source: HostPathVolumeSource): void {
  source.type ??= ''
}

function defaultFiles(files: readonly DownwardAPIVolumeFile[] | undefined): void {
  for (const file of files ?? []) {
    if (file.fieldRef !== undefined) file.fieldRef.apiVersion ||= 'v1'
    if (file.resourceFieldRef !== undefined) file.resourceFieldRef.divisor ||= '0'
  }
}

const tokenExpirationSeconds = 60 * 60
const certificateExpirationSeconds = 24 * 60 * 60

function defaultProjected(projected: ProjectedVolumeSource): void {
  projected.defaultMode ??= readableByAll
  for (const source of projected.sources ?? []) {
    if (source.serviceAccountToken !== undefined) {
      source.serviceAccountToken.expirationSeconds ??= tokenExpirationSeconds
    }
    if (source.podCertificate !== undefined) {
      source.podCertificate.maxExpirationSeconds ??= certificateExpirationSeconds
    }
    defaultFiles(source.downwardAPI?.items)
  }
}

/** Sources of storage systems that once were in-tree; PersistentVolumes have them, too. */
export function defaultLegacy(
  volume: Pick<Volume, 'iscsi' | 'rbd' | 'azureDisk' | 'scaleIO'>,
): void {
  if (volume.iscsi !== undefined) volume.iscsi.iscsiInterface ||= 'default'
  if (volume.rbd !== undefined) {
    volume.rbd.pool ||= 'rbd'
    volume.rbd.user ||= 'admin'
    volume.rbd.keyring ||= '/etc/ceph/keyring'
  }
  if (volume.azureDisk !== undefined) defaultAzureDisk(volume.azureDisk)
  if (volume.scaleIO !== undefined) {
    volume.scaleIO.storageMode ||= 'ThinProvisioned'
    volume.scaleIO.fsType ||= 'xfs'
  }
}

function defaultAzureDisk(disk: AzureDiskVolumeSource): void {
  disk.cachingMode ??= 'ReadWrite'
  disk.kind ??= 'Shared'
  disk.fsType ??= 'ext4'
  disk.readOnly ??= false
}
