/**
 * A custom kind in OpenAPI documents. Version 2 cannot say everything: what it cannot is left open.
 * Upstream: staging/src/k8s.io/apiextensions-apiserver/pkg/controller/openapi/{builder/builder,v2/conversion}.go,
 * v1.36.
 */
import { additionalSchemaOf, itemsOf, propertiesOf, type Schema } from '#resources/custom/schema.ts'
import type { OpenApiForm } from '#resources/resource.ts'
import { metaProperties } from '#apiserver/openapi/type-meta.ts'
import type { KindName } from './schema-type.ts'

export function definitionOf(schema: Schema, kind: KindName, form: OpenApiForm): object {
  const groupVersionKind = { 'x-kubernetes-group-version-kind': [{ ...kind }] }
  const isOpen = schema['x-kubernetes-preserve-unknown-fields'] === true
  // kubectl would take the fields that are named for the only ones.
  if (form.isV2 && isOpen) return { type: 'object', ...groupVersionKind }
  const shown = withEmbedded(form.isV2 ? withoutCompositions(schema) : schema, form)
  return {
    ...shown,
    properties: { ...shown.properties, ...metaProperties(form) },
    ...groupVersionKind,
  }
}

/** The schema with its children, which are schemas again, changed. */
function mapChildren(schema: Schema, change: (child: Schema) => Schema): Schema {
  const items = itemsOf(schema)
  const additional = additionalSchemaOf(schema)
  return {
    ...schema,
    ...(items !== undefined && { items: change(items) }),
    ...(additional !== undefined && { additionalProperties: change(additional) }),
    ...(schema.properties !== undefined && {
      properties: Object.fromEntries(
        propertiesOf(schema).map(([key, of]) => [key, change(of)] as const),
      ),
    }),
  }
}

/** Objects inside objects have the fields that all objects have. */
function withEmbedded(schema: Schema, form: OpenApiForm): Schema {
  const shown = mapChildren(schema, (child) => withEmbedded(child, form))
  if (schema['x-kubernetes-embedded-resource'] !== true) return shown
  if (form.isV2 && schema['x-kubernetes-preserve-unknown-fields'] === true) return shown
  const required = new Set([...(shown.required ?? []), 'kind', 'apiVersion'])
  return {
    ...shown,
    properties: { ...shown.properties, ...(metaProperties(form) as Record<string, Schema>) },
    required: [...required],
  }
}

function withoutCompositions(schema: Schema): Schema {
  const { allOf: _all, oneOf: _one, anyOf: _any, not: _not, nullable, ...plain } = schema
  const isOpen = schema['x-kubernetes-preserve-unknown-fields'] === true
  if (nullable === true) delete plain.type
  if (nullable === true || isOpen) {
    delete plain.items
    delete plain.properties
  }
  if (plain.type === 'array' && plain.items === undefined) delete plain.type
  if (additionalSchemaOf(plain)?.nullable === true) delete plain.required
  const required = plain.required?.filter((key) => plain.properties?.[key]?.nullable !== true)
  if (required !== undefined && required.length > 0) plain.required = required
  else delete plain.required
  return mapChildren(plain, withoutCompositions)
}
