/** Versions that a webhook converts: `spec.size` in v1 is `spec.bigness` in v1beta1. */
import assert from 'node:assert/strict'
import test from 'node:test'
import type { WebhookConversion } from '#api/apiextensions/v1.gen.ts'
import { createClient } from '#client/create-client.ts'
import { master, startTestApiServer } from '#testing/api-server.ts'
import {
  define,
  definitionOf,
  gadgets,
  schemaOf,
  versionOf,
  type Gadget,
} from '#testing/custom-kinds.ts'
import { startWebhookServer } from '#testing/webhook-server.ts'
import type { PostReview } from './conversion-webhook.ts'

const limit = { timeout: 30_000 }

interface Asked {
  readonly request: { uid: string; desiredAPIVersion: string; objects: Gadget[] }
}

/** Answers as a webhook would; `change` spoils the answer. */
function webhook(change: (response: Record<string, unknown>) => void = () => undefined) {
  const asked: string[] = []
  const post: PostReview = async (client, { body }) => {
    const { request } = JSON.parse(body) as Asked
    const { uid, desiredAPIVersion, objects } = request
    asked.push(`${objects.map(({ metadata }) => metadata.name).join()} → ${desiredAPIVersion}`)
    assert.equal(client.url, 'https://convert.example.com/')
    const convertedObjects = objects.map((object) => convert(object, desiredAPIVersion))
    const response = { uid, convertedObjects, result: { status: 'Success' } }
    change(response)
    return JSON.stringify({
      kind: 'ConversionReview',
      apiVersion: 'apiextensions.k8s.io/v1',
      response,
    })
  }
  return { post, asked }
}

function convert(object: Gadget, apiVersion: string): Gadget {
  const { size, bigness = size } = object.spec ?? {}
  const spec = apiVersion.endsWith('v1') ? { size: bigness } : { bigness }
  return { ...object, apiVersion, spec }
}

const conversion = {
  strategy: 'Webhook',
  webhook: {
    conversionReviewVersions: ['v1'],
    clientConfig: { url: 'https://convert.example.com/' },
  } satisfies WebhookConversion,
}
const definition = definitionOf(
  [
    versionOf('v1', schemaOf({ size: { type: 'integer' } }), {
      selectableFields: [{ jsonPath: '.spec.size' }],
    }),
    versionOf('v1beta1', schemaOf({ bigness: { type: 'integer' } }), {
      storage: false,
      selectableFields: [{ jsonPath: '.spec.bigness' }],
    }),
  ],
  { conversion },
)

async function start(post: PostReview) {
  const started = await startTestApiServer({ port: false, parts: { conversion: () => post } })
  const client = createClient(started.server.transport(master))
  await define(client, definition)
  return { client, [Symbol.asyncDispose]: () => started[Symbol.asyncDispose]() }
}

test('an object is stored in one version and shown in the other', limit, async () => {
  const { post, asked } = webhook()
  await using server = await start(post)
  const [now, old] = [gadgets(), gadgets('v1beta1')].map((type) =>
    server.client.in(type, 'default'),
  )
  assert.ok(now && old)
  const made = await old.create({
    metadata: { name: 'a', labels: { x: 'y' } },
    spec: { bigness: 1 },
  })
  assert.deepEqual([made.apiVersion, made.spec], ['example.com/v1beta1', { bigness: 1 }])
  assert.deepEqual((await now.get('a')).spec, { size: 1 })
  const changed = await old.patch('a', 'merge', { spec: { bigness: 2 } })
  assert.deepEqual(changed.spec, { bigness: 2 })
  assert.equal(changed.metadata.uid, made.metadata.uid)
  await now.create({ metadata: { name: 'b' }, spec: { size: 3 } })
  asked.length = 0
  const { items } = await old.list()
  assert.deepEqual(
    items.map(({ spec }) => spec),
    [{ bigness: 2 }, { bigness: 3 }],
  )
  await old.list()
  assert.deepEqual(asked, ['b → example.com/v1beta1'], 'each object is converted once')
  await old.delete('a')
  assert.deepEqual(
    (await now.list()).items.map(({ metadata }) => metadata.name),
    ['b'],
  )
})

