/**
 * A schema as server-side apply takes objects apart: the form in which the built-in types come.
 * Upstream: staging/src/k8s.io/apimachinery/pkg/util/managedfields/typeconverter.go and
 * k8s.io/kube-openapi/pkg/schemaconv, as of v1.36.
 */
import {
  typeSchema,
  type FieldSchema,
  type ListMerge,
  type ScalarName,
  type ScalarType,
  type SchemaType,
  type StructType,
} from '#api/schema.ts'
import { must } from '#base/assert.ts'
import { additionalOf, additionalSchemaOf, itemsOf, propertiesOf, type Schema } from './schema.ts'

/** Of a whole object: the fields that every object has come from the built-in types. */
export function applyTypeOf(schema: Schema, name: string): StructType {
  const text = scalar('string')
  const metadata = must(typeSchema('meta/v1.ObjectMeta'), 'the type of metadata')
  const own = propertiesOf(schema).filter(([key]) => !(key in common))
  const fields = [
    field('apiVersion', { type: text }),
    field('kind', { type: text }),
    field('metadata', { type: metadata }),
    ...own.map(([key, of]) => fieldOf(key, of)),
  ]
  return struct(name, fields, schema)
}

const common: Readonly<Record<string, true>> = { apiVersion: true, kind: true, metadata: true }

function struct(name: string, fields: readonly FieldSchema[], schema: Schema): StructType {
  return {
    kind: 'struct',
    name,
    goName: name,
    atomic: schema['x-kubernetes-map-type'] === 'atomic',
    fields: new Map(fields.map((each) => [each.name, each])),
    alwaysWritten: [],
    ...(schema['x-kubernetes-preserve-unknown-fields'] === true && { open: true }),
  }
}

type Own = Partial<FieldSchema> & Pick<FieldSchema, 'type'>

function field(name: string, own: Own): FieldSchema {
  return {
    name,
    element: `f:${name}`,
    zero: 'kept',
    required: false,
    listType: undefined,
    listMapKeys: [],
    atomic: false,
    patchStrategy: [],
    patchMergeKey: undefined,
    protobuf: undefined,
    wire: undefined,
    ...own,
  }
}

function fieldOf(name: string, schema: Schema): FieldSchema {
  return field(name, {
    type: typeOf(schema),
    atomic: schema['x-kubernetes-map-type'] === 'atomic',
    ...mergeOf(schema),
  })
}

function mergeOf(schema: Schema): ListMerge {
  const keys = schema['x-kubernetes-list-map-keys'] ?? []
  const properties = itemsOf(schema)?.properties ?? {}
  const defaults = keys.flatMap((key) => {
    const value = properties[key]?.default
    return value === undefined ? [] : [[key, value] as const]
  })
  return {
    listType: schema['x-kubernetes-list-type'] as ListMerge['listType'],
    listMapKeys: keys,
    ...(defaults.length > 0 && { keyDefaults: Object.fromEntries(defaults) }),
  }
}

function typeOf(schema: Schema): SchemaType {
  if (schema['x-kubernetes-int-or-string'] === true) return scalar('intOrString')
  if (schema.type === 'array') return listOf(schema)
  if (schema.type === 'object') return objectOf(schema)
  const name = scalars[schema.type ?? '']
  return name === undefined ? undefinedType : scalar(name)
}

const scalars: Readonly<Record<string, ScalarName>> = {
  string: 'string',
  boolean: 'boolean',
  integer: 'int64',
  number: 'double',
}

function listOf(schema: Schema): SchemaType {
  const items = itemsOf(schema)
  const item = items === undefined ? undefinedType : typeOf(items)
  return { kind: 'list', item, goName: '[]', merge: mergeOf(schema) }
}

function objectOf(schema: Schema): SchemaType {
  const additional = additionalOf(schema)
  if (schema.properties === undefined && additional !== undefined && additional !== false) {
    const value = additionalSchemaOf(schema)
    const isAtomic = schema['x-kubernetes-map-type'] === 'atomic'
    return {
      kind: 'map',
      value: value === undefined ? undefinedType : typeOf(value),
      goName: 'map',
      ...(isAtomic && { atomic: true }),
    }
  }
  if (schema['x-kubernetes-embedded-resource'] === true) return applyTypeOf(schema, 'object')
  const fields = propertiesOf(schema).map(([key, of]) => fieldOf(key, of))
  return struct('object', fields, schema)
}

function scalar(name: ScalarName): ScalarType {
  return { kind: 'scalar', scalar: name, goName: name }
}

/** What the schema says nothing about is taken apart by what is there. */
const undefinedType: StructType = {
  kind: 'struct',
  name: 'object',
  goName: 'object',
  atomic: false,
  fields: new Map(),
  alwaysWritten: [],
  open: true,
}
