import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Container, Pod, Service } from '#api/core/v1.gen.ts'
import { notFound } from '#api/meta/status.ts'
import { fieldValue, resourceValue } from './downward.ts'
import { environment } from './environment.ts'
import type { EnvironmentInput } from './environment.ts'

const metadata = { uid: 'u1', resourceVersion: '1', creationTimestamp: '' }
const base64 = (text: string): string => Buffer.from(text).toString('base64')

function podOf(container: Container, spec: Partial<Pod['spec']> = {}): Pod {
  return {
    metadata: {
      ...metadata,
      name: 'web',
      namespace: 'ns',
      labels: { app: 'web', tier: 'a"b' },
      annotations: { note: 'x' },
    },
    spec: { nodeName: 'n1', serviceAccountName: 'sa', containers: [container], ...spec },
  }
}

function service(name: string, namespace: string, extra: Partial<Service['spec']> = {}): Service {
  return {
    metadata: { ...metadata, name, namespace },
    spec: {
      clusterIP: '10.96.0.5',
      ports: [{ name: 'http', port: 80, protocol: 'TCP' }],
      ...extra,
    },
  }
}

function inputOf(
  container: Partial<Container>,
  extra: Partial<EnvironmentInput> = {},
): EnvironmentInput {
  const whole: Container = { name: 'c', ...container }
  return {
    pod: podOf(whole),
    container: whole,
    services: [],
    hostIps: ['192.0.2.2'],
    podIps: ['10.0.0.1', 'fd00::1'],
    allocatable: { cpu: '2', memory: '1Gi' },
    source: {
      configMap: async (_, name) => {
        if (name !== 'cm') throw notFound({ group: '', resource: 'configmap' }, name)
        return { metadata: { ...metadata, name }, data: { a: '1', 'bad=key': 'x' } }
      },
      secret: async (_, name) => {
        if (name !== 'sec') throw notFound({ group: '', resource: 'secret' }, name)
        return { metadata: { ...metadata, name }, data: { pw: base64('hunter2') } }
      },
    },
    ...extra,
  }
}

const variables = async (input: EnvironmentInput): Promise<Record<string, string>> =>
  Object.fromEntries((await environment(input)).variables)

test('values refer to earlier ones', async () => {
  const env = [
    { name: 'A', value: 'one' },
    { name: 'B', value: '$(A)/$(NONE)/$$(A)' },
    { name: 'EMPTY' },
  ]
  assert.deepEqual(await variables(inputOf({ env })), {
    A: 'one',
    B: 'one/$(NONE)/$(A)',
    EMPTY: '',
  })
})

test('keys of ConfigMaps and Secrets', async () => {
  const env = [
    { name: 'A', valueFrom: { configMapKeyRef: { name: 'cm', key: 'a' } } },
    { name: 'P', valueFrom: { secretKeyRef: { name: 'sec', key: 'pw' } } },
    { name: 'N', valueFrom: { configMapKeyRef: { name: 'none', key: 'a', optional: true } } },
    { name: 'K', valueFrom: { secretKeyRef: { name: 'sec', key: 'none', optional: true } } },
  ]
  assert.deepEqual(await variables(inputOf({ env })), { A: '1', P: 'hunter2' })
})

const missing = [
  [{ configMapKeyRef: { name: 'none', key: 'a' } }, 'configmap "none" not found'],
  [{ configMapKeyRef: { name: 'cm', key: 'z' } }, "couldn't find key z in ConfigMap ns/cm"],
  [{ secretKeyRef: { name: 'sec', key: 'z' } }, "couldn't find key z in Secret ns/sec"],
  [{ fieldRef: { fieldPath: 'spec.containers' } }, 'unsupported fieldPath: spec.containers'],
] as const

for (const [valueFrom, message] of missing) {
  test(`refuses: ${message}`, async () => {
    await assert.rejects(environment(inputOf({ env: [{ name: 'X', valueFrom }] })), { message })
  })
}

