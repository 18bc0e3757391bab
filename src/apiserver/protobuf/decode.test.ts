import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import test from 'node:test'
import { must } from '#base/assert.ts'
import { schemaTypeOf, typeSchema } from '#api/schema.ts'
import { decodeObject } from '#apiserver/http/decode-object.ts'
import { decodeMessage } from './decode.ts'
import { openEnvelope } from './envelope.ts'
import { ProtobufError } from './reader.ts'
import { bytesField, message, textField } from './writer.ts'

interface Body {
  readonly 'made by': string
  readonly protobuf: string
  readonly json: { readonly kind: string; readonly apiVersion: string }
}

/** What kubectl sent, and the same object as it prints it. */
const file = new URL('testdata/kubectl-bodies.json', import.meta.url)
const bodies = JSON.parse(readFileSync(file, 'utf8')) as Body[]

for (const body of bodies) {
  test(`${body['made by']}`, () => {
    const [version = '', group = ''] = body.json.apiVersion.split('/').toReversed()
    const { kind } = body.json
    const schemaType = must(schemaTypeOf(group, version, kind), kind)
    const expected = { group, version, kind, schemaType }
    const validation = 'Strict'
    const bytes = Buffer.from(body.protobuf, 'base64')
    const json = Buffer.from(JSON.stringify(body.json))
    assert.deepEqual(
      decodeObject(expected, { bytes, format: 'protobuf', validation }),
      decodeObject(expected, { bytes: json, format: 'json', validation }),
    )
  })
}

const struct = (name: string) => must(typeSchema(name), name)

test('embedded structs, times, quantities and int-or-strings', () => {
  const emptyDir = bytesField(2, message([bytesField(2, message([textField(1, 'Memory')]))]))
  const volume = message([textField(1, 'v'), emptyDir])
  assert.deepEqual(decodeMessage(struct('core/v1.Volume'), volume), {
    name: 'v',
    emptyDir: { medium: 'Memory' },
  })
  const seconds = Buffer.from([8, 128, 128, 128, 128, 6]) // 1,610,612,736 s after 1970
  const meta = message([bytesField(8, seconds), bytesField(9, message([]))])
  assert.deepEqual(decodeMessage(struct('meta/v1.ObjectMeta'), meta), {
    creationTimestamp: '2021-01-14T08:25:36Z',
  })
})

test('negative numbers take ten bytes', () => {
  const minusOne = Buffer.from([8, 255, 255, 255, 255, 255, 255, 255, 255, 255, 1])
  const spec = decodeMessage(struct('apps/v1.DeploymentSpec'), minusOne)
  assert.deepEqual(spec, { replicas: -1 })
})

test('an unknown field is skipped', () => {
  const bytes = message([bytesField(4000, Buffer.from('new')), textField(1, 'n')])
  assert.deepEqual(decodeMessage(struct('meta/v1.ObjectMeta'), bytes), { name: 'n' })
})

for (const bytes of [
  Buffer.from('{}'),
  Buffer.from('k8s\0\x0a\xff', 'latin1'),
  Buffer.from('k8s\0\x0b'),
]) {
  test(`refuses ${bytes.toString('hex')}`, () => {
    assert.throws(() => openEnvelope(bytes), ProtobufError)
  })
}
