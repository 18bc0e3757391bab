/** A kubelet with a real runtime and a real API server: needs root, containerd and CNI plugins. */
import assert from 'node:assert/strict'
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import type { Pod, PodSpec } from '#api/core/v1.gen.ts'
import { isPodReady } from '#api/meta/pods.ts'
import { isStatus } from '#api/meta/status.ts'
import { configmaps, namespaces, nodes, pods, serviceaccounts } from '#api/resources.gen.ts'
import { silentLogger } from '#base/logger.ts'
import { systemClock } from '#base/system-clock.ts'
import type { Client } from '#client/client.ts'
import { createClient } from '#client/create-client.ts'
import { run } from '#linux/run.ts'
import { master, startTestApiServer } from '#testing/api-server.ts'
import { startTestContainerd, testImage } from '#testing/containerd.ts'
import type { TestContainerd } from '#testing/containerd.ts'
import { startKubelet } from './kubelet.ts'
import type { Kubelet } from './kubelet.ts'

const nodeName = 'rooted'
const namespace = 'tests'
const stack = new AsyncDisposableStack()
let containerd: TestContainerd
let client: Client
let kubelet: Kubelet

function start(): Promise<Kubelet> {
  const { folder, socket, networkFolder } = containerd
  return startKubelet(
    {
      client,
      runtimeEndpoint: socket,
      nodeName,
      nodeIps: ['192.0.2.9'],
      paths: {
        root: join(folder, 'kubelet'),
        podLogs: join(folder, 'logs/pods'),
        containerLogs: join(folder, 'logs/containers'),
      },
      manifestPath: join(folder, 'manifests'),
      clusterDns: ['10.96.0.10'],
      clusterDomain: 'cluster.local',
      resolvConf: '',
      cgroupRoot: '/k8ts-root-test',
      labels: {},
      taints: [],
      podsMax: 20,
      port: 10_250,
      imageRoot: folder,
      network: {
        configFolder: networkFolder,
        name: 'test',
        bridge: 'cni0',
        masquerade: false,
        leaseFolder: join(folder, 'leases'),
      },
      clock: systemClock,
      random: () => Math.random(),
      log: silentLogger,
      run,
    },
    new AbortController().signal,
  )
}

before(
  async () => {
    containerd = stack.use(await startTestContainerd())
    const { server } = stack.use(await startTestApiServer({ port: false }))
    client = createClient(server.transport(master))
    await client
      .for(namespaces)
      .create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace }, spec: {} })
    // What controllers make in every namespace, and pods mount.
    await client
      .in(serviceaccounts, namespace)
      .create({ apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'default' } })
    await client.in(configmaps, namespace).create({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'kube-root-ca.crt' },
      data: { 'ca.crt': 'no certificate' },
    })
    kubelet = await start()
    await eventually('a node', async () => (await node()) !== undefined)
    const spec = { podCIDR: '10.251.0.0/24', podCIDRs: ['10.251.0.0/24'] }
    await client.for(nodes).patch(nodeName, 'merge', { spec })
  },
  { timeout: 90_000 },
)

after(
  async () => {
    await client.in(pods, namespace).deleteCollection({ delete: { gracePeriodSeconds: 1 } })
    await eventually(
      'no pods',
      async () => (await client.in(pods, namespace).list()).items.length === 0,
    )
    await eventually('no containers', async () => (await kubelet.cri.listPodSandbox()).length === 0)
    await kubelet[Symbol.asyncDispose]()
    await stack.disposeAsync()
    for (const controller of ['cpu', 'cpuacct', 'memory', 'pids', '']) {
      await removeCgroup(join('/sys/fs/cgroup', controller, 'k8ts-root-test'))
    }
  },
  { timeout: 60_000 },
)

async function removeCgroup(folder: string): Promise<void> {
  await run('find', [folder, '-depth', '-type', 'd', '-exec', 'rmdir', '{}', ';']).catch(
    () => undefined,
  )
}

async function eventually(what: string, holds: () => Promise<boolean>): Promise<void> {
  const untilMs = Date.now() + 20_000
  while (!(await holds())) {
    if (Date.now() > untilMs) assert.fail(`never: ${what}`)
    await new Promise((resolve) => {
      setTimeout(resolve, 20)
    })
  }
}

