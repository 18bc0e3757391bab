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
import { ProtobufReader } from './reader.ts'

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

const cases: readonly [what: string, type: string, object: Record<string, unknown>, hex: string][] =
  [
    [
      'what is no pointer is written though it is empty',
      'core/v1.ContainerPort',
      {},
      '0a00' + '1000' + '1800' + '2200' + '2a00',
    ],
    ['what is a pointer is not', 'apps/v1.RollingUpdateDeployment', {}, ''],
    [
      'a number, a text, and what neither of them holds',
      'core/v1.HTTPGetAction',
      { path: '/', port: -1 },
      '0a012f' + '120f' + '0800' + '10ffffffffffffffffff01' + '1a00' + '1a00' + '2200',
    ],
    [
      'keys in the order of their bytes, beyond the first plane, too',
      'meta/v1.LabelSelector',
      { matchLabels: { '\u{1f600}': 'c', '\uff5e': 'b', a: '' } },
      '0a050a01611200' + '0a080a03efbd9e120162' + '0a090a04f09f9880120163',
    ],
    [
      'a time before 1970 and one that is not set',
      'core/v1.PodCondition',
      { type: 'R', status: 'T', lastTransitionTime: '1969-12-31T23:59:59Z' },
      '0a0152' + '120154' + '1a00' + '220d08ffffffffffffffffff011000' + '2a00' + '3200' + '3800',
    ],
    [
      'microseconds as nanoseconds',
      'coordination/v1.LeaseSpec',
      { renewTime: '1970-01-01T00:00:01.000002Z' },
      '2205080110d00f',
    ],
    [
      'bytes that are empty, and none',
      'core/v1.Secret',
      { metadata: {}, data: { a: '' } },
      '0a10' + '0a0012001a0022002a00320038004200' + '12050a01611200' + '1a00',
    ],
    [
      'packed lists are not written: each number has its tag',
      'core/v1.PodSecurityContext',
      { supplementalGroups: [1, 300] },
      '2001' + '20ac02',
    ],
    [
      'a named list is a message',
      'authentication/v1.UserInfo',
      { extra: { k: ['v', ''] } },
      '0a00' + '1200' + '220a' + '0a016b' + '1205' + '0a0176' + '0a00',
    ],
  ]

for (const [what, name, object, hex] of cases) {
  test(what, () => {
    const out = new BackwardWriter()
    messageEncoder(must(typeSchema(name), name))(out, object)
    assert.equal(out.finish().toString('hex'), hex)
  })
}

test('long texts, large messages and numbers of all sizes', () => {
  const out = new BackwardWriter()
  const texts = ['x'.repeat(47), 'x'.repeat(49), 'ä'.repeat(20), '\u{1f600}', 'y'.repeat(70_000)]
  const numbers = [0, 127, 128, 16_383, 16_384, 2_097_152, 268_435_456, 2 ** 31, 2 ** 53 - 1, -5]
  for (const text of texts) out.text(text)
  for (const number of numbers) out.varint(number)
  const reader = new ProtobufReader(out.finish())
  for (const number of numbers.toReversed()) assert.equal(reader.int64(), number)
  for (const text of texts.toReversed()) assert.equal(reader.text(), text)
  assert.ok(reader.done)
})
