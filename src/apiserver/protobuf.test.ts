/** `application/vnd.kubernetes.protobuf` over the wire: what is sent and taken, beside its JSON form. */
import assert from 'node:assert/strict'
import test, { after } from 'node:test'
import { gunzipSync } from 'node:zlib'
import { must } from '#base/assert.ts'
import { schemaTypeOf, typeSchema } from '#api/schema.ts'
import type { StructType } from '#api/schema.ts'
import { decodeValue } from '#api/decode.ts'
import { expired } from '#api/meta/status.ts'
import { parseYaml } from '#api/yaml.ts'
import { startTestApiServer } from '#testing/api-server.ts'
import { http2Client, openSession } from '#testing/raw-http.ts'
import type { RawRequest, RawResponse, Target } from '#testing/raw-http.ts'
import { Protobuf } from './http/encode/protobuf.ts'
import { BackwardWriter } from './protobuf/backward-writer.ts'
import { decodeMessage } from './protobuf/decode.ts'
import { messageEncoder } from './protobuf/encode.ts'
import { envelopeHead, openEnvelope, seal } from './protobuf/envelope.ts'
import { ProtobufReader } from './protobuf/reader.ts'

const limit = { timeout: 30_000 }
const { server, pki, ...running } = await startTestApiServer()
const target: Target = { port: server.port, ca: pki.ca.certificate, identity: pki.admin }
const client = http2Client(target)
const { send } = client
after(async () => {
  client[Symbol.dispose]()
  await running[Symbol.asyncDispose]()
})

type Json = Record<string, unknown>

const protobuf = 'application/vnd.kubernetes.protobuf'
const wanted = { accept: protobuf }
const partial = (kind: string): string => `${protobuf};as=${kind};g=meta.k8s.io;v=v1`
const configMaps = '/api/v1/namespaces/default/configmaps'

const json = ({ body }: RawResponse): Json => JSON.parse(body.toString()) as Json

await send({
  method: 'POST',
  path: configMaps,
  body: { metadata: { name: 'first', labels: { a: 'b' } }, data: { k: 'v' } },
})

function typeOf(apiVersion: string, kind: string): StructType {
  const [version = '', group = ''] = apiVersion.split('/').toReversed()
  return must(typeSchema(must(schemaTypeOf(group, version, kind), kind)), kind)
}

/** The object as JSON would tell it, less its zeros. */
function open(bytes: Buffer, as?: { apiVersion: string; kind: string }): Json {
  const { apiVersion, kind, raw } = openEnvelope(bytes)
  const type = as === undefined ? typeOf(apiVersion, kind) : typeOf(as.apiVersion, as.kind)
  return { kind, apiVersion, ...decodeValue<Json>(type, decodeMessage(type, raw)).object }
}

function sealed(object: { apiVersion: string; kind: string }): Buffer {
  const out = new BackwardWriter()
  const encode = messageEncoder(typeOf(object.apiVersion, object.kind))
  seal(out, envelopeHead(object), () => encode(out, object as unknown as Json))
  return out.finish()
}

const sameAsJson = [
  `${configMaps}/first`,
  '/api/v1/namespaces/default',
  '/api/v1/namespaces/default/services/kubernetes',
  '/apis/rbac.authorization.k8s.io/v1/clusterroles/system:node',
  '/apis/apiregistration.k8s.io/v1/apiservices',
  '/apis/rbac.authorization.k8s.io/v1/clusterroles',
  '/api/v1/namespaces',
  `${configMaps}/missing`,
  `${configMaps}?limit=1`,
  '/api',
  '/apis',
  '/apis/apps',
  '/apis/storage.k8s.io/v1/storageclasses',
]

for (const path of sameAsJson) {
  test(`GET ${path} is the same as in JSON`, limit, async () => {
    const [other, found] = [await send({ path }), await send({ path, headers: wanted })]
    assert.equal(found.headers['content-type'], protobuf)
    assert.equal(found.status, other.status)
    const { apiVersion = 'v1', kind } = json(other) as { apiVersion?: string; kind: string }
    const opened = open(found.body, { apiVersion, kind })
    if (opened['apiVersion'] === '') delete opened['apiVersion']
    const type = typeOf(apiVersion, kind)
    assert.deepEqual(opened, decodeValue(type, json(other)).object)
  })
}

