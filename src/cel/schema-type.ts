/**
 * Types of built-in kinds, made when an expression reaches them: kinds contain themselves.
 * Upstream: apiserver pkg/cel/common/schemas.go (SchemaDeclType).
 */
import { escapeName } from './escape.ts'
import type { FieldSchema, SchemaType, StructType } from '#api/schema.ts'
import {
  bool,
  bytes,
  double,
  dyn,
  int,
  listOf,
  mapOf,
  string,
  timestamp,
  type ObjectField,
  type ObjectType,
  type ValueType,
} from './value-type.ts'

const made = new WeakMap<StructType, ObjectType>()

export function objectTypeOf(struct: StructType): ObjectType {
  const known = made.get(struct)
  if (known !== undefined) return known
  let fields: ReadonlyMap<string, ObjectField> | undefined
  const type: ObjectType = {
    kind: 'object',
    name: struct.goName,
    get fields() {
      return (fields ??= fieldsOf(struct))
    },
  }
  made.set(struct, type)
  return type
}

/** Reserved words are reached by their own name and by upstream's escaped one. */
function fieldsOf(struct: StructType): ReadonlyMap<string, ObjectField> {
  const fields = new Map<string, ObjectField>()
  for (const field of struct.fields.values()) {
    const type = fieldType(field)
    fields.set(field.name, { type })
    const escaped = escapeName(field.name)
    if (escaped !== undefined && escaped !== field.name) {
      fields.set(escaped, { type, property: field.name })
    }
  }
  return fields
}

function fieldType({ type, listType, listMapKeys }: FieldSchema): ValueType {
  const own = typeOf(type)
  if (own.kind !== 'list') return own
  if (listType === 'set') return { ...own, merge: 'set' }
  return listType === 'map' ? { ...own, merge: { keys: listMapKeys } } : own
}

const scalars: Readonly<Record<string, ValueType>> = {
  string,
  boolean: bool,
  int32: int,
  int64: int,
  double,
  bytes,
  time: timestamp,
  microTime: timestamp,
}

function typeOf(type: SchemaType): ValueType {
  switch (type.kind) {
    case 'list':
      return listOf(typeOf(type.item))
    case 'map':
      return mapOf(string, typeOf(type.value))
    case 'struct':
      return objectTypeOf(type)
    case 'scalar':
      return scalars[type.scalar] ?? dyn
  }
}
