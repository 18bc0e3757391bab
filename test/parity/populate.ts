/** Objects of many kinds, so that command lines have something to show. */
import type { ApiObject } from '#api/resource-type.ts'
import type { Transport } from '#client/transport.ts'
import { placeDescribed } from './described/place.ts'

interface Draft {
  readonly metadata: {
    readonly name: string
    readonly namespace?: string
    readonly labels?: object
    readonly annotations?: object
  }
  readonly [field: string]: unknown
}

/** The collection without its namespace, and the object. */
type Row = readonly [collection: string, object: Draft]

const podSpec = {
  containers: [
    {
      name: 'web',
      image: 'nginx:1.25',
      ports: [{ containerPort: 80 }],
      resources: { requests: { cpu: '100m', memory: '64Mi' }, limits: { memory: '128Mi' } },
      env: [{ name: 'MODE', value: 'fast' }],
    },
    { name: 'sidecar', image: 'busybox:1.36', command: ['sleep', '3600'] },
  ],
}

function template(app: string) {
  return { metadata: { labels: { app } }, spec: podSpec }
}

const objects: readonly Row[] = [
  ['/api/v1/namespaces', { metadata: { name: 'shop', labels: { team: 'a' } } }],
  [
    '/api/v1/nodes',
    { metadata: { name: 'node-1', labels: { 'kubernetes.io/hostname': 'node-1', zone: 'eu' } } },
  ],
  ['/api/v1/serviceaccounts', { metadata: { namespace: 'shop', name: 'default' } }],
  ['/api/v1/serviceaccounts', { metadata: { namespace: 'default', name: 'default' } }],
  ['/api/v1/nodes', { metadata: { name: 'node-2' }, spec: { unschedulable: true } }],
  [
    '/api/v1/configmaps',
    {
      metadata: { namespace: 'shop', name: 'settings', annotations: { note: 'a <b> & "c"' } },
      data: { 'app.conf': 'a = 1\nb = 2\n', mode: 'fast', empty: '', number: '7', word: 'yes' },
    },
  ],
  [
    '/api/v1/secrets',
    { metadata: { namespace: 'shop', name: 'login' }, type: 'Opaque', stringData: { user: 'eve' } },
  ],
  ['/api/v1/serviceaccounts', { metadata: { namespace: 'shop', name: 'builder' } }],
  ...['web-1', 'web-2', 'db-0'].map((name, at): Row => [
    '/api/v1/pods',
    {
      metadata: {
        namespace: 'shop',
        name,
        labels: { app: name.split('-')[0], tier: at === 2 ? 'back' : 'front', rank: `${3 - at}` },
      },
      spec: podSpec,
    },
  ]),
  [
    '/api/v1/services',
    {
      metadata: { namespace: 'shop', name: 'web', labels: { app: 'web' } },
      spec: {
        clusterIP: '10.96.0.20',
        type: 'NodePort',
        selector: { app: 'web' },
        ports: [
          { name: 'http', port: 80, targetPort: 8080, nodePort: 30080 },
          { name: 'dns', port: 53, protocol: 'UDP', nodePort: 30053 },
        ],
      },
    },
  ],
  [
    '/api/v1/services',
    {
      metadata: { namespace: 'shop', name: 'db' },
      spec: { clusterIP: 'None', selector: { app: 'db' }, ports: [{ port: 5432 }] },
    },
  ],
  [
    '/apis/apps/v1/deployments',
    {
      metadata: { namespace: 'shop', name: 'web', labels: { app: 'web' } },
      spec: { replicas: 2, selector: { matchLabels: { app: 'web' } }, template: template('web') },
    },
  ],
  [
    '/apis/apps/v1/statefulsets',
    {
      metadata: { namespace: 'shop', name: 'db' },
      spec: {
        serviceName: 'db',
        replicas: 1,
        selector: { matchLabels: { app: 'db' } },
        template: template('db'),
      },
    },
  ],
  [
    '/apis/apps/v1/daemonsets',
    {
      metadata: { namespace: 'shop', name: 'agent' },
      spec: { selector: { matchLabels: { app: 'agent' } }, template: template('agent') },
    },
  ],
  [
    '/apis/apps/v1/replicasets',
    {
      metadata: { namespace: 'shop', name: 'web-5d4f', labels: { app: 'web' } },
      spec: { replicas: 2, selector: { matchLabels: { app: 'web' } }, template: template('web') },
    },
  ],
  [
    '/apis/batch/v1/jobs',
    {
      metadata: { namespace: 'shop', name: 'report' },
      spec: {
        completions: 3,
        parallelism: 2,
        template: { spec: { ...podSpec, restartPolicy: 'Never' } },
      },
    },
  ],
  [
    '/apis/batch/v1/cronjobs',
    {
      metadata: { namespace: 'shop', name: 'nightly' },
      spec: {
        schedule: '0 3 * * *',
        jobTemplate: { spec: { template: { spec: { ...podSpec, restartPolicy: 'OnFailure' } } } },
      },
    },
  ],
  [
    '/apis/networking.k8s.io/v1/ingresses',
    {
      metadata: { namespace: 'shop', name: 'front' },
      spec: {
        ingressClassName: 'nginx',
        tls: [{ hosts: ['shop.example'], secretName: 'tls' }],
        rules: [
          {
            host: 'shop.example',
            http: {
              paths: [
                {
                  path: '/',
                  pathType: 'Prefix',
                  backend: { service: { name: 'web', port: { number: 80 } } },
                },
              ],
            },
          },
        ],
      },
    },
  ],
  [
    '/apis/networking.k8s.io/v1/networkpolicies',
    {
      metadata: { namespace: 'shop', name: 'closed' },
      spec: { podSelector: { matchLabels: { app: 'db' } }, policyTypes: ['Ingress'] },
    },
  ],
  [
    '/apis/rbac.authorization.k8s.io/v1/roles',
    {
      metadata: { namespace: 'shop', name: 'reader' },
      rules: [{ apiGroups: [''], resources: ['pods'], verbs: ['get', 'list'] }],
    },
  ],
  [
    '/apis/rbac.authorization.k8s.io/v1/rolebindings',
    {
      metadata: { namespace: 'shop', name: 'readers' },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'reader' },
      subjects: [{ kind: 'User', apiGroup: 'rbac.authorization.k8s.io', name: 'bob' }],
    },
  ],
  [
    '/api/v1/persistentvolumeclaims',
    {
      metadata: { namespace: 'shop', name: 'data' },
      spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
    },
  ],
  [
    '/apis/autoscaling/v2/horizontalpodautoscalers',
    {
      metadata: { namespace: 'shop', name: 'web' },
      spec: {
        scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' },
        minReplicas: 1,
        maxReplicas: 5,
      },
    },
  ],
  [
    '/apis/policy/v1/poddisruptionbudgets',
    {
      metadata: { namespace: 'shop', name: 'web' },
      spec: { minAvailable: 1, selector: { matchLabels: { app: 'web' } } },
    },
  ],
  [
    '/apis/scheduling.k8s.io/v1/priorityclasses',
    { metadata: { name: 'high' }, value: 1000, description: 'first' },
  ],
]

