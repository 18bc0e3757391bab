/** Pods in many states, with containers, variables, mounts and volumes of every sort. */
import type { Placed } from './place.ts'

const since = '2026-01-01T00:00:00Z'
const later = '2026-01-01T01:02:03Z'

function pod(name: string, spec: object, more: Partial<Placed> = {}): Placed {
  const { metadata, ...rest } = more
  return {
    collection: '/api/v1/pods',
    metadata: { name, namespace: 'lab', ...metadata },
    fields: { spec },
    ...rest,
  }
}

const image = 'registry.example/app:1'

const variables = [
  { name: 'PLAIN', value: 'one' },
  { name: 'LINES', value: 'first\nsecond\n  third' },
  { name: 'EMPTY', value: '' },
  { name: 'NAME', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
  { name: 'NAMESPACE', valueFrom: { fieldRef: { fieldPath: 'metadata.namespace' } } },
  { name: 'ID', valueFrom: { fieldRef: { fieldPath: 'metadata.uid' } } },
  { name: 'LABEL', valueFrom: { fieldRef: { fieldPath: "metadata.labels['app']" } } },
  { name: 'NOTE', valueFrom: { fieldRef: { fieldPath: "metadata.annotations['note']" } } },
  { name: 'NODE', valueFrom: { fieldRef: { fieldPath: 'spec.nodeName' } } },
  { name: 'IP', valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } },
  { name: 'CPU', valueFrom: { resourceFieldRef: { resource: 'limits.cpu' } } },
  { name: 'CPU_M', valueFrom: { resourceFieldRef: { resource: 'limits.cpu', divisor: '1m' } } },
  { name: 'MEMORY', valueFrom: { resourceFieldRef: { resource: 'limits.memory' } } },
  {
    name: 'MEMORY_MI',
    valueFrom: { resourceFieldRef: { resource: 'requests.memory', divisor: '1Mi' } },
  },
  {
    name: 'STORAGE',
    valueFrom: { resourceFieldRef: { resource: 'limits.ephemeral-storage', divisor: '1' } },
  },
  { name: 'SECRET', valueFrom: { secretKeyRef: { name: 'login', key: 'user' } } },
  { name: 'CONFIG', valueFrom: { configMapKeyRef: { name: 'c', key: 'k', optional: true } } },
]

const times = { initialDelaySeconds: 5, timeoutSeconds: 2, periodSeconds: 7, failureThreshold: 4 }

const main = {
  name: 'main',
  image,
  command: ['sh', '-c'],
  args: ['echo one\necho two', '--flag'],
  ports: [
    { containerPort: 80, hostPort: 8080 },
    { containerPort: 53, protocol: 'UDP', name: 'dns' },
  ],
  securityContext: { seccompProfile: { type: 'Localhost', localhostProfile: 'strict.json' } },
  resources: {
    limits: { cpu: '1500m', memory: '0.5Gi', 'ephemeral-storage': '2G' },
    requests: { cpu: '0.25', memory: '1024Ki' },
  },
  livenessProbe: { httpGet: { port: 8080, path: '/healthz?x=1 y' }, ...times },
  readinessProbe: { httpGet: { port: 'dns', scheme: 'HTTPS', host: 'example.com', path: 'a/b' } },
  startupProbe: { exec: { command: ['cat', '/tmp/ready file'] } },
  env: variables,
  envFrom: [
    { configMapRef: { name: 'settings' } },
    { secretRef: { name: 'login', optional: true }, prefix: 'LOGIN_' },
  ],
  volumeMounts: [
    { name: 'scratch', mountPath: '/z' },
    { name: 'scratch', mountPath: '/a', subPath: 'in/"side"', readOnly: true },
  ],
  volumeDevices: [
    { name: 'block', devicePath: '/dev/y' },
    { name: 'block-2', devicePath: '/dev/x' },
  ],
}

