/** Clients that nobody here wrote: helm, the JavaScript and Python clients, Prometheus. */
import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, before, suite, test } from 'node:test'
import {
  environment,
  kubeconfig,
  startCluster,
  withNamespace,
  type TestCluster,
} from './cluster.ts'
import { Background, eventually, realClients, run } from './kubectl.ts'

const folder = mkdtempSync(join(tmpdir(), 'k8ts-clients-'))
after(() => rmSync(folder, { recursive: true, force: true }))

function write(path: string, text: string): string {
  const whole = join(folder, path)
  mkdirSync(dirname(whole), { recursive: true })
  writeFileSync(whole, text)
  return whole
}

const definition = `apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: lamps.example.org}
spec:
  group: example.org
  scope: Namespaced
  names: {plural: lamps, singular: lamp, kind: Lamp}
  versions:
  - name: v1
    served: true
    storage: true
    schema:
      openAPIV3Schema:
        type: object
        properties: {spec: {type: object, properties: {colour: {type: string}}}}
`

const chart: Readonly<Record<string, string>> = {
  'Chart.yaml': 'apiVersion: v2\nname: house\nversion: 1.0.0\n',
  'values.yaml': 'colour: red\nreplicas: 1\n',
  'crds/lamp.yaml': definition,
  'templates/lamp.yaml':
    'apiVersion: example.org/v1\nkind: Lamp\nmetadata: {name: hall}\nspec: {colour: {{ .Values.colour }}}\n',
  'templates/web.yaml': `apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: {{ .Values.replicas }}
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: web, image: nginx}]}
`,
  'templates/before.yaml': `apiVersion: batch/v1
kind: Job
metadata:
  name: before
  annotations:
    helm.sh/hook: pre-install,pre-upgrade
    helm.sh/hook-delete-policy: before-hook-creation
spec:
  template:
    spec:
      restartPolicy: Never
      containers: [{name: c, image: busybox, command: [sh, -c, "echo {{ .Values.colour }}"]}]
`,
}

const informer = `
import { KubeConfig, CoreV1Api, makeInformer } from '@kubernetes/client-node'
const config = new KubeConfig()
config.loadFromFile(process.argv[2])
const namespace = process.argv[3]
const api = config.makeApiClient(CoreV1Api)
const list = () => api.listNamespacedConfigMap({ namespace })
const informer = makeInformer(config, '/api/v1/namespaces/' + namespace + '/configmaps', list)
for (const event of ['add', 'update', 'delete']) {
  informer.on(event, ({ metadata, data }) => console.log(event, metadata.name, data?.n ?? ''))
}
informer.on('error', (error) => console.log('error', error.message))
await informer.start()
console.log('started')
`

const python = `
import sys
from kubernetes import client, config, watch
config.load_kube_config(sys.argv[1])
core = client.CoreV1Api()
namespace = sys.argv[2]
names = sorted(item.metadata.name for item in core.list_namespaced_config_map(namespace).items)
print("list", *names, flush=True)
stream = watch.Watch().stream(core.list_namespaced_config_map, namespace, timeout_seconds=30)
for event in stream:
    print(event["type"], event["object"].metadata.name, flush=True)
    if event["object"].metadata.name == "stop":
        break
`

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo
      server.close(() => resolve(port))
    })
  })
}

