import assert from 'node:assert/strict'
import test from 'node:test'
import type { CustomResourceDefinitionVersion } from '#api/apiextensions/v1.gen.ts'
import { message } from '#api/meta/field-error.ts'
import { definitionOf, schemaOf, versionOf } from '#testing/custom-kinds.ts'
import type { Schema } from './schema.ts'
import {
  definitionErrors,
  definitionUpdateErrors,
  definitionWarnings,
} from './validate-definition.ts'

type Spec = Parameters<typeof definitionOf>[1]

function messages(versions: CustomResourceDefinitionVersion[], spec?: Spec): readonly string[] {
  const definition = definitionOf(versions, spec)
  definition.status = { storedVersions: ['v1'] }
  return definitionErrors(definition).map(message)
}

const root = 'spec.validation.openAPIV3Schema'
const a = `${root}.properties[spec].properties[a]`

test('a plain definition is fine', () => {
  assert.deepEqual(messages([versionOf('v1', schemaOf({ a: { type: 'string' } }))]), [])
})

/** The schema of one field, and what is wrong with it. */
const schemas: readonly (readonly [string, Schema, readonly string[]])[] = [
  ['no type', {}, [`${a}.type: Required value: must not be empty for specified object fields`]],
  [
    'no such type',
    { type: 'text' },
    [
      `${a}.type: Unsupported value: "text": supported values: "array", "boolean", "integer", "number", "object", "string"`,
    ],
  ],
  ['a list of what', { type: 'array' }, [`${a}.items: Required value: must be specified`]],
  [
    'a type in a composition',
    { type: 'object', anyOf: [{ type: 'object' }] },
    [`${a}.anyOf[0].type: Forbidden: must be empty to be structural`],
  ],
  [
    'an integer or a text may be composed',
    { 'x-kubernetes-int-or-string': true, anyOf: [{ type: 'integer' }, { type: 'string' }] },
    [],
  ],
  [
    'a pattern that is none',
    { type: 'string', pattern: 'a(' },
    [
      `${a}.pattern: Invalid value: "a(": must be a valid regular expression, but isn't: error parsing regexp: missing closing ): \`a(\``,
    ],
  ],
  [
    'fields and a map',
    {
      type: 'object',
      properties: { b: { type: 'string' } },
      additionalProperties: { type: 'string' },
    },
    [
      `${a}.additionalProperties: Forbidden: additionalProperties and properties are mutual exclusive`,
    ],
  ],
  [
    'a default of another type',
    { type: 'integer', default: 'x' },
    [`${a}.default: Invalid value: "string":  in body must be of type integer: "string"`],
  ],
  [
    'a default with unknown fields',
    { type: 'object', properties: { b: { type: 'string' } }, default: { c: 1 } },
    [`${a}.default: Invalid value: {"c":1}: must not have unknown fields`],
  ],
  [
    'a default below one',
    { type: 'object', properties: { b: { type: 'string', maxLength: 1 } }, default: { b: 'xx' } },
    [`${a}.default.b: Too long: may not be more than 1 bytes`],
  ],
  [
    'a map without keys',
    { type: 'array', 'x-kubernetes-list-type': 'map', items: { type: 'object' } },
    [
      `${a}.x-kubernetes-list-map-keys: Required value: must not be empty if x-kubernetes-list-type is map`,
    ],
  ],
  [
    'keys that may be left out',
    {
      type: 'array',
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['k'],
      items: { type: 'object', properties: { k: { type: 'string' } } },
    },
    [
      `${a}.items.properties[k].default: Required value: this property is in x-kubernetes-list-map-keys, so it must have a default or be a required property`,
    ],
  ],
  [
    'a set of objects',
    { type: 'array', 'x-kubernetes-list-type': 'set', items: { type: 'object' } },
    [
      `${a}.items.x-kubernetes-map-type: Invalid value: null: must be atomic as item of a list with x-kubernetes-list-type=set`,
    ],
  ],
  [
    'a list type of no list',
    { type: 'string', 'x-kubernetes-list-type': 'set' },
    [`${a}.type: Invalid value: "string": must be array if x-kubernetes-list-type is specified`],
  ],
  [
    'unique items',
    { type: 'array', items: { type: 'string' }, uniqueItems: true },
    [
      `${a}.uniqueItems: Forbidden: uniqueItems cannot be set to true since the runtime complexity becomes quadratic`,
    ],
  ],
  ['a reference', { type: 'object', $ref: '#/x' }, [`${a}.$ref: Forbidden: $ref is not supported`]],
]

for (const [what, schema, expected] of schemas) {
  test(`schema: ${what}`, () => {
    assert.deepEqual(messages([versionOf('v1', schemaOf({ a: schema }))]), expected)
  })
}

const fine = schemaOf({ a: { type: 'string' }, n: { type: 'integer' } })
const names = { plural: 'gadgets', singular: 'gadget', kind: 'Gadget', listKind: 'GadgetList' }