/** Creates them in order; pods and nodes get a status as a kubelet would write it. */
export async function populate(transport: Transport): Promise<void> {
  for (const [collection, object] of objects) {
    const path = placed(collection, object.metadata.namespace)
    const { body } = await transport.request({
      method: 'POST',
      path,
      body: structuredClone(object),
    })
    const status = statusOf(body as ApiObject)
    if (status === undefined) continue
    const item = `${path}/${object.metadata.name}/status`
    const withStatus = { ...(body as ApiObject), status }
    await transport.request({ method: 'PUT', path: item, body: withStatus })
  }
  await placeDescribed(transport)
}

function placed(collection: string, namespace: string | undefined): string {
  if (namespace === undefined) return collection
  return collection.replace(/\/([^/]+)$/, `/namespaces/${namespace}/$1`)
}

const since = '2026-01-01T00:00:00Z'

function statusOf(object: ApiObject): object | undefined {
  if (object.kind === 'Node') {
    return {
      conditions: [{ type: 'Ready', status: 'True', reason: 'KubeletReady', message: 'ready' }],
      addresses: [{ type: 'InternalIP', address: '192.0.2.10' }],
      capacity: { cpu: '4', memory: '8Gi', pods: '110' },
      allocatable: { cpu: '4', memory: '8Gi', pods: '110' },
      nodeInfo: { kubeletVersion: 'v1.36.0', osImage: 'Linux', containerRuntimeVersion: 'c://1' },
    }
  }
  if (object.kind !== 'Pod') return undefined
  const isReady = object.metadata.name !== 'web-2'
  return {
    phase: 'Running',
    podIP: '10.244.0.5',
    podIPs: [{ ip: '10.244.0.5' }],
    hostIP: '192.0.2.10',
    startTime: since,
    conditions: [{ type: 'Ready', status: isReady ? 'True' : 'False' }],
    containerStatuses: ['web', 'sidecar'].map((name) => ({
      name,
      image: name === 'web' ? 'nginx:1.25' : 'busybox:1.36',
      imageID: 'sha256:1234',
      ready: isReady,
      restartCount: isReady ? 0 : 4,
      started: true,
      state: isReady
        ? { running: { startedAt: since } }
        : { waiting: { reason: 'CrashLoopBackOff', message: 'back-off 5m0s' } },
    })),
  }
}
