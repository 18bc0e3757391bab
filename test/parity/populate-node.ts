/** A node whose kubelet answers, and pods that run there: for what streams. */
import type { Transport } from '#client/transport.ts'

interface RunningPod {
  readonly name: string
  readonly app: string
  readonly annotations?: Readonly<Record<string, string>>
  readonly containers: readonly object[]
  readonly initContainers?: readonly object[]
  readonly phase?: string
  readonly spec?: object
}

const shell = { name: 'shell', image: 'busybox:1.36', command: ['sleep', '3600'] }
const web = {
  name: 'web',
  image: 'nginx:1.25',
  ports: [
    { name: 'http', containerPort: 80 },
    { name: 'dns', containerPort: 53, protocol: 'UDP' },
  ],
  livenessProbe: { httpGet: { path: '/', port: 80 } },
  readinessProbe: { httpGet: { path: '/', port: 80 } },
}

const pods: readonly RunningPod[] = [
  { name: 'one', app: 'one', containers: [shell] },
  { name: 'two', app: 'two', containers: [web, shell] },
  {
    name: 'marked',
    app: 'marked',
    annotations: { 'kubectl.kubernetes.io/default-container': 'shell' },
    containers: [web, shell],
    initContainers: [{ name: 'setup', image: 'busybox:1.36' }],
  },
  {
    name: 'lost',
    app: 'lost',
    annotations: { 'kubectl.kubernetes.io/default-container': 'nope' },
    containers: [web, shell],
  },
  { name: 'terminal', app: 'terminal', containers: [{ ...shell, stdin: true, tty: true }] },
  { name: 'done', app: 'done', containers: [shell], phase: 'Succeeded' },
  { name: 'waits', app: 'waits', containers: [shell], phase: 'Pending' },
  {
    name: 'user',
    app: 'user',
    containers: [shell],
    spec: { securityContext: { runAsUser: 1000 } },
  },
]

const since = '2026-01-01T00:00:00Z'

/** In the namespace `live`. */
export async function populateNode(transport: Transport, kubeletPort: number): Promise<void> {
  const create = async (path: string, body: object): Promise<object> =>
    (await transport.request({ method: 'POST', path, body })).body as object
  await create('/api/v1/namespaces', { metadata: { name: 'live' } })
  await create('/api/v1/namespaces/live/serviceaccounts', { metadata: { name: 'default' } })
  const node = await create('/api/v1/nodes', { metadata: { name: 'worker' } })
  const nodeStatus = {
    addresses: [{ type: 'InternalIP', address: '127.0.0.1' }],
    daemonEndpoints: { kubeletEndpoint: { Port: kubeletPort } },
    conditions: [{ type: 'Ready', status: 'True' }],
  }
  await transport.request({
    method: 'PUT',
    path: '/api/v1/nodes/worker/status',
    body: { ...node, status: nodeStatus },
  })
  for (const pod of pods) await run(transport, create, pod)
  await create('/apis/apps/v1/namespaces/live/deployments', {
    metadata: { name: 'two' },
    spec: {
      selector: { matchLabels: { app: 'two' } },
      template: { metadata: { labels: { app: 'two' } }, spec: { containers: [web, shell] } },
    },
  })
  for (const [name, spec] of services) {
    await create('/api/v1/namespaces/live/services', { metadata: { name }, spec })
  }
}

const services: readonly (readonly [string, object])[] = [
  [
    'two',
    {
      clusterIP: '10.96.0.130',
      selector: { app: 'two' },
      ports: [
        { name: 'web', port: 8080, targetPort: 'http' },
        { name: 'plain', port: 81, targetPort: 8081 },
        { name: 'names', port: 53, targetPort: 'dns', protocol: 'UDP' },
        { name: 'wrong', port: 99, targetPort: 'nope' },
      ],
    },
  ],
  ['bare', { clusterIP: '10.96.0.131', ports: [{ port: 80 }] }],
  ['none', { clusterIP: '10.96.0.132', selector: { app: 'none' }, ports: [{ port: 80 }] }],
]

async function run(
  transport: Transport,
  create: (path: string, body: object) => Promise<object>,
  { name, app, annotations, phase = 'Running', spec = {}, ...containers }: RunningPod,
): Promise<void> {
  const collection = '/api/v1/namespaces/live/pods'
  const body = await create(collection, {
    metadata: { name, labels: { app }, ...(annotations && { annotations }) },
    spec: { nodeName: 'worker', ...containers, ...spec },
  })
  const status = {
    phase,
    conditions: [{ type: 'Ready', status: phase === 'Running' ? 'True' : 'False' }],
    startTime: since,
  }
  const path = `${collection}/${name}/status`
  await transport.request({ method: 'PUT', path, body: { ...body, status } })
}
