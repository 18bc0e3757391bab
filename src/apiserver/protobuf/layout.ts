/** The fields of a type as its messages number them. */
import { must } from '#base/assert.ts'
import type { FieldSchema, StructType } from '#api/schema.ts'
import { ProtobufError } from './reader.ts'

/** Fields by number; an embedded Go struct is a message whose fields belong to the outer one. */
export type Layout = ReadonlyMap<number, FieldSchema | EmbeddedLayout>

export interface EmbeddedLayout {
  readonly embedded: Map<number, FieldSchema | EmbeddedLayout>
}

const layouts = new WeakMap<StructType, Layout>()

/** In ascending order, which is the order in which Go writes them. */
export function layoutOf(type: StructType): Layout {
  let known = layouts.get(type)
  if (known === undefined) {
    known = ascending(layOut(type))
    layouts.set(type, known)
  }
  return known
}

function layOut(type: StructType): EmbeddedLayout['embedded'] {
  const root: EmbeddedLayout = { embedded: new Map() }
  for (const field of type.fields.values()) {
    if (field.protobuf === undefined) continue
    const path = typeof field.protobuf === 'number' ? [field.protobuf] : field.protobuf
    let at = root
    for (const step of path.slice(0, -1)) {
      const next = at.embedded.get(step) ?? { embedded: new Map() }
      at.embedded.set(step, next)
      if (!('embedded' in next)) throw new ProtobufError(`${type.name}: ${field.name} is misplaced`)
      at = next
    }
    at.embedded.set(must(path.at(-1), `${type.name}: ${field.name} has no number`), field)
  }
  return root.embedded
}

function ascending(layout: EmbeddedLayout['embedded']): EmbeddedLayout['embedded'] {
  return new Map(
    [...layout]
      .toSorted(([a], [b]) => a - b)
      .map(([number, field]) => [
        number,
        'embedded' in field ? { embedded: ascending(field.embedded) } : field,
      ]),
  )
}

/** Go types of JSON that is told by its shape: Go keeps one or the other in two fields. */
export type AnyForm = 'raw' | 'empty' | 'schemaOrArray' | 'schemaOrBool' | 'schemaOrStrings'

const anyForms: Readonly<Record<string, AnyForm>> = {
  RawExtension: 'raw',
  FieldsV1: 'raw',
  JSON: 'raw',
  JSONSchemaPropsOrArray: 'schemaOrArray',
  JSONSchemaPropsOrBool: 'schemaOrBool',
  JSONSchemaPropsOrStringArray: 'schemaOrStrings',
}

/** How a type without fields is written; Go's structs without fields are empty messages. */
export function anyForm(goName: string): AnyForm {
  return anyForms[goName.slice(goName.indexOf('.') + 1)] ?? 'empty'
}

export const jsonSchemaProps = 'apiextensions/v1.JSONSchemaProps'

/** Whether a field holds a list that is a message of its own, as Go's named slice types are. */
export function isListMessage({ type }: FieldSchema): boolean {
  return type.kind === 'list' && type.goName === 'v1.Verbs'
}
