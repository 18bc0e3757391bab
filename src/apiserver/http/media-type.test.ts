import assert from 'node:assert/strict'
import test from 'node:test'
import { negotiator } from './media-type.ts'

const negotiate = negotiator()
const kubectl =
  'application/json;as=Table;v=v1;g=meta.k8s.io,application/json;as=Table;v=v1beta1;g=meta.k8s.io,application/json'

const cases: readonly [accept: string | undefined, contentType: string, as: string][] = [
  [undefined, 'application/json', 'object'],
  ['', 'application/json', 'object'],
  ['*/*', 'application/json', 'object'],
  ['application/yaml', 'application/yaml', 'object'],
  ['application/vnd.kubernetes.protobuf, application/json', 'application/json', 'object'],
  ['application/yaml;q=0.5, application/json', 'application/json', 'object'],
  [kubectl, 'application/json;as=Table;g=meta.k8s.io;v=v1', 'Table'],
  [
    'application/vnd.kubernetes.protobuf;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json',
    'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1',
    'PartialObjectMetadataList',
  ],
  ['application/json;as=Table;g=meta.k8s.io;v=v9,application/json', 'application/json', 'object'],
]

for (const [accept, contentType, as] of cases) {
  test(`Accept: ${accept} gets ${contentType}`, () => {
    const accepted = negotiate(accept)
    assert.equal(accepted.contentType, contentType)
    assert.equal(accepted.shape.as, as)
    assert.equal(negotiate(accept), accepted)
  })
}

for (const accept of ['application/vnd.kubernetes.protobuf', 'text/html', 'application/json;q=0']) {
  test(`Accept: ${accept} cannot be served`, () => {
    assert.throws(() => negotiate(accept), {
      message: 'only the following media types are accepted: application/json, application/yaml',
    })
  })
}