const rich = pod(
  'rich',
  {
    nodeName: 'big',
    priorityClassName: 'high',
    securityContext: { seccompProfile: { type: 'Localhost', localhostProfile: 'pod.json' } },
    nodeSelector: { disk: 'ssd', arch: 'arm64' },
    tolerations: [
      { operator: 'Exists' },
      { key: 'b', operator: 'Equal', value: 'v', effect: 'NoSchedule' },
      { key: 'a', operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 30 },
      { operator: 'Exists', effect: 'PreferNoSchedule' },
    ],
    topologySpreadConstraints: [
      {
        topologyKey: 'zone',
        maxSkew: 2,
        whenUnsatisfiable: 'ScheduleAnyway',
        labelSelector: { matchLabels: { app: 'rich' } },
      },
      { topologyKey: 'host', maxSkew: 1, whenUnsatisfiable: 'DoNotSchedule' },
    ],
    readinessGates: [{ conditionType: 'example.com/gate' }, { conditionType: 'example.com/other' }],
    overhead: {},
    initContainers: [
      { name: 'first', image },
      { name: 'proxy', image, restartPolicy: 'Always', resources: { requests: { cpu: '10m' } } },
    ],
    containers: [
      main,
      {
        name: 'probed',
        image,
        livenessProbe: { tcpSocket: { port: 'dns', host: '10.0.0.1' } },
        readinessProbe: { grpc: { port: 9000, service: 'ready' } },
        startupProbe: { grpc: { port: 9000 } },
        securityContext: { seccompProfile: { type: 'RuntimeDefault' } },
      },
    ],
    volumes: [
      { name: 'scratch', emptyDir: {} },
      { name: 'block', persistentVolumeClaim: { claimName: 'data' } },
      { name: 'block-2', persistentVolumeClaim: { claimName: 'bound', readOnly: true } },
    ],
  },
  {
    metadata: {
      name: 'rich',
      labels: { app: 'rich', 'a.example/b': '' },
      annotations: {
        note: 'short',
        lines: 'one\ntwo\n',
        long: `${'0123456789'.repeat(13)}12345`,
        'very-long': `${'ä'.repeat(200)}`,
        escape: 'a\u001b[31mred\r',
        'kubectl.kubernetes.io/last-applied-configuration': '{}',
      },
    },
    owner: { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'front-2', controller: true },
    subresource: {
      name: 'ephemeralcontainers',
      fields: {
        spec: {
          ephemeralContainers: [
            { name: 'debug', image: 'busybox', stdin: true, targetContainerName: 'main' },
          ],
        },
      },
    },
    status: {
      phase: 'Running',
      hostIP: '192.0.2.20',
      podIP: '10.244.1.7',
      podIPs: [{ ip: '10.244.1.7' }, { ip: 'fd00::7' }],
      startTime: since,
      nominatedNodeName: 'other',
      conditions: [
        { type: 'PodScheduled', status: 'True' },
        { type: 'example.com/gate', status: 'False' },
        { type: 'Ready', status: 'False', reason: 'ContainersNotReady' },
      ],
      initContainerStatuses: [
        {
          name: 'first',
          image,
          imageID: 'sha256:1',
          containerID: 'containerd://1',
          ready: true,
          restartCount: 1,
          state: {
            terminated: {
              exitCode: 0,
              reason: 'Completed',
              startedAt: since,
              finishedAt: later,
            },
          },
        },
        { name: 'proxy', image, imageID: '', ready: true, restartCount: 0, state: {} },
      ],
      containerStatuses: [
        {
          name: 'main',
          image,
          imageID: 'sha256:1',
          containerID: 'containerd://2',
          ready: false,
          restartCount: 7,
          state: { waiting: { reason: 'CrashLoopBackOff', message: 'back-off 5m0s' } },
          lastState: {
            terminated: {
              exitCode: 137,
              signal: 9,
              reason: 'OOMKilled',
              message: 'out of memory',
              startedAt: since,
              finishedAt: later,
            },
          },
          resources: { requests: { cpu: '500m', memory: '1Mi' } },
          allocatedResources: { cpu: '300m' },
        },
        {
          name: 'probed',
          image,
          imageID: 'sha256:1',
          ready: true,
          restartCount: 0,
          state: { running: { startedAt: later } },
        },
      ],
    },
  },
)

