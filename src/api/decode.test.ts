import assert from 'node:assert/strict'
import { test } from 'node:test'
import { must } from '#base/assert.ts'
import {
  cannotBeHandled,
  decode,
  decodeValue,
  strictDecodingMessage,
  unrecognized,
} from './decode.ts'
import { encodeObject } from './encode.ts'
import { typeSchema } from './schema.ts'

const podType = must(typeSchema('core/v1.Pod'), 'pods are built in')
const secretType = must(typeSchema('core/v1.Secret'), 'secrets are built in')
const leaseType = must(typeSchema('coordination/v1.Lease'), 'leases are built in')

/** The JSON of a pod's only container's fields. */
function inContainer(fields: string): string {
  return `{"spec":{"containers":[{"name":"c",${fields}}]}}`
}

for (const [text, message] of [
  ['[]', 'json: cannot unmarshal array into Go value of type v1.Pod'],
  ['"x"', 'json: cannot unmarshal string into Go value of type v1.Pod'],
  [
    '{"spec":"x"}',
    'json: cannot unmarshal string into Go struct field Pod.spec of type v1.PodSpec',
  ],
  [
    '{"spec":{"containers":{}}}',
    'json: cannot unmarshal object into Go struct field PodSpec.spec.containers of type []v1.Container',
  ],
  [
    '{"spec":{"hostNetwork":"true"}}',
    'json: cannot unmarshal string into Go struct field PodSpec.spec.hostNetwork of type bool',
  ],
  [
    '{"spec":{"restartPolicy":1}}',
    'json: cannot unmarshal number into Go struct field PodSpec.spec.restartPolicy of type v1.RestartPolicy',
  ],
  [
    '{"metadata":{"labels":{"a":1}}}',
    'json: cannot unmarshal number into Go struct field ObjectMeta.metadata.labels of type string',
  ],
  [
    '{"metadata":{"labels":["a"]}}',
    'json: cannot unmarshal array into Go struct field ObjectMeta.metadata.labels of type map[string]string',
  ],
  [
    inContainer('"image":true'),
    'json: cannot unmarshal bool into Go struct field Container.spec.containers.image of type string',
  ],
  [
    inContainer('"ports":[{"containerPort":"80"}]'),
    'json: cannot unmarshal string into Go struct field ContainerPort.spec.containers.ports.containerPort of type int32',
  ],
  [
    inContainer('"ports":[{"containerPort":3000000000}]'),
    'json: cannot unmarshal number 3000000000 into Go struct field ContainerPort.spec.containers.ports.containerPort of type int32',
  ],
  [
    inContainer('"ports":[{"containerPort":1.5}]'),
    'json: cannot unmarshal number 1.5 into Go struct field ContainerPort.spec.containers.ports.containerPort of type int32',
  ],
  [
    inContainer('"resources":{"limits":[]}'),
    'json: cannot unmarshal array into Go struct field ResourceRequirements.spec.containers.resources.limits of type v1.ResourceList',
  ],
  [
    inContainer('"resources":{"limits":{"cpu":"abc"}}'),
    "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'",
  ],
  [
    inContainer('"livenessProbe":{"httpGet":{"port":true}}'),
    'json: cannot unmarshal bool into Go value of type int32',
  ],
  [
    '{"metadata":{"creationTimestamp":1}}',
    'json: cannot unmarshal number into Go value of type string',
  ],
  [
    '{"metadata":{"creationTimestamp":"x"}}',
    'parsing time "x" as "2006-01-02T15:04:05Z07:00": cannot parse "x" as "2006"',
  ],
  ['{bad json', "invalid character 'b' looking for beginning of object key string"],
  ['', 'unexpected end of JSON input'],
  ['{"a":1,}', "invalid character '}' looking for beginning of object key string"],
  ['{"a" 1}', "invalid character '1' after object key"],
  ['{"a":1 "b"}', `invalid character '"' after object key:value pair`],
  ['[1 2]', "invalid character '2' after array element"],
  ['{} x', "invalid character 'x' after top-level value"],
  ['{"a":tru}', "invalid character '}' in literal true (expecting 'e')"],
  ['{"a":01}', "invalid character '1' after object key:value pair"],
  ['{"a":-x}', "invalid character 'x' in numeric literal"],
  ['{"a":1.x}', "invalid character 'x' after decimal point in numeric literal"],
  ['{"a":1ex}', "invalid character 'x' in exponent of numeric literal"],
  ['{"a":"\n"}', String.raw`invalid character '\n' in string literal`],
  [String.raw`{"a":"\x"}`, "invalid character 'x' in string escape code"],
  [
    String.raw`{"a":"\u00g0"}`,
    String.raw`invalid character 'g' in \u hexadecimal character escape`,
  ],
  ['{"a":\'', String.raw`invalid character '\'' looking for beginning of value`],
] as const) {
  test(`${JSON.stringify(text)} is refused`, () => {
    assert.throws(() => decode(podType, text, 'Strict'), { name: 'DecodeError', message })
  })
}