const specs: readonly (readonly [
  string,
  Partial<CustomResourceDefinitionVersion>,
  Spec,
  readonly string[],
])[] = [
  [
    'a group without a dot',
    {},
    { group: 'example' },
    [
      'metadata.name: Invalid value: "gadgets.example.com": must be spec.names.plural+"."+spec.group',
      'spec.group: Invalid value: "example": should be a domain with at least one dot',
    ],
  ],
  [
    'no such scope',
    {},
    { scope: 'World' },
    ['spec.scope: Unsupported value: "World": supported values: "Cluster", "Namespaced"'],
  ],
  [
    'no storage version',
    { storage: false },
    {},
    [
      'spec.versions: Invalid value: [{"name":"v1","schema":{"openAPIV3Schema":{"properties":{"spec":{"properties":{"a":{"type":"string"},"n":{"type":"integer"}},"type":"object"}},"type":"object"}},"served":true,"storage":false}]: must have exactly one version marked as storage version',
    ],
  ],
  [
    'a list kind like the kind',
    {},
    { names: { ...names, listKind: 'Gadget' } },
    ['spec.names.listKind: Invalid value: "Gadget": kind and listKind may not be the same'],
  ],
  [
    'a column of no type',
    { additionalPrinterColumns: [{ name: 'A', type: 'text', jsonPath: 'spec.a' }] },
    {},
    [
      'spec.additionalPrinterColumns[0].type: Invalid value: "text": must be one of boolean,date,integer,number,string',
      'spec.additionalPrinterColumns[0].JSONPath: Invalid value: "spec.a": must be a simple json path starting with .',
    ],
  ],
  [
    'a scale outside of the spec',
    { subresources: { scale: { specReplicasPath: '.n', statusReplicasPath: '.status.n' } } },
    {},
    [
      'spec.subresources.scale.specReplicasPath: Invalid value: ".n": should be a json path under .spec',
    ],
  ],
  [
    'selecting what cannot be selected',
    { selectableFields: [{ jsonPath: '.spec' }, { jsonPath: '.spec.x' }] },
    {},
    [
      'spec.selectableFields[0].jsonPath: Invalid value: ".spec": must point to a field of type string, boolean or integer. Enum string fields and strings with formats are allowed.',
      'spec.selectableFields[1].jsonPath: Invalid value: ".spec.x": is an invalid path: does not refer to a valid field',
    ],
  ],
  [
    'a webhook without an address',
    {},
    {
      conversion: {
        strategy: 'Webhook',
        webhook: { conversionReviewVersions: ['v2'], clientConfig: {} },
      },
    },
    [
      'spec.conversion.webhookClientConfig: Required value: exactly one of url or service is required',
      'spec.conversion.conversionReviewVersions: Invalid value: ["v2"]: must include at least one of v1, v1beta1',
    ],
  ],
  [
    'preserving everything',
    {},
    { preserveUnknownFields: true },
    [
      'spec.preserveUnknownFields: Invalid value: true: cannot set to true, set x-kubernetes-preserve-unknown-fields to true in spec.versions[*].schema instead',
    ],
  ],
  [
    'a group of the community',
    {},
    { group: 'x.k8s.io' },
    [
      'metadata.name: Invalid value: "gadgets.example.com": must be spec.names.plural+"."+spec.group',
      'metadata.annotations[api-approved.kubernetes.io]: Required value: protected groups must have approval annotation "api-approved.kubernetes.io", see https://github.com/kubernetes/enhancements/pull/1111',
    ],
  ],
]

for (const [what, version, spec, expected] of specs) {
  test(`definition: ${what}`, () => {
    assert.deepEqual(messages([versionOf('v1', fine, version)], spec), expected)
  })
}

test('what versions do not have in common is told of the version', () => {
  const bad = schemaOf({ a: { type: 'array' } })
  const versions = [versionOf('v1', fine), versionOf('v2', bad, { storage: false })]
  assert.deepEqual(messages(versions), [
    'spec.versions[1].schema.openAPIV3Schema.properties[spec].properties[a].items: Required value: must be specified',
  ])
})

test('a version needs a schema', () => {
  const { schema: _, ...bare } = versionOf('v1', fine)
  assert.deepEqual(messages([bare]), [
    'spec.versions[0].schema.openAPIV3Schema: Required value: schemas are required',
  ])
})

test('metadata is not for the schema to say', () => {
  const properties = { metadata: { type: 'object', properties: { labels: { type: 'object' } } } }
  assert.deepEqual(messages([versionOf('v1', { type: 'object', properties })]), [
    `${root}.properties[metadata]: Forbidden: must not specify anything other than name and generateName, but metadata is implicitly specified`,
  ])
})

test('what is established keeps its scope and kind', () => {
  const prior = definitionOf([versionOf('v1', fine)])
  prior.status = { storedVersions: ['v1'], conditions: [{ type: 'Established', status: 'True' }] }
  const next = structuredClone(prior)
  next.spec.scope = 'Cluster'
  next.spec.names.kind = 'Other'
  assert.deepEqual(definitionUpdateErrors(next, prior).map(message), [
    'spec.scope: Invalid value: "Cluster": field is immutable',
    'spec.names.kind: Invalid value: "Other": field is immutable',
  ])
})

test('formats that mean nothing are told once', () => {
  const schema = schemaOf({
    a: { type: 'string', format: 'made-up' },
    n: { type: 'integer', format: 'int32' },
  })
  const definition = definitionOf([versionOf('v1', schema)])
  assert.deepEqual(definitionWarnings(definition, undefined), ['unrecognized format "made-up"'])
  assert.deepEqual(definitionWarnings(definition, definition), [])
})