test('the resources of a group version', limit, async () => {
  const found = await send({ path: '/apis/apps/v1', headers: wanted })
  const { groupVersion, resources } = open(found.body) as never as {
    groupVersion: string
    resources: { name: string; verbs: string[] }[]
  }
  assert.equal(groupVersion, 'apps/v1')
  const deployments = resources.find(({ name }) => name === 'deployments')
  assert.ok(deployments?.verbs.includes('watch'))
})

test('bytes are made once', limit, async () => {
  const [first, second] = [
    await send({ path: configMaps, headers: wanted }),
    await send({ path: configMaps, headers: wanted }),
  ]
  assert.deepEqual(first.body, second.body)
})

test('metadata alone', limit, async () => {
  const headers = { accept: partial('PartialObjectMetadata') }
  const { body } = await send({ path: `${configMaps}/first`, headers })
  const { apiVersion, kind, raw } = openEnvelope(body)
  assert.deepEqual([apiVersion, kind], ['meta.k8s.io/v1', 'PartialObjectMetadata'])
  const { metadata } = json(await send({ path: `${configMaps}/first` }))
  assert.deepEqual(metadataIn(raw), metadata)
})

test('metadata alone of a list', limit, async () => {
  const headers = { accept: partial('PartialObjectMetadataList') }
  const { body } = await send({ path: configMaps, headers })
  const { apiVersion, kind, raw } = openEnvelope(body)
  assert.deepEqual([apiVersion, kind], ['meta.k8s.io/v1', 'PartialObjectMetadataList'])
  const reader = new ProtobufReader(raw)
  assert.equal(reader.tag(), 0x0a)
  reader.bytes()
  assert.equal(reader.tag(), 0x12)
  assert.equal((metadataIn(reader.bytes()) as { name: string }).name, 'first')
})

/** Field 1 of a message. */
function metadataIn(message: Buffer): unknown {
  const reader = new ProtobufReader(message)
  assert.equal(reader.tag(), 0x0a)
  const type = must(typeSchema('meta/v1.ObjectMeta'), 'ObjectMeta')
  return decodeValue(type, decodeMessage(type, reader.bytes())).object
}