for (const [data, message] of [
  ['"!"', 'illegal base64 data at input byte 0'],
  ['"YWJj!"', 'illegal base64 data at input byte 4'],
  ['1', 'json: cannot unmarshal number into Go struct field Secret.data of type []uint8'],
] as const) {
  test(`the data of a secret cannot be ${data}`, () => {
    assert.throws(() => decode(secretType, `{"data":{"a":${data}}}`, 'Ignore'), { message })
  })
}

function decoded(text: string): Record<string, unknown> {
  return decode<Record<string, unknown>>(podType, text, 'Ignore').object
}

for (const [title, text, spec] of [
  [
    'quantities become canonical',
    inContainer('"resources":{"limits":{"cpu":"1000m","memory":1024}}'),
    { containers: [{ name: 'c', resources: { limits: { cpu: '1', memory: '1024' } } }] },
  ],
  ['null is not given', '{"spec":{"containers":null,"nodeName":null}}', { containers: [] }],
  [
    'null in a map is its zero',
    '{"spec":{"nodeSelector":{"a":null}}}',
    { nodeSelector: { a: '' }, containers: [] },
  ],
  [
    'null in a list is its zero',
    '{"spec":{"containers":[{"name":"c","args":[null]}]}}',
    { containers: [{ name: 'c', args: [''], resources: {} }] },
  ],
  ['unknown fields are dropped', '{"spec":{"foo":{"bar":1},"Containers":[]}}', { containers: [] }],
  [
    'zeros that Go does not write are dropped',
    '{"spec":{"hostname":"","hostNetwork":false,"tolerations":[],"nodeSelector":{}}}',
    { containers: [] },
  ],
  [
    'zeros that Go can tell from nothing stay',
    '{"spec":{"priority":0,"automountServiceAccountToken":false,"securityContext":{}}}',
    { priority: 0, automountServiceAccountToken: false, securityContext: {}, containers: [] },
  ],
  [
    'fields that Go always writes are there',
    inContainer('"env":[{}]'),
    { containers: [{ name: 'c', env: [{ name: '' }], resources: {} }] },
  ],
  [
    'large integers stay within int64',
    '{"spec":{"activeDeadlineSeconds":9223372036854775807}}',
    { activeDeadlineSeconds: 9223372036854774784, containers: [] },
  ],
] as const) {
  test(title, () => assert.deepEqual(decoded(text)['spec'], spec))
}

test('times become UTC seconds, micro times keep six digits', () => {
  assert.deepEqual(
    decoded('{"metadata":{"creationTimestamp":"2024-01-02T03:04:05.9+01:00"}}')['metadata'],
    {
      creationTimestamp: '2024-01-02T02:04:05Z',
    },
  )
  const lease = decode<{ spec: unknown }>(
    leaseType,
    '{"spec":{"renewTime":"2024-01-02T03:04:05.123456Z"}}',
    'Ignore',
  )
  assert.deepEqual(lease.object.spec, { renewTime: '2024-01-02T03:04:05.123456Z' })
})

