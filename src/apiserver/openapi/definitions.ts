/**
 * The built-in types as OpenAPI schemas, under upstream's definition names. The facts carry no prose, so
 * there are no descriptions.
 */
import { typeSchema } from '#api/schema.ts'
import type { FieldSchema, ScalarName, SchemaType, StructType } from '#api/schema.ts'

export interface GroupVersionKind {
  readonly group: string
  readonly version: string
  readonly kind: string
}

export interface DefinitionOptions {
  /** `#/components/schemas/` or `#/definitions/` */
  readonly refPrefix: string
  /** The kinds that each type is served as. */
  kindsOf(typeName: string): readonly GroupVersionKind[]
}

const packages: Readonly<Record<string, string>> = {
  meta: 'io.k8s.apimachinery.pkg.apis.meta',
  apiextensions: 'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions',
  apiregistration: 'io.k8s.kube-aggregator.pkg.apis.apiregistration',
}

/** `core/v1.Pod` → `io.k8s.api.core.v1.Pod` */
export function definitionName(typeName: string): string {
  const slash = typeName.indexOf('/')
  const group = typeName.slice(0, slash)
  return `${packages[group] ?? `io.k8s.api.${group}`}.${typeName.slice(slash + 1)}`
}

/** The types and all that they contain, by definition name. */
export function definitions(
  typeNames: Iterable<string>,
  options: DefinitionOptions,
): Record<string, object> {
  const found = new Map<string, object>()
  const pending = [...typeNames]
  for (let name = pending.pop(); name !== undefined; name = pending.pop()) {
    const definition = definitionName(name)
    if (found.has(definition)) continue
    const type = typeSchema(name)
    if (type === undefined) continue
    found.set(
      definition,
      structDefinition(type, options, (used) => pending.push(used)),
    )
  }
  for (const [name, definition] of Object.entries(scalarDefinitions)) found.set(name, definition)
  return Object.fromEntries([...found].toSorted(([a], [b]) => (a < b ? -1 : 1)))
}

type Use = (typeName: string) => void

function structDefinition(type: StructType, options: DefinitionOptions, use: Use): object {
  const fields = [...type.fields.values()].toSorted((a, b) => (a.name < b.name ? -1 : 1))
  const required = fields.filter((field) => field.required).map((field) => field.name)
  const kinds = options.kindsOf(type.name)
  return {
    ...(required.length > 0 && { required }),
    type: 'object',
    ...(fields.length > 0 && {
      properties: Object.fromEntries(
        fields.map((field) => [field.name, fieldDefinition(field, options, use)]),
      ),
    }),
    ...(kinds.length > 0 && { 'x-kubernetes-group-version-kind': kinds }),
    ...(type.atomic && { 'x-kubernetes-map-type': 'atomic' }),
  }
}

function fieldDefinition(field: FieldSchema, options: DefinitionOptions, use: Use): object {
  return {
    ...typeDefinition(field.type, options, use),
    ...(field.listType !== undefined && { 'x-kubernetes-list-type': field.listType }),
    ...(field.listMapKeys.length > 0 && { 'x-kubernetes-list-map-keys': field.listMapKeys }),
    ...(field.atomic && { 'x-kubernetes-map-type': 'atomic' }),
    ...(field.patchMergeKey !== undefined && {
      'x-kubernetes-patch-merge-key': field.patchMergeKey,
    }),
    ...(field.patchStrategy.length > 0 && {
      'x-kubernetes-patch-strategy': field.patchStrategy.join(','),
    }),
  }
}

function typeDefinition(type: SchemaType, options: DefinitionOptions, use: Use): object {
  switch (type.kind) {
    case 'struct':
      use(type.name)
      return { $ref: options.refPrefix + definitionName(type.name) }
    case 'list':
      return { type: 'array', items: typeDefinition(type.item, options, use) }
    case 'map':
      return { type: 'object', additionalProperties: typeDefinition(type.value, options, use) }
    case 'scalar':
      return scalarReference(type.scalar, options)
  }
}

const plainScalars: Readonly<Partial<Record<ScalarName, object>>> = {
  string: { type: 'string' },
  boolean: { type: 'boolean' },
  int32: { type: 'integer', format: 'int32' },
  int64: { type: 'integer', format: 'int64' },
  double: { type: 'number', format: 'double' },
  bytes: { type: 'string', format: 'byte' },
  any: { type: 'object' },
}

const namedScalars: Readonly<Partial<Record<ScalarName, string>>> = {
  time: 'io.k8s.apimachinery.pkg.apis.meta.v1.Time',
  microTime: 'io.k8s.apimachinery.pkg.apis.meta.v1.MicroTime',
  quantity: 'io.k8s.apimachinery.pkg.api.resource.Quantity',
  intOrString: 'io.k8s.apimachinery.pkg.util.intstr.IntOrString',
}

const scalarDefinitions: Readonly<Record<string, object>> = {
  'io.k8s.apimachinery.pkg.apis.meta.v1.Time': { type: 'string', format: 'date-time' },
  'io.k8s.apimachinery.pkg.apis.meta.v1.MicroTime': { type: 'string', format: 'date-time' },
  'io.k8s.apimachinery.pkg.api.resource.Quantity': { type: 'string' },
  'io.k8s.apimachinery.pkg.util.intstr.IntOrString': {
    type: 'string',
    format: 'int-or-string',
  },
}

function scalarReference(scalar: ScalarName, options: DefinitionOptions): object {
  const name = namedScalars[scalar]
  return name === undefined ? (plainScalars[scalar] ?? {}) : { $ref: options.refPrefix + name }
}
