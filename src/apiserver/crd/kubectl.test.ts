/** Custom kinds as the real kubectl 1.36 sees them. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
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
const definition = readFileSync(new URL('testdata/crontabs.yaml', import.meta.url), 'utf8')
const lines = (text: string): string[] => text.split('\n').map((line) => line.trimEnd())

function cronTab(name: string, spec: object): string {
  return JSON.stringify({
    apiVersion: 'stable.example.com/v1',
    kind: 'CronTab',
    metadata: { name },
    spec,
  })
}

/** What kubectl says when it fails. */
async function refused(args: readonly string[], input?: string): Promise<string> {
  const { code, stderr } = await run(args, input)
  assert.notEqual(code, 0, 'it should fail')
  return stderr.trimEnd()
}

await ok(['create', '-f', '-'], definition)
await ok(['wait', '--for=condition=established', 'crd/crontabs.stable.example.com'])
await ok(['create', '-f', '-'], cronTab('red', { cronSpec: '* * * * */5', color: 'red' }))
await ok(['create', '-f', '-'], cronTab('green', { cronSpec: '* * * * *', color: 'green' }))

test('a definition is known by its short name and says that it is served', limit, async () => {
  const [head, row] = lines(await ok(['get', 'crd']))
  assert.match(head ?? '', /^NAME +CREATED AT$/)
  assert.match(row ?? '', /^crontabs\.stable\.example\.com +\d{4}-/)
  const path = '{range .status.conditions[*]}{.type}={.status} {.reason}: {.message};{end}'
  assert.equal(
    await ok(['get', 'crd', 'crontabs.stable.example.com', '-o', `jsonpath=${path}`]),
    'NamesAccepted=True NoConflicts: no conflicts found;' +
      'Established=True InitialNamesAccepted: the initial names have been accepted;',
  )
})

test('discovery lists the kind with its short names, verbs and categories', limit, async () => {
  const group = '--api-group=stable.example.com'
  const [, row = ''] = lines(await ok(['api-resources', group, '-o', 'wide']))
  assert.equal(
    row.replace(/ +/g, ' '),
    'crontabs ct stable.example.com/v1 true CronTab delete,deletecollection,get,list,patch,create,update,watch all',
  )
})

test('get prints the columns of the definition, wide ones when asked', limit, async () => {
  const table = lines(await ok(['get', 'ct']))
  assert.match(table[0] ?? '', /^NAME +SPEC +REPLICAS +AGE$/)
  assert.match(table[1] ?? '', /^green +\* \* \* \* \* +1 +\d+s$/)
  assert.match(lines(await ok(['get', 'ct', '-o', 'wide']))[0] ?? '', / READY +AGE$/)
})

test('a selectable field selects, another one is refused', limit, async () => {
  const found = await ok(['get', 'ct', '-o', 'name', '--field-selector', 'spec.color=red'])
  assert.equal(found, 'crontab.stable.example.com/red\n')
  const text = await refused(['get', 'ct', '--field-selector', 'spec.image=busybox'])
  assert.match(text, /field label not supported: spec\.image$/)
})

test('defaults are filled in, unknown fields are refused, or pruned', limit, async () => {
  const path = '-o=jsonpath={.spec.image} {.spec.replicas} {.metadata.generation}'
  assert.equal(await ok(['get', 'ct', 'red', path]), 'busybox 1 1')
  const object = cronTab('extra', { cronSpec: '* * * * *', extra: { a: 1 } })
  assert.equal(
    await refused(['create', '-f', '-'], object),
    'Error from server (BadRequest): error when creating "STDIN": CronTab in version "v1" cannot be handled as a CronTab: strict decoding error: unknown field "spec.extra"',
  )
  const warned = await run(['create', '--validate=warn', '-f', '-'], object)
  assert.equal(warned.stderr, 'Warning: unknown field "spec.extra"\n')
  assert.equal(await ok(['get', 'ct', 'extra', '-o', 'jsonpath={.spec.extra}']), '')
  await ok(['delete', 'ct', 'extra'])
})

