/** What each source of a persistent volume tells. Upstream: describe.go, print…PersistentVolumeSource. */
import type * as core from '#api/core/v1.gen.ts'
import { sharedSources, writeAttributes } from '#kubectl/describe/pods/shared-sources.ts'
import { secretReferenceText, source } from '#kubectl/describe/pods/source.ts'
import type { SourceTable } from '#kubectl/describe/pods/source.ts'
import type { PrefixWriter } from '#kubectl/describe/prefix-writer.ts'

type Spec = core.PersistentVolumeSpec

type SourceField = Exclude<
  keyof Spec,
  | 'accessModes'
  | 'capacity'
  | 'claimRef'
  | 'mountOptions'
  | 'nodeAffinity'
  | 'persistentVolumeReclaimPolicy'
  | 'storageClassName'
  | 'volumeAttributesClassName'
  | 'volumeMode'
>

export const persistentSources: SourceTable<Pick<Spec, SourceField>> = {
  hostPath: sharedSources.hostPath,
  gcePersistentDisk: sharedSources.gcePersistentDisk,
  awsElasticBlockStore: sharedSources.awsElasticBlockStore,
  nfs: sharedSources.nfs,
  iscsi: sharedSources.iscsi(secretReferenceText),
  glusterfs: source<core.GlusterfsPersistentVolumeSource>(
    "Glusterfs (a Glusterfs mount on the host that shares a pod's lifetime)",
    [
      ['EndpointsName:', ({ endpoints }) => endpoints],
      ['EndpointsNamespace:', ({ endpointsNamespace }) => endpointsNamespace ?? '<unset>'],
      ['Path:', ({ path }) => path],
      ['ReadOnly:', ({ readOnly = false }) => readOnly],
    ],
  ),
  rbd: sharedSources.rbd(secretReferenceText),
  quobyte: sharedSources.quobyte,
  vsphereVolume: sharedSources.vsphereVolume,
  cinder: sharedSources.cinder(secretReferenceText),
  azureDisk: sharedSources.azureDisk,
  photonPersistentDisk: sharedSources.photonPersistentDisk,
  portworxVolume: sharedSources.portworxVolume,
  scaleIO: source<core.ScaleIOPersistentVolumeSource>(
    'ScaleIO (a persistent volume backed by a block device in ScaleIO)',
    [
      ['Gateway:', ({ gateway }) => gateway],
      ['System:', ({ system }) => system],
      ['Protection Domain:', ({ protectionDomain = '' }) => protectionDomain],
      ['Storage Pool:', ({ storagePool = '' }) => storagePool],
      ['Storage Mode:', ({ storageMode = '' }) => storageMode],
      ['VolumeName:', ({ volumeName = '' }) => volumeName],
      ['SecretName:', ({ secretRef }) => secretRef?.name ?? ''],
      ['SecretNamespace:', ({ secretRef }) => secretRef?.namespace ?? ''],
      ['FSType:', ({ fsType = '' }) => fsType],
      ['ReadOnly:', ({ readOnly = false }) => readOnly],
    ],
  ),
  local: source<core.LocalVolumeSource>(
    'LocalVolume (a persistent volume backed by local storage on a node)',
    [['Path:', ({ path }) => path]],
  ),
  cephfs: sharedSources.cephfs(secretReferenceText),
  storageos: sharedSources.storageos,
  fc: sharedSources.fc,
  azureFile: source<core.AzureFilePersistentVolumeSource>(
    'AzureFile (an Azure File Service mount on the host and bind mount to the pod)',
    [
      ['SecretName:', ({ secretName }) => secretName],
      ['SecretNamespace:', ({ secretNamespace = '' }) => secretNamespace],
      ['ShareName:', ({ shareName }) => shareName],
      ['ReadOnly:', ({ readOnly = false }) => readOnly],
    ],
  ),
  flexVolume: sharedSources.flexVolume(secretReferenceText),
  flocker: sharedSources.flocker,
  csi: writeCsi,
}

function writeCsi(w: PrefixWriter, csi: core.CSIPersistentVolumeSource): void {
  w.write(2, 'Type:\tCSI (a Container Storage Interface (CSI) volume source)\n')
  w.write(2, `Driver:\t${csi.driver}\n`)
  w.write(2, `FSType:\t${csi.fsType ?? ''}\n`)
  w.write(2, `VolumeHandle:\t${csi.volumeHandle}\n`)
  w.write(2, `ReadOnly:\t${csi.readOnly ?? false}\n`)
  writeAttributes(w, csi.volumeAttributes)
}