for (const [text, problems] of [
  ['{"spec":{"foo":1},"bar":2}', ['unknown field "spec.foo"', 'unknown field "bar"']],
  [inContainer('"foo":1'), ['unknown field "spec.containers[0].foo"']],
  [inContainer('"name":"d"'), ['duplicate field "spec.containers[0].name"']],
  ['{"metadata":{"labels":{"a":"1","a":"2"}}}', ['duplicate field "metadata.labels.a"']],
  ['{"spec":{},"spec":{"hostPID":true}}', ['duplicate field "spec"']],
  [String.raw`{"metadata":{"annotations":{"a":"{\"b\":1,\"b\":2}"}}}`, []],
  ['{"x":[{"y":1,"y":2}, "\\"" , {"z" : 1}]}', ['unknown field "x"', 'duplicate field "x[0].y"']],
] as const) {
  test(`${text} tells ${problems.length} problems`, () => {
    assert.deepEqual(decode(podType, text, 'Strict').problems, problems)
    assert.deepEqual(decode(podType, text, 'Ignore').problems, [])
  })
}

test('no more than a hundred problems are told', () => {
  const fields = Array.from({ length: 150 }, (_, index) => `"f${index}":1`).join()
  assert.equal(decode(podType, `{${fields}}`, 'Warn').problems.length, 100)
})

test('a value that is nested too deeply is refused', () => {
  const nested = (depth: number): string => `${'['.repeat(depth)}${']'.repeat(depth)}`
  assert.throws(() => decode(podType, `{"x":${nested(100_000)}}`, 'Ignore'), {
    message: 'exceeded max depth',
  })
  assert.throws(() => decode(podType, '['.repeat(1_000_000), 'Ignore'), {
    message: 'exceeded max depth',
  })
  assert.deepEqual(decode(podType, `{"x":${nested(900)}}`, 'Warn').problems, ['unknown field "x"'])
})

test('a parsed value is decoded, too', () => {
  assert.deepEqual(decodeValue(podType, { spec: { x: 1 } }).problems, ['unknown field "spec.x"'])
})

test('messages frame what went wrong', () => {
  assert.equal(strictDecodingMessage(['a', 'b']), 'strict decoding error: a, b')
  assert.equal(
    cannotBeHandled({ kind: 'Pod', version: 'v1' }, 'ConfigMap', 'x'),
    'Pod in version "v1" cannot be handled as a ConfigMap: x',
  )
  const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)
  assert.equal(
    unrecognized('ConfigMap', 'x', bytes('{bad json')),
    'the object provided is unrecognized (must be of type ConfigMap): x ({bad json)',
  )
  assert.equal(
    unrecognized('ConfigMap', 'x', bytes('a: b: c')),
    'the object provided is unrecognized (must be of type ConfigMap): x (613a20623a2063)',
  )
  assert.equal(
    unrecognized('ConfigMap', 'x', bytes(`{${'a'.repeat(40)}`)),
    `the object provided is unrecognized (must be of type ConfigMap): x ({${'a'.repeat(29)} ...)`,
  )
  assert.equal(
    unrecognized('ConfigMap', 'x', bytes('')),
    'the object provided is unrecognized (must be of type ConfigMap): x (<empty>)',
  )
})

test('objects are encoded with kind, apiVersion and metadata in front', () => {
  const object = { data: { a: 'b' }, extra: undefined, metadata: decodedMetadata() }
  const bytes = encodeObject(object, { kind: 'ConfigMap', apiVersion: 'v1' })
  assert.equal(
    new TextDecoder().decode(bytes),
    '{"kind":"ConfigMap","apiVersion":"v1","metadata":{"name":"c"},"data":{"a":"b"}}',
  )
})

function decodedMetadata(): Parameters<typeof encodeObject>[0]['metadata'] {
  return { name: 'c' } as Parameters<typeof encodeObject>[0]['metadata']
}
