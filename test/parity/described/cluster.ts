/** Nodes, namespaces and their limits. */
import type { Placed } from './place.ts'

const since = '2026-01-01T00:00:00Z'
const later = '2026-01-01T01:02:03Z'

const resources = {
  cpu: '4000m',
  memory: '8388608Ki',
  pods: '110',
  'ephemeral-storage': '100G',
  'hugepages-2Mi': '64Mi',
  'hugepages-1Gi': '0',
  'example.com/gpu': '4',
}

export const clusterObjects: readonly Placed[] = [
  {
    collection: '/api/v1/namespaces',
    metadata: { name: 'lab', labels: { team: 'b', x: 'y' }, annotations: { note: 'x' } },
  },
  { collection: '/api/v1/serviceaccounts', metadata: { namespace: 'lab', name: 'default' } },
  { collection: '/api/v1/serviceaccounts', metadata: { namespace: 'lab', name: 'builder' } },
  {
    collection: '/api/v1/namespaces',
    metadata: { name: 'stuck' },
    status: {
      phase: 'Active',
      conditions: [
        {
          type: 'NamespaceDeletionDiscoveryFailure',
          status: 'True',
          reason: 'DiscoveryFailed',
          message: 'no',
          lastTransitionTime: since,
        },
        { type: 'NamespaceContentRemaining', status: 'False', lastTransitionTime: later },
      ],
    },
  },
  {
    collection: '/api/v1/nodes',
    metadata: {
      name: 'big',
      labels: {
        'node-role.kubernetes.io/worker': '',
        'node-role.kubernetes.io/control-plane': '',
        'kubernetes.io/role': 'extra',
      },
      annotations: { note: 'x' },
    },
    fields: {
      spec: {
        podCIDR: '10.244.1.0/24',
        podCIDRs: ['10.244.1.0/24', 'fd00:1::/64'],
        providerID: 'example://big',
        taints: [
          { key: 'b', effect: 'NoSchedule' },
          { key: 'a', value: 'v', effect: 'NoSchedule' },
          { key: 'z', effect: 'NoExecute' },
        ],
      },
    },
    status: {
      conditions: [
        {
          type: 'MemoryPressure',
          status: 'False',
          reason: 'KubeletHasSufficientMemory',
          message: 'enough',
          lastHeartbeatTime: later,
          lastTransitionTime: since,
        },
        {
          type: 'Ready',
          status: 'Unknown',
          reason: 'NodeStatusUnknown',
          message: 'Kubelet stopped posting',
          lastTransitionTime: since,
        },
      ],
      addresses: [
        // Nothing listens there, which is known at once.
        { type: 'InternalIP', address: '127.0.0.9' },
        { type: 'Hostname', address: 'big' },
      ],
      capacity: { ...resources, cpu: '8' },
      allocatable: resources,
      daemonEndpoints: { kubeletEndpoint: { Port: 1 } },
      nodeInfo: {
        machineID: 'm',
        systemUUID: 's',
        bootID: 'b',
        kernelVersion: '6.1',
        osImage: 'Linux',
        operatingSystem: 'linux',
        architecture: 'amd64',
        containerRuntimeVersion: 'containerd://2',
        kubeletVersion: 'v1.36.0',
      },
    },
  },
  { collection: '/api/v1/nodes', metadata: { name: 'bare' }, fields: { spec: { taints: [] } } },
  {
    collection: '/apis/coordination.k8s.io/v1/leases',
    metadata: { namespace: 'kube-node-lease', name: 'big' },
    fields: {
      spec: {
        holderIdentity: 'big',
        leaseDurationSeconds: 40,
        renewTime: '2026-01-01T00:00:00.123456Z',
        acquireTime: '2026-01-01T00:00:00.000000Z',
      },
    },
  },
  {
    collection: '/apis/coordination.k8s.io/v1/leases',
    metadata: { namespace: 'kube-node-lease', name: 'bare' },
    fields: { spec: {} },
  },
  {
    collection: '/api/v1/resourcequotas',
    metadata: { namespace: 'stuck', name: 'quota' },
    fields: { spec: { hard: { 'requests.cpu': '100', 'limits.memory': '100Gi', pods: '1k' } } },
    status: {
      hard: { 'requests.cpu': '100', 'limits.memory': '100Gi', pods: '1k' },
      used: { 'requests.cpu': '1500m', 'limits.memory': '1500M', pods: '7' },
    },
  },
  {
    collection: '/api/v1/resourcequotas',
    metadata: { namespace: 'stuck', name: 'scoped' },
    fields: { spec: { hard: { pods: '5' }, scopes: ['Terminating', 'BestEffort'] } },
    status: { hard: { pods: '5' }, used: { pods: '0' } },
  },
  {
    collection: '/api/v1/resourcequotas',
    metadata: { namespace: 'stuck', name: 'also' },
    fields: { spec: { hard: { pods: '5' }, scopes: ['NotTerminating', 'NotBestEffort'] } },
  },
  {
    collection: '/api/v1/limitranges',
    metadata: { namespace: 'stuck', name: 'range' },
    fields: {
      spec: {
        limits: [
          {
            type: 'Container',
            max: { cpu: '2' },
            min: { cpu: '100m' },
            default: { cpu: '1000m' },
            defaultRequest: { cpu: '0.5' },
            maxLimitRequestRatio: { cpu: '10' },
          },
          { type: 'Pod', max: { memory: '1024Mi' } },
          { type: 'PersistentVolumeClaim', min: { storage: '1Gi' } },
        ],
      },
    },
  },
  {
    collection: '/apis/scheduling.k8s.io/v1/priorityclasses',
    metadata: { name: 'meek', annotations: { a: 'b' } },
    fields: { value: -5, preemptionPolicy: 'Never', description: 'last' },
  },
]