const node = () =>
  client
    .for(nodes)
    .get(nodeName)
    .catch((error: unknown) => {
      if (isStatus(error, 'NotFound')) return undefined
      throw error
    })

async function create(name: string, spec: Partial<PodSpec>, metadata: object = {}): Promise<void> {
  await client.in(pods, namespace).create({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, ...metadata },
    spec: { nodeName, terminationGracePeriodSeconds: 1, containers: [], ...spec },
  })
}

const get = (name: string): Promise<Pod> => client.in(pods, namespace).get(name)
const shell = (script: string) => ({
  name: 'c',
  image: testImage,
  imagePullPolicy: 'IfNotPresent',
  command: ['sh', '-c', script],
})

async function logOf(name: string): Promise<string> {
  const { metadata } = await get(name)
  const folder = `${namespace}_${name}_${metadata.uid}`
  return readFile(join(containerd.folder, 'logs/pods', folder, 'c/0.log'), 'utf8')
}

async function ready(name: string): Promise<Pod> {
  await eventually(`${name} is ready`, async () => isPodReady(await get(name)))
  return get(name)
}

async function finished(name: string): Promise<Pod> {
  const done = ['Succeeded', 'Failed']
  await eventually(`${name} is done`, async () =>
    done.includes((await get(name)).status?.phase ?? ''),
  )
  return get(name)
}

