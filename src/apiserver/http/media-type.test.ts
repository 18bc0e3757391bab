import assert from 'node:assert/strict'
import test from 'node:test'
import { negotiator } from './media-type.ts'

const negotiate = negotiator('everything')
const negotiateCustom = negotiator('protobufOfMetadata')
const protobuf = 'application/vnd.kubernetes.protobuf'
const partial = 'as=PartialObjectMetadataList;g=meta.k8s.io;v=v1'
const kubectl =
  'application/json;as=Table;v=v1;g=meta.k8s.io,application/json;as=Table;v=v1beta1;g=meta.k8s.io,application/json'

const cases: readonly [accept: string | undefined, contentType: string, as: string][] = [
  [undefined, 'application/json', 'object'],
  ['', 'application/json', 'object'],
  ['*/*', 'application/json', 'object'],
  ['application/*', 'application/json', 'object'],
  ['application/yaml', 'application/yaml', 'object'],
  [protobuf, protobuf, 'object'],
  [`${protobuf}, application/json`, protobuf, 'object'],
  [`application/json, ${protobuf}`, 'application/json', 'object'],
  [`application/json;q=0.8, ${protobuf};q=0.9`, protobuf, 'object'],
  [`${protobuf};stream=watch`, protobuf, 'object'],
  ['application/yaml;stream=watch,application/json', 'application/json', 'object'],
  [`${protobuf};stream=other,application/json`, 'application/json', 'object'],
  ['application/yaml;q=0.5, application/json', 'application/json', 'object'],
  [kubectl, 'application/json', 'Table'],
  [`${protobuf};as=Table;g=meta.k8s.io;v=v1,${kubectl}`, 'application/json', 'Table'],
  [`${protobuf};${partial},application/json`, protobuf, 'PartialObjectMetadataList'],
  ['application/json;as=Table;g=meta.k8s.io;v=v9,application/json', 'application/json', 'object'],
  ['application/json;g=meta.k8s.io;v=v1,application/yaml', 'application/yaml', 'object'],
]

for (const [accept, contentType, as] of cases) {
  test(`Accept: ${accept} gets ${contentType}`, () => {
    const accepted = negotiate(accept)
    assert.equal(accepted.contentType, contentType)
    assert.equal(accepted.shape.as, as)
    assert.equal(negotiate(accept), accepted)
  })
}

test('custom kinds have metadata in protobuf, nothing else', () => {
  assert.equal(negotiateCustom(`${protobuf};${partial}`).encoding, 'protobuf')
  assert.equal(negotiateCustom(`${protobuf},application/json`).encoding, 'json')
  assert.throws(() => negotiateCustom(protobuf), { message: refused })
})

const refused =
  'only the following media types are accepted: application/json, application/yaml, application/vnd.kubernetes.protobuf'

for (const accept of [
  'text/html',
  'application/json;q=0',
  `${protobuf};as=Table;g=meta.k8s.io;v=v1`,
  'constructor',
]) {
  test(`Accept: ${accept} cannot be served`, () => {
    assert.throws(() => negotiate(accept), { message: refused })
  })
}
