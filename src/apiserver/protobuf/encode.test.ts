import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import test from 'node:test'
import { must } from '#base/assert.ts'
import { decodeValue } from '#api/decode.ts'
import { schemaTypeOf, typeSchema } from '#api/schema.ts'
import { BackwardWriter } from './backward-writer.ts'
import { decodeMessage } from './decode.ts'
import { messageEncoder } from './encode.ts'
import { envelopeHead, openEnvelope, seal } from './envelope.ts'

interface Body {
  readonly 'made by': string
  readonly protobuf: string
}

const file = new URL('testdata/kubectl-bodies.json', import.meta.url)
const bodies = JSON.parse(readFileSync(file, 'utf8')) as Body[]

for (const body of bodies) {
  test(`the bytes of ${body['made by']}`, () => {
    const bytes = Buffer.from(body.protobuf, 'base64')
    const { apiVersion, kind, raw } = openEnvelope(bytes)
    const [version = '', group = ''] = apiVersion.split('/').toReversed()
    const type = must(typeSchema(must(schemaTypeOf(group, version, kind), kind)), kind)
    const { object } = decodeValue<Record<string, unknown>>(type, decodeMessage(type, raw))
    const out = new BackwardWriter()
    seal(out, envelopeHead({ apiVersion, kind }), () => messageEncoder(type)(out, object))
    assert.equal(out.finish().toString('hex'), bytes.toString('hex'))
  })
}