test('whole ConfigMaps and Secrets, own variables over them', async () => {
  const input = inputOf({
    envFrom: [{ configMapRef: { name: 'cm' }, prefix: 'P_' }, { secretRef: { name: 'sec' } }],
    env: [{ name: 'pw', value: 'mine' }],
  })
  const { variables: found, skipped } = await environment(input)
  assert.deepEqual(Object.fromEntries(found), { P_a: '1', pw: 'mine' })
  assert.deepEqual(skipped, [
    'Keys [P_bad=key] from the EnvFrom configMap ns/cm were skipped since they are considered invalid environment variable names.',
  ])
})

test('Services of the namespace, and kubernetes, under all their names', async () => {
  const services = [
    service('my-db', 'ns'),
    service('other', 'elsewhere'),
    service('headless', 'ns', { clusterIP: 'None' }),
    service('kubernetes', 'default', { clusterIP: '10.96.0.1', ports: [{ port: 443 }] }),
  ]
  const found = await variables(inputOf({}, { services }))
  assert.deepEqual(found, {
    MY_DB_SERVICE_HOST: '10.96.0.5',
    MY_DB_SERVICE_PORT: '80',
    MY_DB_SERVICE_PORT_HTTP: '80',
    MY_DB_PORT: 'tcp://10.96.0.5:80',
    MY_DB_PORT_80_TCP: 'tcp://10.96.0.5:80',
    MY_DB_PORT_80_TCP_PROTO: 'tcp',
    MY_DB_PORT_80_TCP_PORT: '80',
    MY_DB_PORT_80_TCP_ADDR: '10.96.0.5',
    KUBERNETES_SERVICE_HOST: '10.96.0.1',
    KUBERNETES_SERVICE_PORT: '443',
    KUBERNETES_PORT: 'tcp://10.96.0.1:443',
    KUBERNETES_PORT_443_TCP: 'tcp://10.96.0.1:443',
    KUBERNETES_PORT_443_TCP_PROTO: 'tcp',
    KUBERNETES_PORT_443_TCP_PORT: '443',
    KUBERNETES_PORT_443_TCP_ADDR: '10.96.0.1',
  })
  const container: Container = { name: 'c' }
  const unlinked = inputOf({}, { services, pod: podOf(container, { enableServiceLinks: false }) })
  assert.equal((await variables(unlinked))['MY_DB_SERVICE_HOST'], undefined)
  assert.equal((await variables(unlinked))['KUBERNETES_SERVICE_HOST'], '10.96.0.1')
})

const fields = [
  ['metadata.name', 'web'],
  ['metadata.namespace', 'ns'],
  ['metadata.uid', 'u1'],
  ["metadata.labels['app']", 'web'],
  ["metadata.annotations['none']", ''],
  ['metadata.labels', 'app="web"\ntier="a\\"b"'],
  ['spec.nodeName', 'n1'],
  ['spec.serviceAccountName', 'sa'],
  ['status.hostIP', '192.0.2.2'],
  ['status.podIP', '10.0.0.1'],
  ['status.podIPs', '10.0.0.1,fd00::1'],
] as const

for (const [path, expected] of fields) {
  test(`${path} is ${JSON.stringify(expected)}`, () => {
    assert.equal(fieldValue(path, inputOf({})), expected)
  })
}

const amounts = [
  ['limits.cpu', undefined, '1'],
  ['limits.cpu', '1m', '500'],
  ['requests.cpu', '1m', '250'],
  ['limits.memory', undefined, '1073741824'],
  ['limits.memory', '1Mi', '1024'],
  ['requests.memory', '1Ki', '63'],
] as const

for (const [resource, divisor, expected] of amounts) {
  test(`${resource} in units of ${divisor ?? 'one'} is ${expected}`, () => {
    const resources = { limits: { cpu: '500m' }, requests: { cpu: '250m', memory: '64000' } }
    const selector = { resource, ...(divisor === undefined ? {} : { divisor }) }
    assert.equal(resourceValue(selector, inputOf({ resources }), 'c'), expected)
  })
}
