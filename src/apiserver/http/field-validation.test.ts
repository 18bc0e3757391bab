/** What is told of unknown and repeated fields, over real HTTP. */
import assert from 'node:assert/strict'
import test, { after } from 'node:test'
import { createClient } from '#client/create-client.ts'
import { master, startTestApiServer } from '#testing/api-server.ts'
import { define, definitionOf, schemaOf, versionOf } from '#testing/custom-kinds.ts'
import { http2Client, type RawResponse } from '#testing/raw-http.ts'

const limit = { timeout: 30_000 }
const { server, pki, ...running } = await startTestApiServer()
const http = http2Client({ port: server.port, ca: pki.ca.certificate, identity: pki.admin })
const client = createClient(server.transport(master))
after(async () => {
  http[Symbol.dispose]()
  await running[Symbol.asyncDispose]()
})

const configMap = '/api/v1/namespaces/default/configmaps/a'
const gadget = '/apis/example.com/v1/namespaces/default/gadgets/a'

interface Sent {
  readonly path: string
  readonly type: string
  readonly body: string
}

async function patched({ path, type, body }: Sent, validation: string): Promise<RawResponse> {
  const query = `fieldManager=m&fieldValidation=${validation}`
  const headers = { 'content-type': `application/${type}` }
  return http.send({ method: 'PATCH', path: `${path}?${query}`, headers, body })
}

async function refusal(sent: Sent): Promise<string> {
  const answer = await patched(sent, 'Strict')
  assert.ok(answer.status >= 400, String(answer.status))
  return (JSON.parse(answer.body.toString()) as { message: string }).message
}

async function warning(sent: Sent): Promise<string | string[] | undefined> {
  const answer = await patched(sent, 'Warn')
  assert.ok(answer.status < 300, answer.body.toString())
  return answer.headers['warning']
}

test('keys that an applied text repeats', limit, async () => {
  const body =
    'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata:\n  b: x\n  b: y\n  b: z\n'
  const sent = { path: configMap, type: 'apply-patch+yaml', body }
  const lines = '  line 6: key "b" already set in map\n  line 7: key "b" already set in map'
  const text = `error converting YAML to JSON: yaml: unmarshal errors:\n${lines}`
  assert.equal(await refusal(sent), `error strict decoding YAML: ${text}`)
  const told = text.replaceAll('\n', ' ').replaceAll('"', '\\"')
  assert.equal(await warning(sent), `299 - "${told}"`)
  assert.equal((await patched(sent, 'Ignore')).headers['warning'], undefined)
})

test('keys that a patch repeats, before fields that nobody knows', limit, async () => {
  const body = '{"data":{"c":"1","c":"2"},"odd":1}'
  const sent = { path: configMap, type: 'merge-patch+json', body }
  assert.match(
    await refusal(sent),
    /: strict decoding error: duplicate field "data.c", unknown field "odd"$/,
  )
  assert.deepEqual(
    await warning(sent),
    '299 - "duplicate field \\"data.c\\"", 299 - "unknown field \\"odd\\""',
  )
})

test('fields of the operations of a JSON patch', limit, async () => {
  const body = '[{"op":"add","path":"/data/d","value":"1","value":"2","foo":1}]'
  const sent = { path: configMap, type: 'json-patch+json', body }
  assert.match(
    await refusal(sent),
    /: strict decoding error: json patch unknown field "\[0\]\.foo", json patch duplicate field "\[0\]\.value"$/,
  )
})

test('an object of a custom kind in YAML', limit, async () => {
  const schema = schemaOf({ a: { type: 'string' } })
  await define(client, definitionOf([versionOf('v1', schema)]))
  const body =
    'apiVersion: example.com/v1\nkind: Gadget\nmetadata: {name: a}\nspec: {a: x, a: y, b: 1}\n'
  const headers = { 'content-type': 'application/yaml' }
  const path = `${gadget.slice(0, -2)}?fieldValidation=Strict`
  const answer = await http.send({ method: 'POST', path, headers, body })
  assert.equal(
    (JSON.parse(answer.body.toString()) as { message: string }).message,
    'Gadget in version "v1" cannot be handled as a Gadget: strict decoding error: yaml: unmarshal errors:\n  line 4: key "a" already set in map, unknown field "spec.b"',
  )
})