test('a watch of the other version sees every change in order, converted', limit, async () => {
  const { post } = webhook()
  await using server = await start(post)
  const now = server.client.in(gadgets(), 'default')
  const stop = new AbortController()
  const seen: string[] = []
  const watching = (async () => {
    const options = { signal: stop.signal, fieldSelector: 'spec.bigness=1' }
    for await (const { type, object } of server.client.for(gadgets('v1beta1')).watch(options)) {
      seen.push(`${type} ${object.metadata.name} ${JSON.stringify(object.spec)}`)
      if (seen.length === 4) stop.abort()
    }
  })()
  await now.create({ metadata: { name: 'a' }, spec: { size: 1 } })
  await now.create({ metadata: { name: 'b' }, spec: { size: 2 } })
  await now.patch('a', 'merge', { metadata: { labels: { l: 'm' } } })
  await now.patch('a', 'merge', { spec: { size: 2 } })
  await now.patch('b', 'merge', { spec: { size: 1 } })
  await watching
  assert.deepEqual(seen, [
    'ADDED a {"bigness":1}',
    'MODIFIED a {"bigness":1}',
    'DELETED a {"bigness":1}',
    'ADDED b {"bigness":1}',
  ])
})

test('the version that is stored needs nobody', limit, async () => {
  const { post, asked } = webhook()
  await using server = await start(post)
  const now = server.client.in(gadgets(), 'default')
  await now.create({ metadata: { name: 'a' }, spec: { size: 1 } })
  await now.patch('a', 'merge', { spec: { size: 2 } })
  await now.list()
  assert.deepEqual(asked, [])
})

const kind = 'example.com/v1, Kind=Gadget'

/** What an answer says, and what the client is told. */
const spoiled: readonly (readonly [string, (response: Record<string, unknown>) => void, string])[] =
  [
    [
      'a failure',
      (response) => (response['result'] = { status: 'Failure', message: 'no idea' }),
      `conversion webhook for ${kind} failed: no idea`,
    ],
    [
      'fewer objects',
      (response) => (response['convertedObjects'] = []),
      `conversion webhook for ${kind} returned 0 objects, expected 1`,
    ],
    [
      'objects of another version',
      (response) => {
        for (const object of response['convertedObjects'] as Gadget[]) object.apiVersion = 'x/v1'
      },
      `conversion webhook for ${kind} returned invalid converted object at index 0: invalid groupVersion (expected example.com/v1beta1, received x/v1)`,
    ],
    [
      'another name',
      (response) => {
        for (const object of response['convertedObjects'] as Gadget[]) {
          object.metadata = { ...object.metadata, name: 'z' }
        }
      },
      `conversion webhook for ${kind} returned invalid metadata in object at index 0: metadata.name must remain unchanged (expected "a", got "z")`,
    ],
  ]

for (const [what, change, message] of spoiled) {
  test(`an answer with ${what} is told`, limit, async () => {
    await using server = await start(webhook(change).post)
    await server.client
      .in(gadgets(), 'default')
      .create({ metadata: { name: 'a' }, spec: { size: 1 } })
    await assert.rejects(server.client.in(gadgets('v1beta1'), 'default').get('a'), { message })
  })
}

test('a webhook that cannot be reached fails what needs it, and nothing else', limit, async () => {
  await using server = await start(() => Promise.reject(new Error('dial tcp: refused')))
  const now = server.client.in(gadgets(), 'default')
  await now.create({ metadata: { name: 'a' }, spec: { size: 1 } })
  await assert.rejects(server.client.for(gadgets('v1beta1')).list(), {
    message: `conversion webhook for ${kind} failed: dial tcp: refused`,
  })
  assert.deepEqual((await now.get('a')).spec, { size: 1 })
})

test('a webhook is asked over TLS, and must be who its authority says', limit, async () => {
  await using hook = await startWebhookServer()
  await using stranger = await startWebhookServer()
  hook.on('/convert', ({ objects, desiredAPIVersion }) => ({
    convertedObjects: (objects as Gadget[]).map((each) => convert(each, String(desiredAPIVersion))),
    result: { status: 'Success' },
  }))
  const started = await startTestApiServer({ port: false })
  await using _ = started
  const client = createClient(started.server.transport(master))
  const url = `https://127.0.0.1:${hook.port}/convert`
  const by = (caBundle: string) => {
    const clientConfig = { url, caBundle }
    const webhook = { conversionReviewVersions: ['v1'], clientConfig }
    return definitionOf(definition.spec.versions, { conversion: { strategy: 'Webhook', webhook } })
  }
  await define(client, by(hook.caBundle))
  await client.in(gadgets(), 'default').create({ metadata: { name: 'a' }, spec: { size: 1 } })
  const old = client.in(gadgets('v1beta1'), 'default')
  assert.deepEqual((await old.get('a')).spec, { bigness: 1 })
  await define(client, by(stranger.caBundle))
  await assert.rejects(old.get('a'), {
    message: `conversion webhook for ${kind} failed: Post "${url}?timeout=30s": tls: failed to verify certificate: x509: certificate signed by unknown authority`,
  })
})