describe('a kubelet with containerd', () => {
  test('the node is ready', () =>
    eventually('ready', async () => {
      const conditions = (await node())?.status?.conditions ?? []
      return conditions.some(({ type, status }) => type === 'Ready' && status === 'True')
    }))

  test('a pod has its environment, volumes, user and limits', async () => {
    await client.in(configmaps, namespace).create({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'cm' },
      data: { 'a.txt': 'apple' },
    })
    const script = [
      'echo "$GREETING $(cat /cm/a.txt) $(cat /sub.txt) $(id -u):$(id -G)"',
      'test -s /var/run/secrets/kubernetes.io/serviceaccount/token || echo no token',
      'grep labelled /info/labels; stat -c %a /e; cat /etc/hosts | tail -n 1; hostname',
    ].join('; ')
    await create(
      'rich',
      {
        restartPolicy: 'Never',
        hostname: 'rich-host',
        securityContext: { runAsUser: 1000, fsGroup: 3000 },
        containers: [
          {
            ...shell(script),
            env: [{ name: 'GREETING', value: 'hello' }],
            resources: { requests: { cpu: '100m' }, limits: { memory: '64Mi' } },
            volumeMounts: [
              { name: 'cm', mountPath: '/cm' },
              { name: 'cm', mountPath: '/sub.txt', subPath: 'a.txt' },
              { name: 'info', mountPath: '/info' },
              { name: 'e', mountPath: '/e' },
            ],
          },
        ],
        volumes: [
          { name: 'cm', configMap: { name: 'cm' } },
          { name: 'e', emptyDir: { medium: 'Memory' } },
          {
            name: 'info',
            downwardAPI: {
              items: [{ path: 'labels', fieldRef: { fieldPath: 'metadata.labels' } }],
            },
          },
        ],
      },
      { labels: { labelled: 'yes' } },
    )
    const pod = await finished('rich')
    assert.equal(pod.status?.phase, 'Succeeded', JSON.stringify(pod.status))
    const lines = (await logOf('rich'))
      .split('\n')
      .map((line) => line.split(' ').slice(3).join(' '))
    assert.deepEqual(lines, [
      'hello apple apple 1000:0 3000',
      'labelled="yes"',
      '2777',
      `${pod.status?.podIP}\trich-host`,
      'rich-host',
      '',
    ])
  })

  test('a changed ConfigMap shows in a running pod', async () => {
    await create('live', {
      containers: [
        {
          ...shell('while true; do cat /cm/live; sleep 0.1; done'),
          volumeMounts: [{ name: 'cm', mountPath: '/cm' }],
        },
      ],
      volumes: [{ name: 'cm', configMap: { name: 'cm' } }],
    })
    await ready('live')
    await client.in(configmaps, namespace).patch('cm', 'merge', { data: { live: 'changed\n' } })
    await eventually('changed', async () => (await logOf('live')).includes(' changed'))
  })

  test('a container that fails is restarted, and says why it ended', async () => {
    await create('crash', {
      containers: [{ ...shell('echo broken > /dev/termination-log; exit 3') }],
    })
    const waiting = async () => (await get('crash')).status?.containerStatuses?.[0]
    await eventually('crash loop', async () => {
      const container = await waiting()
      return container?.state?.waiting?.reason === 'CrashLoopBackOff' && container.restartCount > 0
    })
    const terminated = (await waiting())?.lastState?.terminated
    assert.equal(terminated?.exitCode, 3)
    assert.equal(terminated?.message, 'broken\n')
  })

  test('an exec probe decides on readiness', async () => {
    const readinessProbe = { exec: { command: ['test', '-e', '/tmp/ready'] }, periodSeconds: 1 }
    await create('probed', {
      containers: [{ ...shell('sleep 1; touch /tmp/ready; sleep 600'), readinessProbe }],
    })
    await eventually('running', async () => (await get('probed')).status?.phase === 'Running')
    assert.equal(isPodReady(await get('probed')), false)
    await ready('probed')
  })

  test('a kubelet that comes back leaves containers alone', async () => {
    await create('stays', { containers: [shell('sleep 600')] })
    const containerId = (await ready('stays')).status?.containerStatuses?.[0]?.containerID
    await kubelet[Symbol.asyncDispose]()
    kubelet = await start()
    await eventually('known again', async () => kubelet.pods.find(namespace, 'stays') !== undefined)
    const { status } = await ready('stays')
    assert.equal(status?.containerStatuses?.[0]?.containerID, containerId)
    assert.equal(status?.containerStatuses?.[0]?.restartCount, 0)
  })

  test('a killed container is seen at once and started again', async () => {
    await create('killed', { containers: [shell('sleep 600')] })
    const { status } = await ready('killed')
    const id = status?.containerStatuses?.[0]?.containerID?.replace('containerd://', '') ?? ''
    await run('ctr', ['-a', containerd.socket, '-n', 'k8s.io', 'task', 'kill', '-s', 'KILL', id])
    await eventually('restarted', async () => {
      const [container] = (await get('killed')).status?.containerStatuses ?? []
      return container?.restartCount === 1 && container.ready
    })
  })

  test('a deleted pod leaves nothing behind', async () => {
    await create('gone', { containers: [shell('trap exit TERM; while :; do sleep 0.1; done')] })
    const { metadata } = await ready('gone')
    await client.in(pods, namespace).delete('gone')
    const missing = async (): Promise<boolean> =>
      get('gone').then(
        () => false,
        (error: unknown) => isStatus(error, 'NotFound'),
      )
    await eventually('gone from the API', missing)
    const labelSelector = { 'io.kubernetes.pod.uid': metadata.uid }
    await eventually('gone from the runtime', async () => {
      const sandboxes = await kubelet.cri.listPodSandbox({ labelSelector })
      return sandboxes.length === 0
    })
    await eventually('no folder', async () =>
      readFile(join(containerd.folder, 'kubelet/pods', metadata.uid)).then(
        () => false,
        (error: unknown) => (error as NodeJS.ErrnoException).code === 'ENOENT',
      ),
    )
  })

  test('a manifest is a pod, with a mirror in the API', async () => {
    const path = join(containerd.folder, 'manifests/static.yaml')
    const manifest = (command: string): string =>
      JSON.stringify({
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { name: 'static', namespace },
        spec: { terminationGracePeriodSeconds: 1, containers: [shell(command)] },
      })
    await mkdir(join(containerd.folder, 'manifests'), { recursive: true })
    await writeFile(path, manifest('sleep 600'))
    const name = `static-${nodeName}`
    await eventually('a mirror', async () => get(name).then(isPodReady, () => false))
    const first = await get(name)
    await writeFile(path, manifest('sleep 601'))
    await eventually('another mirror', async () =>
      get(name).then(
        (pod) => isPodReady(pod) && pod.metadata.uid !== first.metadata.uid,
        () => false,
      ),
    )
    await rm(path)
    await eventually('no mirror', async () =>
      get(name).then(
        () => false,
        () => true,
      ),
    )
  })
})