test('every rule of the schema is told in upstream’s words', limit, async () => {
  const bad = { cronSpec: 'bad', replicas: 20, color: 'blue', image: 3 }
  assert.deepEqual(
    lines(await refused(['create', '-f', '-'], cronTab('bad', bad))),
    [
      'The CronTab "bad" is invalid: ',
      '* spec.color: Unsupported value: "blue": supported values: "red", "green"',
      '* spec.cronSpec: Invalid value: "bad": spec.cronSpec in body should match \'^(\\d+|\\*)(/\\d+)?(\\s+(\\d+|\\*)(/\\d+)?){4}$\'',
      '* spec.image: Invalid value: "integer": spec.image in body must be of type string: "integer"',
      '* spec.replicas: Invalid value: 20: spec.replicas in body should be less than or equal to 10',
    ].map((line) => line.trimEnd()),
  )
  const ports = [{ name: 'a' }, { name: 'a' }, { port: 'x' }]
  assert.deepEqual(lines(await refused(['create', '-f', '-'], cronTab('bad', { ports }))), [
    'The CronTab "bad" is invalid:',
    '* spec.ports[2].port: Invalid value: "string": spec.ports[2].port in body must be of type integer: "string"',
    '* spec.ports[2].name: Required value',
    '* spec.cronSpec: Required value',
    '* spec.ports[1]: Duplicate value: {"name":"a"}',
  ])
})

test('explain shows what the schema says', limit, async () => {
  const text = await ok(['explain', 'ct.spec'])
  assert.match(text, /^GROUP: +stable\.example\.com\nKIND: +CronTab\nVERSION: +v1\n/)
  assert.match(text, /DESCRIPTION:\n +What is wanted/)
  assert.match(text, / {2}cronSpec\t<string> -required-\n +When it runs\n/)
  assert.match(text, / {2}color\t<string>\n {2}enum: red, green\n/)
})

test('scale reads and writes by the paths of the definition', limit, async () => {
  await ok(['scale', 'ct/green', '--replicas=5'])
  const path = '-o=jsonpath={.spec.replicas} {.metadata.generation}'
  assert.equal(await ok(['get', 'ct', 'green', path]), '5 2')
  const status = JSON.stringify({ status: { replicas: 4, labelSelector: 'a=b' }, spec: {} })
  const statusPatch = ['patch', 'ct', 'green', '--subresource=status', '--type=merge', '-p', status]
  await ok(statusPatch)
  const scale = await ok(['get', 'ct', 'green', '--subresource=scale', '-o', 'json'])
  const { spec, status: seen } = JSON.parse(scale) as Record<string, unknown>
  assert.deepEqual([spec, seen], [{ replicas: 5 }, { replicas: 4, selector: 'a=b' }])
})

test('status is written by itself and does not raise the generation', limit, async () => {
  const conditions = [{ type: 'Ready', status: 'True' }]
  const patch = JSON.stringify({ metadata: { labels: { a: 'b' } }, status: { conditions } })
  await ok(['patch', 'ct', 'red', '--subresource=status', '--type=merge', '-p', patch])
  const path = '-o=jsonpath={.metadata.labels}{.metadata.generation}{.status.conditions[0].type}'
  assert.equal(await ok(['get', 'ct', 'red', path]), '1Ready')
  await ok(['patch', 'ct', 'red', '--type=merge', '-p', '{"status":{"replicas":9}}'])
  assert.equal(await ok(['get', 'ct', 'red', '-o', 'jsonpath={.status.replicas}']), '')
})

test('there is no strategic merge patch of a custom kind', limit, async () => {
  const patch = ['patch', 'ct', 'red', '--type=strategic', '-p', '{"spec":{}}']
  assert.match(
    await refused(patch),
    /accepted media types include: application\/json-patch\+json, application\/merge-patch\+json, application\/apply-patch\+yaml$/,
  )
})

