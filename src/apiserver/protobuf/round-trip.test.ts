/** Any object of any built-in type is the same after a way through protobuf. */
import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import { must } from '#base/assert.ts'
import { decodeValue } from '#api/decode.ts'
import * as resources from '#api/resources.gen.ts'
import { schemaTypeOf, typeSchema } from '#api/schema.ts'
import type { FieldSchema, ScalarType, SchemaType, StructType } from '#api/schema.ts'
import { BackwardWriter } from './backward-writer.ts'
import { decodeMessage } from './decode.ts'
import { messageEncoder } from './encode.ts'
import { anyForm, jsonSchemaProps } from './layout.ts'

/** What is nested deeper stays away: types contain themselves. */
const depthMax = 4

const text = fc.string({ unit: 'binary', maxLength: 60 })
const seconds = fc
  .integer({ min: -2_000_000_000, max: 4_000_000_000 })
  .map((second) => new Date(second * 1000).toISOString().slice(0, 19))
/** As JSON tells it, which knows no -0. */
const raw = fc
  .dictionary(fc.string({ maxLength: 5 }), fc.jsonValue({ maxDepth: 1 }), { maxKeys: 2 })
  .map((value): unknown => JSON.parse(JSON.stringify(value)))

const scalars = {
  string: text,
  boolean: fc.boolean(),
  int32: fc.integer(),
  int64: fc.maxSafeInteger(),
  double: fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0),
  bytes: fc.uint8Array({ maxLength: 20 }).map((bytes) => Buffer.from(bytes).toString('base64')),
  time: seconds.map((at) => `${at}Z`),
  microTime: fc
    .tuple(seconds, fc.integer({ min: 0, max: 999_999 }))
    .map(([at, micros]) => `${at}.${String(micros).padStart(6, '0')}Z`),
  quantity: fc.constantFrom('0', '1', '-3', '500m', '1Gi', '1e3', '12345678901234567890'),
  intOrString: fc.oneof(fc.integer(), text),
} as const

function scalar({ scalar: name, goName }: ScalarType, depth: number): fc.Arbitrary<unknown> {
  if (name !== 'any') return scalars[name]
  const type = must(typeSchema(jsonSchemaProps), jsonSchemaProps)
  const props = (): fc.Arbitrary<unknown> =>
    struct(type, depth - 1).map((schema) => decodeValue(type, schema).object)
  switch (anyForm(goName)) {
    case 'empty':
      return fc.constant({})
    case 'raw':
      return raw
    case 'schemaOrArray':
      return fc.oneof(props(), fc.array(props(), { maxLength: 2 }))
    case 'schemaOrBool':
      return fc.oneof(props(), fc.boolean())
    case 'schemaOrStrings':
      return fc.oneof(props(), fc.array(text, { maxLength: 2 }))
  }
}

function value(type: SchemaType, depth: number): fc.Arbitrary<unknown> {
  switch (type.kind) {
    case 'scalar':
      return depth === 0 && type.scalar === 'any' ? fc.constant({}) : scalar(type, depth)
    case 'struct':
      return depth === 0 ? fc.constant({}) : struct(type, depth - 1)
    case 'list':
      return fc.array(value(type.item, depth), { maxLength: 2 })
    case 'map':
      return fc.dictionary(text, value(type.value, depth), { maxKeys: 3, noNullPrototype: true })
  }
}

const structs = new Map<string, fc.Arbitrary<Record<string, unknown>>>()

function struct(type: StructType, depth: number): fc.Arbitrary<Record<string, unknown>> {
  const key = `${type.name} ${depth}`
  const known = structs.get(key)
  if (known !== undefined) return known
  const fields = [...type.fields.values()].filter(({ protobuf }) => protobuf !== undefined)
  const made = fc.record(
    Object.fromEntries(fields.map((field) => [field.name, value(field.type, depth)])),
    { requiredKeys: fields.filter(isEmptyStruct).map(({ name }) => name), noNullPrototype: true },
  )
  structs.set(key, made)
  return made
}

/** One without fields, which Go always writes. */
function isEmptyStruct({ type, zero }: FieldSchema): boolean {
  return (
    zero === 'written' &&
    type.kind === 'scalar' &&
    anyForm(type.goName) === 'empty' &&
    type.scalar === 'any'
  )
}

const metaKinds = ['Status', 'DeleteOptions', 'APIGroupList', 'APIResourceList', 'APIVersions']

const types = new Set([
  ...Object.values(resources).map(({ group, version, kind }) =>
    must(schemaTypeOf(group, version, kind), kind),
  ),
  ...metaKinds.map((kind) => `meta/v1.${kind}`),
])

for (const name of types) {
  test(name, () => {
    const type = must(typeSchema(name), name)
    const out = new BackwardWriter()
    fc.assert(
      fc.property(struct(type, depthMax), (object) => {
        const { object: wanted } = decodeValue<Record<string, unknown>>(type, object)
        messageEncoder(type)(out, wanted)
        const { object: found } = decodeValue(type, decodeMessage(type, out.finish()))
        assert.deepEqual(found, wanted)
      }),
      { numRuns: 20 },
    )
  })
}
