/**
 * Objects as upstream prints those that it holds as Go structs: fields in the order of the struct, keys of
 * maps sorted, fields without `omitempty` always there, unknown ones gone. Upstream: Go's encoding/json.
 */
import { compareBytes } from '#api/meta/go-quote.ts'
import { typeSchema } from '#api/schema.ts'
import type { FieldSchema, SchemaType, StructType } from '#api/schema.ts'
import { isMapping } from '#kubectl/objects/info.ts'
import type { Json, KubeObject } from '#kubectl/objects/info.ts'
import { goOrders } from './go-orders.ts'

/** `type` is the name of the struct: `core/v1.Event`. */
export function asGoStruct(object: KubeObject, type: string): KubeObject {
  return structOf(object, knownType(type))
}

/** A list whose items carry no type of their own. */
export function asGoList(list: KubeObject, itemType: string): KubeObject {
  const { kind, apiVersion, metadata, items } = list
  const type = knownType(itemType)
  const listMetadata = structOf(metadata ?? {}, knownType('meta/v1.ListMeta'))
  const structs = (Array.isArray(items) ? items : []).map((item) => valueOf(item, type))
  // Upstream reads protobuf, in which there is no empty list.
  const shown = structs.length === 0 ? null : structs
  return {
    ...(kind && { kind }),
    ...(apiVersion && { apiVersion }),
    metadata: listMetadata,
    items: shown,
  }
}

function knownType(name: string): StructType {
  const type = typeSchema(name)
  if (type === undefined) throw new Error(`there is no type ${name}`)
  return type
}

function structOf(object: Json, type: StructType): Json {
  const result: Json = {}
  for (const field of orderedFields(type)) {
    const value = object[field.name]
    if (value !== undefined && value !== null) result[field.name] = valueOf(value, field.type)
    else if (field.zero === 'written') result[field.name] = zeroOf(field.type)
  }
  return result
}

function valueOf(value: unknown, type: SchemaType): unknown {
  if (type.kind === 'list') {
    return Array.isArray(value) ? value.map((item) => valueOf(item, type.item)) : value
  }
  if (!isMapping(value) || type.kind === 'scalar') return value
  if (type.kind === 'struct') return structOf(value, type)
  const keys = Object.keys(value).sort(compareBytes)
  return Object.fromEntries(keys.map((key) => [key, valueOf(value[key], type.value)]))
}

function zeroOf(type: SchemaType): unknown {
  if (type.kind === 'struct') return structOf({}, type)
  if (type.kind !== 'scalar') return null
  switch (type.scalar) {
    case 'string':
      return ''
    case 'boolean':
      return false
    case 'int32':
    case 'int64':
    case 'double':
    case 'intOrString':
      return 0
    case 'quantity':
      return '0'
    case 'bytes':
    case 'time':
    case 'microTime':
    case 'any':
      return null
  }
}

const ordered = new WeakMap<StructType, readonly FieldSchema[]>()

function orderedFields(type: StructType): readonly FieldSchema[] {
  const known = ordered.get(type)
  if (known !== undefined) return known
  const names = goOrders[type.name]?.trim().split(/\s+/)
  const place = ({ name, protobuf }: FieldSchema): readonly number[] => {
    if (names !== undefined) return [names.indexOf(name)]
    // Those of the embedded TypeMeta have no number, and come first.
    if (protobuf === undefined) return [name === 'kind' ? -2 : -1]
    return typeof protobuf === 'number' ? [protobuf] : protobuf
  }
  const fields = [...type.fields.values()].toSorted((a, b) => compareNumbers(place(a), place(b)))
  ordered.set(type, fields)
  return fields
}

function compareNumbers(a: readonly number[], b: readonly number[]): number {
  for (const [at, left] of a.entries()) {
    const right = b[at] ?? 0
    if (left !== right) return left - right
  }
  return a.length - b.length
}