test('server-side apply merges lists by their keys and knows who owns what', limit, async () => {
  const apply = ['apply', '--server-side', '-f', '-']
  const asOther = [...apply, '--field-manager=other']
  const one = { cronSpec: '1 * * * *', ports: [{ name: 'a', port: 1 }] }
  const two = { cronSpec: '2 * * * *', ports: [{ name: 'b', port: 2 }] }
  await ok(apply, cronTab('shared', one))
  assert.match(
    await refused(asOther, cronTab('shared', two)),
    /^error: Apply failed with 1 conflict: conflict with "kubectl": \.spec\.cronSpec\n/,
  )
  await ok([...asOther, '--force-conflicts'], cronTab('shared', two))
  const { spec, metadata } = JSON.parse(
    await ok(['get', 'ct', 'shared', '-o', 'json', '--show-managed-fields']),
  ) as { spec: object; metadata: { managedFields: { manager: string; fieldsV1: object }[] } }
  assert.deepEqual(spec, {
    cronSpec: '2 * * * *',
    image: 'busybox',
    replicas: 1,
    ports: [
      { name: 'a', port: 1 },
      { name: 'b', port: 2 },
    ],
  })
  const owned = metadata.managedFields.map(({ manager, fieldsV1 }) => [manager, fieldsV1])
  const item = { '.': {}, 'f:name': {}, 'f:port': {} }
  assert.deepEqual(owned, [
    ['kubectl', { 'f:spec': { 'f:ports': { 'k:{"name":"a"}': item } } }],
    ['other', { 'f:spec': { 'f:cronSpec': {}, 'f:ports': { 'k:{"name":"b"}': item } } }],
  ])
  await ok(apply, cronTab('shared', { cronSpec: '2 * * * *' }))
  const names = await ok(['get', 'ct', 'shared', '-o', 'jsonpath={.spec.ports[*].name}'])
  assert.equal(names, 'b', 'what its applier no longer applies is gone')
  assert.match(
    await refused(apply, cronTab('shared', { cronSpec: '2 * * * *', extra: 1 })),
    /failed to create typed patch object \(default\/shared; stable\.example\.com\/v1, Kind=CronTab\): \.spec\.extra: field not declared in schema/,
  )
})

test('edit refuses what the schema refuses, and keeps the changes', limit, async () => {
  const edit = (script: string) =>
    run(['edit', 'ct', 'red'], '', { KUBE_EDITOR: `sed -i ${script}` })
  const bad = await edit("'s/replicas: 1$/replicas: 100/'")
  assert.equal(bad.code, 1)
  assert.match(bad.stderr, /^error: crontabs\.stable\.example\.com "red" is invalid\n/)
  const good = await edit("'s/replicas: 1$/replicas: 3/'")
  assert.equal(good.stdout, 'crontab.stable.example.com/red edited\n')
  assert.equal(await ok(['get', 'ct', 'red', '-o', 'jsonpath={.spec.replicas}']), '3')
})

for (const version of ['27', '36'] as const) {
  test(`kubectl 1.${version} applies three ways`, limit, async () => {
    using client = await realKubectl(server, version)
    const name = `applied-${version}`
    const apply = (spec: object) => client.ok(['apply', '-f', '-'], cronTab(name, spec))
    await apply({ cronSpec: '* * * * *', color: 'red' })
    await client.ok(['patch', 'ct', name, '--type=merge', '-p', '{"spec":{"replicas":4}}'])
    assert.match(await apply({ cronSpec: '1 * * * *' }), / configured\n$/)
    assert.deepEqual(JSON.parse(await client.ok(['get', 'ct', name, '-o', 'jsonpath={.spec}'])), {
      cronSpec: '1 * * * *',
      image: 'busybox',
      replicas: 4,
    })
    assert.match(await client.ok(['explain', 'crontab.spec.cronSpec']), /When it runs/)
    const wrong = await client.run(['apply', '-f', '-'], cronTab(name, { cronSpec: 'x', y: 1 }))
    assert.match(wrong.stderr, /unknown field "spec\.y"/)
  })
}

test('a definition takes its objects along, and waits for their finalizers', limit, async () => {
  const name = 'things.other.example.com'
  const manifest = definition
    .replaceAll('crontabs', 'things')
    .replaceAll('crontab', 'thing')
    .replaceAll('CronTab', 'Thing')
    .replaceAll('stable.example.com', 'other.example.com')
    .replace('[ct]', '[th]')
  await ok(['create', '-f', '-'], manifest)
  await ok(['wait', '--for=condition=established', `crd/${name}`])
  const thing = {
    apiVersion: 'other.example.com/v1',
    kind: 'Thing',
    metadata: { name: 'held', finalizers: ['example.com/hold'] },
    spec: { cronSpec: '* * * * *' },
  }
  await ok(['create', '-f', '-'], JSON.stringify(thing))
  await ok(['delete', 'crd', name, '--wait=false'])
  await ok(['wait', '--for=condition=terminating', `crd/${name}`])
  const next = { ...thing, metadata: { name: 'next' } }
  const text = await refused(['create', '-f', '-'], JSON.stringify(next))
  assert.match(
    text,
    /create not allowed while custom resource definition is terminating|does not allow/,
  )
  await ok(['patch', 'th', 'held', '--type=merge', '-p', '{"metadata":{"finalizers":null}}'])
  await ok(['wait', '--for=delete', `crd/${name}`])
  assert.match(await refused(['get', '--raw', '/apis/other.example.com/v1']), /NotFound/)
})
