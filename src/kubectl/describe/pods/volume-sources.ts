/** What each source of a pod's volume tells. Upstream: describe.go, print…VolumeSource. */
import type * as core from '#api/core/v1.gen.ts'
import { signOfQuantity } from '#api/meta/quantity.ts'
import type { PrefixWriter } from '#kubectl/describe/prefix-writer.ts'
import { quantityText } from '#kubectl/describe/values.ts'
import { writeEphemeral } from './ephemeral-volume.ts'
import { sharedSources, writeAttributes } from './shared-sources.ts'
import { localReferenceText, source } from './source.ts'
import type { SourceTable } from './source.ts'

export const volumeSources: SourceTable<Omit<core.Volume, 'name'>> = {
  hostPath: sharedSources.hostPath,
  emptyDir: source<core.EmptyDirVolumeSource>(
    "EmptyDir (a temporary directory that shares a pod's lifetime)",
    [
      ['Medium:', ({ medium = '' }) => medium],
      ['SizeLimit:', ({ sizeLimit }) => sizeText(sizeLimit)],
    ],
  ),
  gcePersistentDisk: sharedSources.gcePersistentDisk,
  awsElasticBlockStore: sharedSources.awsElasticBlockStore,
  gitRepo: source<core.GitRepoVolumeSource>(
    'GitRepo (a volume that is pulled from git when the pod is created)',
    [
      ['Repository:', ({ repository }) => repository],
      ['Revision:', ({ revision = '' }) => revision],
    ],
  ),
  secret: source<core.SecretVolumeSource>('Secret (a volume populated by a Secret)', [
    ['SecretName:', ({ secretName = '' }) => secretName],
    ['Optional:', ({ optional = false }) => optional],
  ]),
  configMap: source<core.ConfigMapVolumeSource>('ConfigMap (a volume populated by a ConfigMap)', [
    ['Name:', ({ name = '' }) => name],
    ['Optional:', ({ optional = false }) => optional],
  ]),
  nfs: sharedSources.nfs,
  iscsi: sharedSources.iscsi(localReferenceText),
  glusterfs: source<core.GlusterfsVolumeSource>(
    "Glusterfs (a Glusterfs mount on the host that shares a pod's lifetime)",
    [
      ['EndpointsName:', ({ endpoints }) => endpoints],
      ['Path:', ({ path }) => path],
      ['ReadOnly:', ({ readOnly = false }) => readOnly],
    ],
  ),
  persistentVolumeClaim: source<core.PersistentVolumeClaimVolumeSource>(
    'PersistentVolumeClaim (a reference to a PersistentVolumeClaim in the same namespace)',
    [
      ['ClaimName:', ({ claimName }) => claimName],
      ['ReadOnly:', ({ readOnly = false }) => readOnly],
    ],
  ),
  ephemeral: writeEphemeral,
  rbd: sharedSources.rbd(localReferenceText),
  quobyte: sharedSources.quobyte,
  downwardAPI: writeDownwardApi,
  azureDisk: sharedSources.azureDisk,
  vsphereVolume: sharedSources.vsphereVolume,
  cinder: sharedSources.cinder(localReferenceText),
  photonPersistentDisk: sharedSources.photonPersistentDisk,
  portworxVolume: sharedSources.portworxVolume,
  scaleIO: source<core.ScaleIOVolumeSource>(
    'ScaleIO (a persistent volume backed by a block device in ScaleIO)',
    [
      ['Gateway:', ({ gateway }) => gateway],
      ['System:', ({ system }) => system],
      ['Protection Domain:', ({ protectionDomain = '' }) => protectionDomain],
      ['Storage Pool:', ({ storagePool = '' }) => storagePool],
      ['Storage Mode:', ({ storageMode = '' }) => storageMode],
      ['VolumeName:', ({ volumeName = '' }) => volumeName],
      ['FSType:', ({ fsType = '' }) => fsType],
      ['ReadOnly:', ({ readOnly = false }) => readOnly],
    ],
  ),
  cephfs: sharedSources.cephfs(localReferenceText),
  storageos: sharedSources.storageos,
  fc: sharedSources.fc,
  azureFile: source<core.AzureFileVolumeSource>(
    'AzureFile (an Azure File Service mount on the host and bind mount to the pod)',
    [
      ['SecretName:', ({ secretName }) => secretName],
      ['ShareName:', ({ shareName }) => shareName],
      ['ReadOnly:', ({ readOnly = false }) => readOnly],
    ],
  ),
  flexVolume: sharedSources.flexVolume(localReferenceText),
  flocker: sharedSources.flocker,
  projected: writeProjected,
  csi: writeCsi,
  image: source<core.ImageVolumeSource>('Image (a container image or OCI artifact)', [
    ['Reference:', ({ reference = '' }) => reference],
    ['PullPolicy:', ({ pullPolicy = '' }) => pullPolicy],
  ]),
}

function sizeText(sizeLimit: string | undefined): string {
  if (sizeLimit === undefined || signOfQuantity(sizeLimit) <= 0) return '<unset>'
  return quantityText(sizeLimit)
}

function writeDownwardApi(w: PrefixWriter, { items = [] }: core.DownwardAPIVolumeSource): void {
  w.write(2, 'Type:\tDownwardAPI (a volume populated by information about the pod)\n')
  w.write(2, 'Items:\n')
  for (const { fieldRef, resourceFieldRef, path } of items) {
    if (fieldRef !== undefined) w.write(3, `${fieldRef.fieldPath} -> ${path}\n`)
    if (resourceFieldRef !== undefined) w.write(3, `${resourceFieldRef.resource} -> ${path}\n`)
  }
}

function writeProjected(w: PrefixWriter, { sources = [] }: core.ProjectedVolumeSource): void {
  w.write(2, 'Type:\tProjected (a volume that contains injected data from multiple sources)\n')
  for (const { secret, downwardAPI, configMap, serviceAccountToken } of sources) {
    if (secret !== undefined) {
      w.write(2, `SecretName:\t${secret.name ?? ''}\n`)
      w.write(2, `Optional:\t${secret.optional ?? false}\n`)
    } else if (downwardAPI !== undefined) {
      w.write(2, 'DownwardAPI:\ttrue\n')
    } else if (configMap !== undefined) {
      w.write(2, `ConfigMapName:\t${configMap.name ?? ''}\n`)
      w.write(2, `Optional:\t${configMap.optional ?? false}\n`)
    } else if (serviceAccountToken !== undefined) {
      w.write(2, `TokenExpirationSeconds:\t${serviceAccountToken.expirationSeconds ?? 0}\n`)
    }
  }
}

function writeCsi(w: PrefixWriter, csi: core.CSIVolumeSource): void {
  w.write(2, 'Type:\tCSI (a Container Storage Interface (CSI) volume source)\n')
  w.write(2, `Driver:\t${csi.driver}\n`)
  w.write(2, `FSType:\t${csi.fsType ?? ''}\n`)
  w.write(2, `ReadOnly:\t${csi.readOnly ?? false}\n`)
  writeAttributes(w, csi.volumeAttributes)
}
