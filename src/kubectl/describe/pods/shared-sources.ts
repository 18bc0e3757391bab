/** Sources that pods and persistent volumes have alike. Upstream: describe.go, print…VolumeSource. */
import type * as core from '#api/core/v1.gen.ts'
import { goText } from '#api/json-path/go-text.ts'
import { shortened, sortedKeys } from '#kubectl/describe/metadata.ts'
import type { PrefixWriter } from '#kubectl/describe/prefix-writer.ts'
import { source } from './source.ts'
import type { WriteSource } from './source.ts'

interface Reference {
  readonly name?: string
  readonly namespace?: string
}

/** How a reference to a secret prints, which has another type in a pod than in a persistent volume. */
type ReferenceText = (reference: Reference | undefined) => string

interface RbdSource extends Omit<core.RBDVolumeSource, 'secretRef'> {
  readonly secretRef?: Reference
}

interface CinderSource extends Omit<core.CinderVolumeSource, 'secretRef'> {
  readonly secretRef?: Reference
}

interface CephfsSource extends Omit<core.CephFSVolumeSource, 'secretRef'> {
  readonly secretRef?: Reference
}

interface FlexSource extends Omit<core.FlexVolumeSource, 'secretRef'> {
  readonly secretRef?: Reference
}

interface IscsiSource extends Omit<core.ISCSIVolumeSource, 'secretRef'> {
  readonly secretRef?: Reference
}

interface StorageOsSource extends Omit<core.StorageOSVolumeSource, 'secretRef'> {
  readonly secretRef?: Reference
}