const refusals: readonly [what: string, request: RawRequest, code: number, message: RegExp][] = [
  [
    'a Table has no protobuf form',
    { path: configMaps, headers: { accept: partial('Table') } },
    406,
    /^only the following media types are accepted: application\/json, application\/yaml, application\/vnd\.kubernetes\.protobuf$/,
  ],
  [
    'metadata of one object is no list',
    { path: `${configMaps}/first`, headers: { accept: partial('PartialObjectMetadataList') } },
    406,
    /^you requested PartialObjectMetadataList, but the requested object is not a list$/,
  ],
  [
    'events have no YAML form',
    { path: `${configMaps}?watch=1`, headers: { accept: 'application/yaml' } },
    406,
    /^only the following media types are accepted: application\/json;stream=watch, application\/vnd\.kubernetes\.protobuf;stream=watch$/,
  ],
  [
    'a body that is no envelope',
    { method: 'POST', path: configMaps, headers: { 'content-type': protobuf }, body: '{}' },
    400,
    /^the object provided is unrecognized \(must be of type ConfigMap\): provided data does not appear to be a protobuf message, expected prefix \[107 56 115 0\] \(/,
  ],
  [
    'a body that ends early',
    {
      method: 'POST',
      path: configMaps,
      headers: { 'content-type': protobuf },
      body: Buffer.concat([
        envelopeHead({ apiVersion: 'v1', kind: 'ConfigMap' }),
        Buffer.from([3, 0x0a, 9, 1]),
      ]),
    },
    400,
    /^ConfigMap in version "v1" cannot be handled as a ConfigMap: unexpected EOF$/,
  ],
  [
    'a body of another kind',
    {
      method: 'POST',
      path: configMaps,
      headers: { 'content-type': protobuf },
      body: sealed({ apiVersion: 'v1', kind: 'Secret' }),
    },
    400,
    /^Secret in version "v1" cannot be handled as a ConfigMap: converting /,
  ],
  [
    'a patch is not protobuf',
    {
      method: 'PATCH',
      path: `${configMaps}/first`,
      headers: { 'content-type': protobuf },
      body: sealed({ apiVersion: 'v1', kind: 'ConfigMap' }),
    },
    415,
    /Unsupported Media Type/,
  ],
]

for (const [what, request, code, message] of refusals) {
  test(what, limit, async () => {
    const answer = await send(request)
    assert.equal(answer.status, code)
    const status = parseYaml(answer.body.toString()) as { readonly message: string }
    assert.match(status.message, message)
  })
}

test('create, update and delete with bodies in protobuf', limit, async () => {
  const headers = { ...wanted, 'content-type': protobuf }
  const metadata = { name: 'made' }
  const made = { apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { a: 'ä' } }
  const created = await send({ method: 'POST', path: configMaps, headers, body: sealed(made) })
  assert.equal(created.status, 201)
  const object = open(created.body) as typeof made & Json
  assert.deepEqual(object.data, { a: 'ä' })
  const body = sealed({ ...object, data: { a: 'o' } } as typeof made)
  const updated = await send({ method: 'PUT', path: `${configMaps}/made`, headers, body })
  assert.equal(updated.status, 200)
  const options = { apiVersion: 'v1', kind: 'DeleteOptions', preconditions: { uid: 'another' } }
  const path = `${configMaps}/made`
  const kept = await send({ method: 'DELETE', path, headers, body: sealed(options) })
  assert.equal(kept.status, 409)
  assert.equal(open(kept.body)['reason'], 'Conflict')
  const gone = await send({ method: 'DELETE', path, headers })
  assert.equal(open(gone.body)['status'], 'Success')
})

test('large answers are compressed', limit, async () => {
  const data = { large: 'x'.repeat(200_000) }
  await send({ method: 'POST', path: configMaps, body: { metadata: { name: 'large' }, data } })
  const path = `${configMaps}/large`
  const squeezed = await send({ path, headers: { ...wanted, 'accept-encoding': 'gzip' } })
  assert.equal(squeezed.headers['content-encoding'], 'gzip')
  assert.deepEqual(open(gunzipSync(squeezed.body))['data'], data)
  await send({ method: 'DELETE', path })
})

interface Event {
  readonly type: string
  readonly object: Buffer
}

/** Reads a watch to its end. */
async function watch(path: string, accept: string, during: () => Promise<void>): Promise<Event[]> {
  const session = openSession(target)
  const stream = session.request({ ':path': path, accept }, { endStream: true })
  const headers = await new Promise<Record<string, unknown>>((resolve, reject) => {
    stream.once('response', resolve)
    stream.once('error', reject)
  })
  assert.equal(headers['content-type'], `${protobuf};stream=watch`)
  await during()
  const chunks: Buffer[] = []
  for await (const chunk of stream) chunks.push(chunk as Buffer)
  session.destroy()
  return framesIn(Buffer.concat(chunks)).map(eventIn)
}

function framesIn(bytes: Buffer): Buffer[] {
  const frames: Buffer[] = []
  for (let at = 0; at < bytes.length;) {
    const length = bytes.readUInt32BE(at)
    frames.push(bytes.subarray(at + 4, at + 4 + length))
    at += 4 + length
  }
  return frames
}

/** `type` is field 1, the raw extension field 2, and what it holds its field 1. */
function eventIn(frame: Buffer): Event {
  const reader = new ProtobufReader(frame)
  assert.equal(reader.tag(), 0x0a)
  const type = reader.text()
  assert.equal(reader.tag(), 0x12)
  reader.enter()
  assert.equal(reader.tag(), 0x0a)
  return { type, object: reader.bytes() }
}

async function change(name: string): Promise<void> {
  const path = `${configMaps}/${name}`
  await send({ method: 'POST', path: configMaps, body: { metadata: { name } } })
  await send({
    method: 'PATCH',
    path,
    headers: { 'content-type': 'application/merge-patch+json' },
    body: '{"data":{"a":"b"}}',
  })
  await send({ method: 'DELETE', path })
}

test('a watch in frames, with the state before and a bookmark', limit, async () => {
  const query = 'watch=1&timeoutSeconds=1&allowWatchBookmarks=true&sendInitialEvents=true'
  const match = 'resourceVersionMatch=NotOlderThan'
  const path = `${configMaps}?${query}&${match}`
  const events = await watch(path, `${protobuf};stream=watch`, () => change('watched'))
  const seen = events.map(({ type, object }) => {
    const { metadata } = open(object) as { metadata: { name?: string } }
    return `${type} ${metadata.name ?? '-'}`
  })
  assert.deepEqual(seen, [
    'ADDED first',
    'BOOKMARK -',
    'ADDED watched',
    'MODIFIED watched',
    'DELETED watched',
  ])
})

test('a watch of metadata', limit, async () => {
  const path = `${configMaps}?watch=1&timeoutSeconds=1&fieldSelector=metadata.name%3Dm`
  const events = await watch(path, partial('PartialObjectMetadata'), () => change('m'))
  const kinds = events.map(({ type, object }) => `${type} ${openEnvelope(object).kind}`)
  assert.deepEqual(kinds, [
    'ADDED PartialObjectMetadata',
    'MODIFIED PartialObjectMetadata',
    'DELETED PartialObjectMetadata',
  ])
})

test('a failure is a frame with a Status', () => {
  const { status } = expired('too old resource version: 1 (2)')
  const [event, ...rest] = framesIn(new Protobuf().errorFrame(status)).map(eventIn)
  assert.equal(event?.type, 'ERROR')
  const { kind, code, reason } = open(must(event, 'an event').object)
  assert.deepEqual([kind, code, reason, rest.length], ['Status', 410, 'Expired', 0])
})

test('a Scale, and a discovery document of all groups', limit, async () => {
  const deployments = '/apis/apps/v1/namespaces/default/deployments'
  const template = {
    metadata: { labels: { a: 'b' } },
    spec: { containers: [{ name: 'c', image: 'i' }] },
  }
  const spec = { replicas: 3, selector: { matchLabels: { a: 'b' } }, template }
  await send({ method: 'POST', path: deployments, body: { metadata: { name: 'd' }, spec } })
  const scale = await send({ path: `${deployments}/d/scale`, headers: wanted })
  assert.deepEqual(open(scale.body)['spec'], { replicas: 3 })
  const accept = `${protobuf};as=APIGroupDiscoveryList;g=apidiscovery.k8s.io;v=v2`
  const found = await send({ path: '/apis', headers: { accept } })
  const type = `${protobuf};g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList`
  assert.equal(found.headers['content-type'], type)
  assert.equal(openEnvelope(found.body).kind, 'APIGroupDiscoveryList')
})

test(
  'custom kinds: defined in protobuf, but only their metadata is served in it',
  limit,
  async () => {
    const schema = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true }
    const headers = { ...wanted, 'content-type': protobuf }
    const definition = sealed({
      apiVersion: 'apiextensions.k8s.io/v1',
      kind: 'CustomResourceDefinition',
      metadata: { name: 'widgets.example.com' },
      spec: {
        group: 'example.com',
        scope: 'Namespaced',
        names: { plural: 'widgets', singular: 'widget', kind: 'Widget', listKind: 'WidgetList' },
        versions: [
          { name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: schema } },
        ],
      },
    } as { apiVersion: string; kind: string })
    const definitions = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions'
    const defined = await send({ method: 'POST', path: definitions, headers, body: definition })
    assert.equal(defined.status, 201)
    const widgets = '/apis/example.com/v1/namespaces/default/widgets'
    const body = { apiVersion: 'example.com/v1', kind: 'Widget', metadata: { name: 'w' }, size: 1 }
    await served(widgets)
    assert.equal((await send({ method: 'POST', path: widgets, body })).status, 201)

    const refused = await send({ path: widgets, headers: wanted })
    assert.equal(refused.status, 406)
    assert.equal(open(refused.body)['reason'], 'NotAcceptable')
    const both = await send({ path: widgets, headers: { accept: `${protobuf},application/json` } })
    assert.equal(json(both)['kind'], 'WidgetList')
    const list = { accept: partial('PartialObjectMetadataList') }
    const { raw } = openEnvelope((await send({ path: widgets, headers: list })).body)
    assert.ok(raw.includes('\n\u0001w'))
    const typed = { 'content-type': protobuf }
    const sent = await send({ method: 'POST', path: widgets, headers: typed, body: definition })
    assert.equal(sent.status, 415)
  },
)

/** Waits until the path answers. */
async function served(path: string): Promise<void> {
  for (;;) {
    if ((await send({ path })).status === 200) return
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}
