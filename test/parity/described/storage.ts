/** Volumes of every source, claims and classes. */
import type { Placed } from './place.ts'

const since = '2026-01-01T00:00:00Z'

const sources: Readonly<Record<string, object>> = {
  hostpath: { hostPath: { path: '/data' } },
  gce: { gcePersistentDisk: { pdName: 'disk' } },
  aws: { awsElasticBlockStore: { volumeID: 'vol-1', fsType: 'ext4', partition: 1 } },
  nfs: { nfs: { server: 'nfs.example', path: '/x' } },
  iscsi: {
    iscsi: {
      targetPortal: '10.0.0.1',
      iqn: 'iqn.2001-04.com.example:x',
      lun: 0,
      chapAuthDiscovery: true,
      secretRef: { name: 's', namespace: 'n' },
    },
  },
  glusterfs: { glusterfs: { endpoints: 'g', endpointsNamespace: 'n', path: 'v' } },
  'glusterfs-2': { glusterfs: { endpoints: 'g', path: 'v', readOnly: true } },
  rbd: { rbd: { monitors: ['a', 'b'], image: 'i', secretRef: { name: 's' } } },
  quobyte: { quobyte: { registry: 'r:1', volume: 'v', readOnly: true } },
  vsphere: { vsphereVolume: { volumePath: '[ds] x.vmdk' } },
  cinder: { cinder: { volumeID: 'c' } },
  azuredisk: {
    azureDisk: { diskName: 'd', diskURI: 'https://azure.example/d', cachingMode: 'None' },
  },
  photon: { photonPersistentDisk: { pdID: 'p', fsType: 'ext4' } },
  portworx: { portworxVolume: { volumeID: 'p' } },
  scaleio: {
    scaleIO: {
      gateway: 'https://s.example',
      system: 's',
      secretRef: { name: 'x', namespace: 'y' },
      storagePool: 'p',
      volumeName: 'v',
    },
  },
  cephfs: { cephfs: { monitors: ['a'], path: '/p', secretRef: { name: 's', namespace: 'n' } } },
  storageos: { storageos: { volumeName: 'v' } },
  fc: { fc: { targetWWNs: ['500a0982991b8dc5'], lun: 0 } },
  azurefile: { azureFile: { secretName: 's', shareName: 'x', secretNamespace: 'n' } },
  flex: {
    flexVolume: {
      driver: 'example/lvm',
      secretRef: { name: 's', namespace: 'n' },
      options: { a: 'b' },
    },
  },
  flocker: { flocker: { datasetUUID: 'u' } },
  csi: { csi: { driver: 'csi.example', volumeHandle: 'h', volumeAttributes: { b: '2', a: '1' } } },
}

const volumeSpec = { capacity: { storage: '1024Mi' }, accessModes: ['ReadWriteOnce'] }

const affinity = {
  required: {
    nodeSelectorTerms: [
      {
        matchExpressions: [
          { key: 'host', operator: 'In', values: ['a', 'b'] },
          { key: 'gpu', operator: 'DoesNotExist' },
        ],
      },
      { matchExpressions: [{ key: 'zone', operator: 'NotIn', values: ['c'] }] },
    ],
  },
}

export const storageObjects: readonly Placed[] = [
  ...Object.entries(sources).map(([name, source]): Placed => ({
    collection: '/api/v1/persistentvolumes',
    metadata: { name: `pv-${name}` },
    fields: { spec: { ...volumeSpec, ...source } },
  })),
  {
    collection: '/api/v1/persistentvolumes',
    metadata: { name: 'local', labels: { a: 'b' }, annotations: { c: 'd' } },
    fields: {
      spec: {
        ...volumeSpec,
        accessModes: ['ReadOnlyMany', 'ReadWriteOnce', 'ReadWriteMany'],
        volumeMode: 'Block',
        persistentVolumeReclaimPolicy: 'Delete',
        storageClassName: 'fast',
        claimRef: { namespace: 'lab', name: 'bound' },
        nodeAffinity: affinity,
        local: { path: '/dev/sdb' },
      },
    },
    status: { phase: 'Failed', message: 'lost', reason: 'x' },
  },
  {
    collection: '/api/v1/persistentvolumes',
    metadata: { name: 'leaving', finalizers: ['example.com/keep'] },
    fields: { spec: { ...volumeSpec, hostPath: { path: '/x', type: 'Directory' } } },
    deleted: true,
  },
  {
    collection: '/api/v1/persistentvolumeclaims',
    metadata: { namespace: 'lab', name: 'bound', labels: { a: 'b' } },
    fields: {
      spec: {
        accessModes: ['ReadWriteOnce'],
        volumeMode: 'Block',
        volumeName: 'local',
        storageClassName: 'fast',
        resources: { requests: { storage: '500Mi' } },
        dataSource: { kind: 'PersistentVolumeClaim', name: 'origin' },
      },
    },
    status: {
      phase: 'Bound',
      accessModes: ['ReadWriteOnce', 'ReadOnlyMany'],
      capacity: { storage: '1Gi' },
      conditions: [
        {
          type: 'Resizing',
          status: 'True',
          lastTransitionTime: since,
          reason: 'why',
          message: 'growing',
        },
        { type: 'FileSystemResizePending', status: 'False', lastProbeTime: since },
      ],
    },
  },
  {
    collection: '/api/v1/persistentvolumeclaims',
    metadata: { namespace: 'lab', name: 'data' },
    fields: {
      spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
    },
    status: { phase: 'Pending' },
  },
  {
    collection: '/apis/storage.k8s.io/v1/storageclasses',
    metadata: {
      name: 'fast',
      annotations: { 'storageclass.kubernetes.io/is-default-class': 'false', note: 'x' },
    },
    fields: {
      provisioner: 'csi.example',
      parameters: { type: 'ssd', encrypted: 'true' },
      allowVolumeExpansion: true,
      mountOptions: ['noatime', 'debug'],
      reclaimPolicy: 'Retain',
      volumeBindingMode: 'WaitForFirstConsumer',
      allowedTopologies: [
        {
          matchLabelExpressions: [
            { key: 'zone', values: ['a', 'b'] },
            { key: 'rack', values: ['1'] },
          ],
        },
        { matchLabelExpressions: [{ key: 'zone', values: ['c'] }] },
      ],
    },
  },
  {
    collection: '/apis/storage.k8s.io/v1/storageclasses',
    metadata: { name: 'slow' },
    fields: { provisioner: 'kubernetes.io/no-provisioner' },
  },
  {
    collection: '/apis/storage.k8s.io/v1/csinodes',
    metadata: { name: 'big' },
    fields: {
      spec: {
        drivers: [
          {
            name: 'csi.example',
            nodeID: 'n-1',
            allocatable: { count: 20 },
            topologyKeys: ['zone', 'rack'],
          },
          { name: 'other.example', nodeID: 'n-2', topologyKeys: null },
        ],
      },
    },
  },
  {
    collection: '/apis/storage.k8s.io/v1/volumeattributesclasses',
    metadata: { name: 'gold', annotations: { a: 'b' } },
    fields: { driverName: 'csi.example', parameters: { iops: '100', tier: 'gold' } },
  },
]