export const sharedSources = {
  hostPath: source<core.HostPathVolumeSource>('HostPath (bare host directory volume)', [
    ['Path:', ({ path }) => path],
    ['HostPathType:', ({ type }) => type ?? '<none>'],
  ]),
  gcePersistentDisk: source<core.GCEPersistentDiskVolumeSource>(
    'GCEPersistentDisk (a Persistent Disk resource in Google Compute Engine)',
    [
      ['PDName:', ({ pdName }) => pdName],
      ['FSType:', ({ fsType = '' }) => fsType],
      ['Partition:', ({ partition = 0 }) => partition],
      ['ReadOnly:', ({ readOnly = false }) => readOnly],
    ],
  ),
  awsElasticBlockStore: source<core.AWSElasticBlockStoreVolumeSource>(
    'AWSElasticBlockStore (a Persistent Disk resource in AWS)',
    [
      ['VolumeID:', ({ volumeID }) => volumeID],
      ['FSType:', ({ fsType = '' }) => fsType],
      ['Partition:', ({ partition = 0 }) => partition],
      ['ReadOnly:', ({ readOnly = false }) => readOnly],
    ],
  ),
  nfs: source<core.NFSVolumeSource>('NFS (an NFS mount that lasts the lifetime of a pod)', [
    ['Server:', ({ server }) => server],
    ['Path:', ({ path }) => path],
    ['ReadOnly:', ({ readOnly = false }) => readOnly],
  ]),
  iscsi: (reference: ReferenceText): WriteSource<IscsiSource> =>
    source(
      "ISCSI (an ISCSI Disk resource that is attached to a kubelet's host machine and then exposed to the pod)",
      [
        ['TargetPortal:', ({ targetPortal }) => targetPortal],
        ['IQN:', ({ iqn }) => iqn],
        ['Lun:', ({ lun }) => lun],
        // Upstream's label has no colon.
        ['ISCSIInterface', ({ iscsiInterface = '' }) => iscsiInterface],
        ['FSType:', ({ fsType = '' }) => fsType],
        ['ReadOnly:', ({ readOnly = false }) => readOnly],
        ['Portals:', ({ portals = [] }) => goText(portals)],
        ['DiscoveryCHAPAuth:', ({ chapAuthDiscovery = false }) => chapAuthDiscovery],
        ['SessionCHAPAuth:', ({ chapAuthSession = false }) => chapAuthSession],
        ['SecretRef:', ({ secretRef }) => reference(secretRef)],
        ['InitiatorName:', ({ initiatorName }) => initiatorName ?? '<none>'],
      ],
    ),
  rbd: (reference: ReferenceText): WriteSource<RbdSource> =>
    source("RBD (a Rados Block Device mount on the host that shares a pod's lifetime)", [
      ['CephMonitors:', ({ monitors }) => goText(monitors)],
      ['RBDImage:', ({ image }) => image],
      ['FSType:', ({ fsType = '' }) => fsType],
      ['RBDPool:', ({ pool = '' }) => pool],
      ['RadosUser:', ({ user = '' }) => user],
      ['Keyring:', ({ keyring = '' }) => keyring],
      ['SecretRef:', ({ secretRef }) => reference(secretRef)],
      ['ReadOnly:', ({ readOnly = false }) => readOnly],
    ]),
  quobyte: source<core.QuobyteVolumeSource>(
    "Quobyte (a Quobyte mount on the host that shares a pod's lifetime)",
    [
      ['Registry:', ({ registry }) => registry],
      ['Volume:', ({ volume }) => volume],
      ['ReadOnly:', ({ readOnly = false }) => readOnly],
    ],
  ),
  azureDisk: source<core.AzureDiskVolumeSource>(
    'AzureDisk (an Azure Data Disk mount on the host and bind mount to the pod)',
    [
      ['DiskName:', ({ diskName }) => diskName],
      ['DiskURI:', ({ diskURI }) => diskURI],
      ['Kind: ', ({ kind = '' }) => kind],
      ['FSType:', ({ fsType = '' }) => fsType],
      ['CachingMode:', ({ cachingMode = '' }) => cachingMode],
      ['ReadOnly:', ({ readOnly = false }) => readOnly],
    ],
  ),
  vsphereVolume: source<core.VsphereVirtualDiskVolumeSource>(
    'vSphereVolume (a Persistent Disk resource in vSphere)',
    [
      ['VolumePath:', ({ volumePath }) => volumePath],
      ['FSType:', ({ fsType = '' }) => fsType],
      ['StoragePolicyName:', ({ storagePolicyName = '' }) => storagePolicyName],
    ],
  ),
  cinder: (reference: ReferenceText): WriteSource<CinderSource> =>
    source('Cinder (a Persistent Disk resource in OpenStack)', [
      ['VolumeID:', ({ volumeID }) => volumeID],
      ['FSType:', ({ fsType = '' }) => fsType],
      ['ReadOnly:', ({ readOnly = false }) => readOnly],
      ['SecretRef:', ({ secretRef }) => reference(secretRef)],
    ]),
  photonPersistentDisk: source<core.PhotonPersistentDiskVolumeSource>(
    'PhotonPersistentDisk (a Persistent Disk resource in photon platform)',
    [
      ['PdID:', ({ pdID }) => pdID],
      ['FSType:', ({ fsType = '' }) => fsType],
    ],
  ),
  portworxVolume: source<core.PortworxVolumeSource>('PortworxVolume (a Portworx Volume resource)', [
    ['VolumeID:', ({ volumeID }) => volumeID],
  ]),
  cephfs: (reference: ReferenceText): WriteSource<CephfsSource> =>
    source("CephFS (a CephFS mount on the host that shares a pod's lifetime)", [
      ['Monitors:', ({ monitors }) => goText(monitors)],
      ['Path:', ({ path = '' }) => path],
      ['User:', ({ user = '' }) => user],
      ['SecretFile:', ({ secretFile = '' }) => secretFile],
      ['SecretRef:', ({ secretRef }) => reference(secretRef)],
      ['ReadOnly:', ({ readOnly = false }) => readOnly],
    ]),
  storageos: source<StorageOsSource>('StorageOS (a StorageOS Persistent Disk resource)', [
    ['VolumeName:', ({ volumeName = '' }) => volumeName],
    ['VolumeNamespace:', ({ volumeNamespace = '' }) => volumeNamespace],
    ['FSType:', ({ fsType = '' }) => fsType],
    ['ReadOnly:', ({ readOnly = false }) => readOnly],
  ]),
  fc: source<core.FCVolumeSource>('FC (a Fibre Channel disk)', [
    ['TargetWWNs:', ({ targetWWNs = [] }) => targetWWNs.join(', ')],
    ['LUN:', ({ lun }) => lun ?? '<none>'],
    ['FSType:', ({ fsType = '' }) => fsType],
    ['ReadOnly:', ({ readOnly = false }) => readOnly],
  ]),
  flexVolume: (reference: ReferenceText): WriteSource<FlexSource> =>
    source(
      'FlexVolume (a generic volume resource that is provisioned/attached using an exec based plugin)',
      [
        ['Driver:', ({ driver }) => driver],
        ['FSType:', ({ fsType = '' }) => fsType],
        ['SecretRef:', ({ secretRef }) => reference(secretRef)],
        ['ReadOnly:', ({ readOnly = false }) => readOnly],
        ['Options:', ({ options = {} }) => goText(options)],
      ],
    ),
  flocker: source<core.FlockerVolumeSource>(
    'Flocker (a Flocker volume mounted by the Flocker agent)',
    [
      ['DatasetName:', ({ datasetName = '' }) => datasetName],
      ['DatasetUUID:', ({ datasetUUID = '' }) => datasetUUID],
    ],
  ),
} as const

const limits = {
  /** As for annotations: longer ones are cut. */
  attributeBytesMax: 140,
} as const

/** Of a CSI volume. Every part of a line is indented, as upstream's is. */
export function writeAttributes(
  w: PrefixWriter,
  attributes: Readonly<Record<string, string>> = {},
): void {
  w.write(2, 'VolumeAttributes:\t')
  const keys = sortedKeys(attributes)
  if (keys.length === 0) w.line('<none>')
  for (const [at, key] of keys.entries()) {
    if (at > 0) {
      w.write(2, '')
      w.write(2, '\t')
    }
    w.write(2, `${shortened(`${key}=${attributes[key]}`, limits.attributeBytesMax)}\n`)
  }
}