suite('clients', () => {
  let cluster: TestCluster
  before(async () => {
    cluster = await startCluster()
  })

  test('helm installs, upgrades, rolls back and uninstalls', { timeout: 240_000 }, async () => {
    for (const [path, text] of Object.entries(chart)) write(`house/${path}`, text)
    const path = join(await realClients('36'), 'helm', 'helm')
    await withNamespace(cluster, 'helm', async (ns) => {
      const helm = async (args: string): Promise<string> => {
        const result = await run(path, ['-n', ns, ...args.split(' ')], {
          env: { ...environment, HELM_CACHE_HOME: folder, HELM_CONFIG_HOME: folder },
          timeoutMs: 120_000,
        })
        assert.equal(result.code, 0, `helm ${args}\n${result.stdout}${result.stderr}`)
        return result.stdout
      }
      const colour = (): Promise<string> =>
        cluster.ok(`-n ${ns} get lamp hall -o jsonpath={.spec.colour}`)
      const house = join(folder, 'house')
      try {
        assert.match(await helm(`install house ${house} --wait --timeout 90s`), /STATUS: deployed/)
        assert.equal(await colour(), 'red')
        assert.equal(await cluster.ok(`-n ${ns} logs job/before`), 'red\n')
        const upgrade = `upgrade house ${house} --set colour=blue,replicas=2 --wait --timeout 90s`
        assert.match(await helm(upgrade), /REVISION: 2/)
        assert.equal(await colour(), 'blue')
        assert.match(await helm('rollback house 1 --wait --timeout 90s'), /Rollback was a success/)
        assert.equal(await colour(), 'red')
        assert.match(await helm('history house'), /^3\s.*\sdeployed\s.*Rollback to 1/m)
        assert.match(await helm('uninstall house --wait'), /release "house" uninstalled/)
        assert.equal(await cluster.ok(`-n ${ns} get lamps,deployments -o name`), '')
      } finally {
        await cluster.kubectl('delete crd lamps.example.org --ignore-not-found')
      }
    })
  })

  test('an informer of the JavaScript client sees every change', { timeout: 120_000 }, async () => {
    // Beside the project's packages, so that the client is found.
    const script = join(import.meta.dirname, `informer-${process.pid}.mjs`)
    writeFileSync(script, informer)
    try {
      await withNamespace(cluster, 'informer', async (ns) => {
        await using watching = new Background(process.execPath, [script, kubeconfig, ns])
        await eventually('it has started', () => watching.stdout.includes('started'))
        await cluster.ok(`-n ${ns} create configmap c --from-literal=n=1`)
        await cluster.ok(['-n', ns, 'patch', 'configmap', 'c', '-p', '{"data":{"n":"2"}}'])
        await cluster.ok(`-n ${ns} delete configmap c`)
        await eventually('all was told', () =>
          /add c 1\nupdate c 2\ndelete c 2\n/.test(watching.stdout),
        )
        assert.doesNotMatch(watching.stdout, /error/)
      })
    } finally {
      rmSync(script)
    }
  })

  test('the Python client lists and watches', { timeout: 120_000 }, async () => {
    const script = write('watch.py', python)
    await withNamespace(cluster, 'python', async (ns) => {
      await cluster.ok(`-n ${ns} create configmap first`)
      await using watching = new Background('/usr/bin/python3', [script, kubeconfig, ns])
      await eventually('the list', () =>
        watching.stdout.startsWith('list first kube-root-ca.crt\n'),
      )
      await cluster.ok(`-n ${ns} delete configmap first`)
      await cluster.ok(`-n ${ns} create configmap stop`)
      await eventually('the events', () =>
        /ADDED first\n[^]*DELETED first\nADDED stop\n/.test(watching.stdout),
      )
    })
  })

  test(
    'Prometheus scrapes the API server with the token of a service account',
    { timeout: 120_000 },
    async () => {
      await withNamespace(cluster, 'prometheus', async (ns) => {
        await cluster.ok(`-n ${ns} create serviceaccount scraper`)
        const role = `scraper-${ns}`
        await cluster.ok(`create clusterrole ${role} --verb=get --non-resource-url=/metrics`)
        await cluster.ok(
          `create clusterrolebinding ${role} --clusterrole=${role} --serviceaccount=${ns}:scraper`,
        )
        try {
          const token = write('token', await cluster.ok(`-n ${ns} create token scraper`))
          const server = new URL(
            await cluster.ok([
              'config',
              'view',
              '--minify',
              '-o',
              'jsonpath={.clusters[0].cluster.server}',
            ]),
          )
          const config = write(
            'prometheus.yml',
            `scrape_configs:
- job_name: apiserver
  scheme: https
  scrape_interval: 1s
  scrape_timeout: 1s
  tls_config: {insecure_skip_verify: true}
  authorization: {credentials_file: ${token}}
  static_configs: [{targets: ['${server.host}']}]
`,
          )
          const port = await freePort()
          await using prometheus = new Background('prometheus', [
            `--config.file=${config}`,
            `--storage.tsdb.path=${join(folder, 'tsdb')}`,
            `--web.listen-address=127.0.0.1:${port}`,
          ])
          const query = encodeURIComponent('up{job="apiserver"}')
          await eventually(
            'the API server is up',
            async () => {
              const answer = await fetch(`http://127.0.0.1:${port}/api/v1/query?query=${query}`)
              const { data } = (await answer.json()) as {
                data: { result: readonly { value: readonly [number, string] }[] }
              }
              return data.result[0]?.value[1] === '1'
            },
            60_000,
          ).catch((error: unknown) => {
            throw new Error(prometheus.stderr, { cause: error })
          })
        } finally {
          await cluster.kubectl(`delete clusterrole,clusterrolebinding ${role}`)
        }
      })
    },
  )
})
