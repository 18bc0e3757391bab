/** Server-side apply of built-in kinds, by the real kubectl 1.36. */
import assert from 'node:assert/strict'
import test, { after } from 'node:test'
import { startTestApiServer } from '#testing/api-server.ts'
import { realKubectl } from '#testing/real-kubectl.ts'

const limit = { timeout: 60_000 }
const server = await startTestApiServer()
const kubectl = await realKubectl(server)
after(async () => {
  kubectl[Symbol.dispose]()
  await server[Symbol.asyncDispose]()
})
const { ok, run } = kubectl

const apply = ['apply', '--server-side', '-f', '-']

function deployment(spec: object): string {
  const labels = { app: 'web' }
  const ports = [{ containerPort: 53 }, { containerPort: 53, protocol: 'UDP' }]
  const containers = [{ name: 'c', image: 'i', ports }]
  return JSON.stringify({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web' },
    spec: {
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers } },
      ...spec,
    },
  })
}

interface Entry {
  readonly manager: string
  readonly operation: string
  readonly subresource?: string
  readonly fieldsV1: Record<string, Record<string, unknown>>
}

async function managers(what: string): Promise<readonly Entry[]> {
  const text = await ok(['get', what, '-o', 'json', '--show-managed-fields'])
  return (JSON.parse(text) as { metadata: { managedFields: Entry[] } }).metadata.managedFields
}

test('what a subresource has taken is in conflict, until it is forced', limit, async () => {
  await ok(apply, deployment({ replicas: 2 }))
  const [first] = await managers('deploy/web')
  const spec = first?.fieldsV1['f:spec'] as never
  const ports = spec['f:template']['f:spec']['f:containers']['k:{"name":"c"}']['f:ports']
  assert.deepEqual(Object.keys(ports), [
    'k:{"containerPort":53,"protocol":"TCP"}',
    'k:{"containerPort":53,"protocol":"UDP"}',
  ])
  await ok(['scale', 'deploy/web', '--replicas=4'])
  const refused = await run(apply, deployment({ replicas: 2 }))
  assert.match(
    refused.stderr,
    /^error: Apply failed with 1 conflict: conflict with "kubectl" with subresource "scale" using apps\/v1: \.spec\.replicas\n/,
  )
  await ok(apply, deployment({}))
  assert.equal(await ok(['get', 'deploy/web', '-o', 'jsonpath={.spec.replicas}']), '4')
  await ok([...apply, '--force-conflicts', '--field-manager=other'], deployment({ replicas: 1 }))
  assert.equal(await ok(['get', 'deploy/web', '-o', 'jsonpath={.spec.replicas}']), '1')
  const names = (await managers('deploy/web')).map(({ manager }) => manager)
  assert.deepEqual(names, ['kubectl', 'other'])
})

test('a status has managers of its own', limit, async () => {
  const status = { replicas: 1, conditions: [{ type: 'Available', status: 'True' }] }
  const config = { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'web' }, status }
  await ok([...apply, '--subresource=status', '--field-manager=st'], JSON.stringify(config))
  const own = (await managers('deploy/web')).find(({ manager }) => manager === 'st')
  assert.deepEqual(
    [own?.operation, own?.subresource, own?.fieldsV1],
    [
      'Apply',
      'status',
      {
        'f:status': {
          'f:conditions': { 'k:{"type":"Available"}': { '.': {}, 'f:status': {}, 'f:type': {} } },
          'f:replicas': {},
        },
      },
    ],
  )
})

test('what a request cannot write is neither owned nor a conflict', limit, async () => {
  const header = { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'web' } }
  const status = { ...header, status: { replicas: 2 }, spec: { replicas: 9 } }
  const forced = ['--subresource=status', '--field-manager=st', '--force-conflicts']
  await ok([...apply, ...forced], JSON.stringify(status))
  const object = { ...header, status: { replicas: 3 }, spec: { paused: true } }
  await ok([...apply, '--field-manager=whole'], JSON.stringify(object))
  const found = await managers('deploy/web')
  const fieldsOf = (name: string) => found.find(({ manager }) => manager === name)?.fieldsV1
  assert.deepEqual(fieldsOf('st'), { 'f:status': { 'f:replicas': {} } })
  assert.deepEqual(fieldsOf('whole'), { 'f:spec': { 'f:paused': {} } })
  const path = 'jsonpath={.spec.replicas} {.spec.paused} {.status.replicas}'
  assert.equal(await ok(['get', 'deploy/web', '-o', path]), '1 true 2')
})

test('what was applied from the client moves to the server, and back', limit, async () => {
  const config = (data: object): string =>
    JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'm' }, data })
  await ok(['apply', '-f', '-'], config({ a: '1', b: '2' }))
  await ok(apply, config({ a: '3' }))
  assert.equal(await ok(['get', 'cm/m', '-o', 'jsonpath={.data}']), '{"a":"3"}')
  assert.deepEqual(
    (await managers('cm/m')).map(({ manager, operation }) => `${manager} ${operation}`),
    ['kubectl Apply', 'kubectl-last-applied Apply'],
  )
  const annotation =
    '-o=jsonpath={.metadata.annotations.kubectl\\.kubernetes\\.io/last-applied-configuration}'
  assert.equal(
    await ok(['get', 'cm/m', annotation]),
    '{"apiVersion":"v1","data":{"a":"3"},"kind":"ConfigMap","metadata":{"annotations":{},"name":"m","namespace":"default"}}\n',
  )
  await ok(['apply', '-f', '-'], config({ c: '4' }))
  assert.equal(await ok(['get', 'cm/m', '-o', 'jsonpath={.data}']), '{"c":"4"}')
})
