/** What the real kubectl reads and sends in protobuf: Go's own decoder judges our bytes. Needs no cluster. */
import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, suite, test } from 'node:test'
import { startTestApiServer, type TestApiServer } from '#testing/api-server.ts'
import { realClients, run, type Result } from './kubectl.ts'

const limit = { timeout: 120_000 }
const protobuf = 'application/vnd.kubernetes.protobuf'

const objects = `
apiVersion: v1
kind: ServiceAccount
metadata: {name: default}
---
apiVersion: v1
kind: Pod
metadata: {name: p, labels: {app: p}, annotations: {a: "ü😀", b: ""}}
spec:
  nodeName: n1
  securityContext: {runAsUser: 0, fsGroup: 7, sysctls: [{name: kernel.shm_rmid_forced, value: "0"}]}
  containers:
  - name: c
    image: nginx
    command: [a, "", c]
    resources: {requests: {cpu: 500m, memory: 1500Mi}, limits: {cpu: "1"}}
    ports: [{containerPort: 80, name: http}]
    livenessProbe: {httpGet: {path: /x, port: http}, initialDelaySeconds: 3}
    env: [{name: A, value: b}, {name: B, valueFrom: {fieldRef: {fieldPath: metadata.name}}}]
    volumeMounts: [{name: v, mountPath: /v}]
  volumes:
  - {name: v, emptyDir: {medium: Memory, sizeLimit: 10Mi}}
  - {name: s, projected: {sources: [{serviceAccountToken: {path: t, expirationSeconds: 3600}}]}}
  tolerations: [{key: a, operator: Exists, effect: NoExecute, tolerationSeconds: 30}]
---
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: ds}
spec:
  selector: {matchLabels: {a: b}, matchExpressions: [{key: x, operator: In, values: [v, w]}]}
  updateStrategy: {rollingUpdate: {maxUnavailable: 50%}}
  template:
    metadata: {labels: {a: b, x: v}}
    spec: {containers: [{name: c, image: i}]}
---
apiVersion: v1
kind: Node
metadata: {name: n1}
spec: {taints: [{key: a, effect: NoSchedule, timeAdded: "2020-01-01T00:00:00Z"}]}
status: {capacity: {cpu: "4", memory: 8Gi}}
---
apiVersion: v1
kind: Event
metadata: {name: e}
involvedObject: {kind: Pod, name: p, namespace: default}
reason: First
message: m
type: Normal
eventTime: "2020-01-01T00:00:00.123456Z"
reportingComponent: c/x
reportingInstance: i
action: A
`

suite('kubectl speaks protobuf', () => {
  const folder = mkdtempSync(join(tmpdir(), 'k8ts-protobuf-'))
  let server: TestApiServer
  let kubectl: (line: string) => Promise<Result>

  before(async () => {
    server = await startTestApiServer()
    const program = join(await realClients('36'), 'kubectl', 'kubectl')
    const kubeconfig = join(folder, 'config')
    writeFileSync(kubeconfig, JSON.stringify(kubeconfigOf(server)))
    kubectl = (line) => {
      const args = ['--kubeconfig', kubeconfig, ...line.split(' ')]
      return run(program, args, { timeoutMs: limit.timeout })
    }
    const file = join(folder, 'objects.yaml')
    writeFileSync(file, objects)
    const applied = await kubectl(`apply -f ${file}`)
    assert.equal(applied.code, 0, applied.stderr)
  })
  after(async () => {
    await server[Symbol.asyncDispose]()
    rmSync(folder, { recursive: true })
  })

  test('lists are what they are in JSON', limit, async () => {
    const dump = join(folder, 'dump')
    const answered = await kubectl(`cluster-info dump -o json --output-directory ${dump} -v=8`)
    assert.equal(answered.stderr.includes(`Content-Type: ${protobuf}`), true)
    for (const [file, path] of [
      ['nodes', '/api/v1/nodes'],
      ['default/pods', '/api/v1/namespaces/default/pods'],
      ['default/events', '/api/v1/namespaces/default/events'],
      ['default/services', '/api/v1/namespaces/default/services'],
      ['default/daemonsets', '/apis/apps/v1/namespaces/default/daemonsets'],
    ] as const) {
      const read = JSON.parse(readFileSync(join(dump, `${file}.json`), 'utf8')) as List
      const raw = JSON.parse((await kubectl(`get --raw ${path}`)).stdout) as List
      assert.ok(raw.items.length > 0, path)
      assert.deepEqual(read.items.map(shown), raw.items.map(shown))
    }
  })

  test('what is created in protobuf comes back in it', limit, async () => {
    const quota = await kubectl('create quota q --hard=cpu=1500m,pods=2 -o json -v=8')
    assert.match(quota.stderr, new RegExp(`Response[^]*Content-Type: ${protobuf}`))
    const { spec } = JSON.parse(quota.stdout) as { spec: unknown }
    assert.deepEqual(spec, { hard: { cpu: '1500m', pods: '2' } })
  })

  test('a failure is told in it', limit, async () => {
    await kubectl('create configmap twice')
    const again = await kubectl('create configmap twice -v=8')
    assert.match(again.stderr, new RegExp(`409[^]*Content-Type: ${protobuf}`))
    assert.match(again.stderr, /configmaps "twice" already exists/)
  })

  test('events are watched in it', limit, async () => {
    const watching = kubectl('events --watch -v=8 --request-timeout=3s')
    const event = { involvedObject: { kind: 'Pod', name: 'p', namespace: 'default' } }
    const file = join(folder, 'event.json')
    const metadata = { name: 'later', namespace: 'default' }
    const later = {
      ...event,
      apiVersion: 'v1',
      kind: 'Event',
      metadata,
      reason: 'Later',
      type: 'Normal',
    }
    writeFileSync(file, JSON.stringify(later))
    assert.equal((await kubectl(`create -f ${file}`)).code, 0)
    const { stdout, stderr } = await watching
    assert.ok(stderr.includes(`Content-Type: ${protobuf};stream=watch`), stderr)
    assert.match(stdout, /Normal +First +Pod\/p/)
    assert.match(stdout, /Normal +Later +Pod\/p/)
  })
})

interface List {
  readonly items: readonly unknown[]
}

const unshown: ReadonlySet<string> = new Set(['kind', 'apiVersion', 'managedFields'])

/** Without what kubectl leaves out of items, and without the nulls that Go writes for unset times. */
function shown(object: unknown): unknown {
  const { metadata, ...rest } = object as { readonly metadata: object }
  return [metadata, rest].map((part) =>
    Object.fromEntries(Object.entries(withoutNulls(part)).filter(([name]) => !unshown.has(name))),
  )
}

function withoutNulls(value: object): object {
  const text = JSON.stringify(value)
  return JSON.parse(text, (_, item: unknown) => (item === null ? undefined : item)) as object
}

function kubeconfigOf({ server, pki }: TestApiServer): object {
  const base64 = (text: string): string => Buffer.from(text).toString('base64')
  return {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'test',
    contexts: [{ name: 'test', context: { cluster: 'test', user: 'admin' } }],
    clusters: [
      {
        name: 'test',
        cluster: {
          server: `https://127.0.0.1:${server.port}`,
          'certificate-authority-data': base64(pki.ca.certificate),
        },
      },
    ],
    users: [
      {
        name: 'admin',
        user: {
          'client-certificate-data': base64(pki.admin.certificate),
          'client-key-data': base64(pki.admin.key),
        },
      },
    ],
  }
}