const volumes = [
  { hostPath: { path: '/var/log' } },
  { hostPath: { path: '/run/x.sock', type: 'Socket' } },
  { emptyDir: { medium: 'Memory', sizeLimit: '1024Mi' } },
  { emptyDir: { sizeLimit: '0' } },
  { gcePersistentDisk: { pdName: 'disk', fsType: 'ext4', partition: 2, readOnly: true } },
  { awsElasticBlockStore: { volumeID: 'vol-1' } },
  { gitRepo: { repository: 'https://git.example/x.git', revision: 'main' } },
  { secret: { secretName: 'login' } },
  { secret: { secretName: 'login', optional: true } },
  { configMap: { name: 'settings', optional: false } },
  { nfs: { server: 'nfs.example', path: '/x', readOnly: true } },
  { iscsi: { targetPortal: '10.0.0.1:3260', iqn: 'iqn.2001-04.com.example:x', lun: 3 } },
  {
    iscsi: {
      targetPortal: '10.0.0.1:3260',
      iqn: 'iqn.2001-04.com.example:x',
      lun: 3,
      portals: ['10.0.0.2', '10.0.0.3'],
      chapAuthSession: true,
      secretRef: { name: 'chap' },
      initiatorName: 'iqn.2001-04.com.example:y',
    },
  },
  { glusterfs: { endpoints: 'g', path: 'v' } },
  { persistentVolumeClaim: { claimName: 'data', readOnly: true } },
  {
    ephemeral: {
      volumeClaimTemplate: {
        metadata: { labels: { a: '1', b: '2' }, annotations: { note: 'x', other: 'y' } },
        spec: {
          accessModes: ['ReadWriteOnce'],
          storageClassName: 'fast',
          resources: { requests: { storage: '1Gi' } },
          dataSource: { apiGroup: 'snapshot.storage.k8s.io', kind: 'VolumeSnapshot', name: 's' },
        },
      },
    },
  },
  { rbd: { monitors: ['10.0.0.1', '10.0.0.2'], image: 'i', secretRef: { name: 'ceph' } } },
  { quobyte: { registry: 'r:1', volume: 'v' } },
  {
    downwardAPI: {
      items: [
        { path: 'labels', fieldRef: { fieldPath: 'metadata.labels' } },
        { path: 'cpu', resourceFieldRef: { containerName: 'main', resource: 'limits.cpu' } },
      ],
    },
  },
  { azureDisk: { diskName: 'd', diskURI: 'https://azure.example/d' } },
  { vsphereVolume: { volumePath: '[ds] x.vmdk', storagePolicyName: 'p' } },
  { cinder: { volumeID: 'c', secretRef: { name: 's' } } },
  { photonPersistentDisk: { pdID: 'p' } },
  { portworxVolume: { volumeID: 'p' } },
  {
    scaleIO: {
      gateway: 'https://s.example',
      system: 's',
      secretRef: { name: 'x' },
      volumeName: 'v',
    },
  },
  { cephfs: { monitors: ['10.0.0.1:6789'], secretFile: '/etc/s' } },
  { storageos: { volumeName: 'v', volumeNamespace: 'n' } },
  { fc: { targetWWNs: ['500a0982991b8dc5', '500a0982891b8dc5'], lun: 2 } },
  { azureFile: { secretName: 's', shareName: 'x' } },
  { flexVolume: { driver: 'example/lvm', options: { size: '1', fs: 'x' } } },
  { flexVolume: { driver: 'example/lvm', secretRef: { name: 's' } } },
  { flocker: { datasetName: 'd' } },
  {
    projected: {
      sources: [
        { secret: { name: 'login', optional: true } },
        { configMap: { name: 'settings' } },
        { downwardAPI: { items: [] } },
        { serviceAccountToken: { path: 'token', expirationSeconds: 600 } },
      ],
    },
  },
  { csi: { driver: 'csi.example', readOnly: true, fsType: 'xfs' } },
  {
    csi: {
      driver: 'csi.example',
      volumeAttributes: { b: '2', a: '1', long: 'x'.repeat(200) },
    },
  },
  { image: { reference: 'registry.example/data:1', pullPolicy: 'Always' } },
]

function finished(exitCode: number, reason: string) {
  return { exitCode, reason, startedAt: since, finishedAt: later }
}

const plain = { containers: [{ name: 'main', image }] }

export const podObjects: readonly Placed[] = [
  rich,
  pod('volumes', {
    ...plain,
    automountServiceAccountToken: false,
    volumes: volumes.map((volume, at) => ({ name: `v-${at}`, ...volume })),
  }),
  pod('pending', { ...plain, automountServiceAccountToken: false }),
  pod(
    'failed',
    { ...plain, nodeName: 'big' },
    {
      status: {
        phase: 'Failed',
        reason: 'Evicted',
        message: 'The node was low on resource: memory. ',
        startTime: since,
      },
    },
  ),
  pod(
    'done',
    { ...plain, nodeName: 'big', restartPolicy: 'Never' },
    {
      status: {
        phase: 'Succeeded',
        containerStatuses: [
          {
            name: 'main',
            image,
            imageID: '',
            ready: false,
            restartCount: 0,
            state: { terminated: finished(0, 'Completed') },
          },
        ],
      },
    },
  ),
  pod(
    'ending',
    { ...plain, nodeName: 'big' },
    {
      metadata: { name: 'ending', finalizers: ['example.com/keep'] },
      status: { phase: 'Running' },
      deleted: true,
    },
  ),
  pod(
    'mirror',
    { ...plain, nodeName: 'big' },
    {
      metadata: {
        name: 'mirror',
        annotations: {
          'kubernetes.io/config.mirror': 'f00d',
          'kubernetes.io/config.source': 'file',
        },
      },
      status: { phase: 'Pending' },
    },
  ),
  pod('guaranteed', {
    nodeName: 'big',
    containers: [
      {
        name: 'main',
        image,
        resources: { limits: { cpu: '1', memory: '1Gi', 'example.com/gpu': '2' } },
      },
      { name: 'side', image, resources: { limits: { cpu: '500m', memory: '100M' } } },
    ],
    resources: { limits: { cpu: '2', memory: '2Gi' } },
  }),
]
