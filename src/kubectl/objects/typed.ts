/**
 * Objects as the commands of upstream hold them that work on Go's types: unknown fields dropped, fields in the
 * order of the struct, and those there that Go writes always. Commands that print such an object show it so.
 */
import goOrders from '#api/go-order.gen.json' with { type: 'json' }
import { DecodeError, decodeValue } from '#api/decode.ts'
import { schemaTypeOf, typeSchema } from '#api/schema.ts'
import type { FieldSchema, SchemaType, StructType } from '#api/schema.ts'
import { compareBytes } from '#api/meta/go-quote.ts'
import { splitGroupVersion } from '#kubectl/discovery/mapper.ts'
import { CommandError } from '#kubectl/errors.ts'
import type { Json, KubeObject } from './info.ts'
import { isMapping } from './info.ts'

const orders: Readonly<Record<string, readonly string[]>> = goOrders

/** A copy. Throws CommandError for kinds that are not built in and for what is no object of its kind. */
export function typed(object: KubeObject): KubeObject {
  const { apiVersion = '', kind = '' } = object
  const [group, version] = splitGroupVersion(apiVersion)
  const name = schemaTypeOf(group, version, kind)
  const type = name === undefined ? undefined : typeSchema(name)
  if (type === undefined) {
    throw new CommandError(
      `no kind ${JSON.stringify(kind)} is registered for version ${JSON.stringify(apiVersion)} in scheme "k8s.io/kubectl/pkg/scheme/scheme.go:28"`,
    )
  }
  try {
    const { object: decoded } = decodeValue<KubeObject>(type, structuredClone(object))
    return ordered(decoded, type, object) as KubeObject
  } catch (error) {
    if (error instanceof DecodeError) throw new CommandError(error.message)
    throw error
  }
}

/** `given` is the same value before it was decoded. */
function ordered(value: unknown, type: SchemaType, given: unknown): unknown {
  if (type.kind === 'list' && Array.isArray(value)) {
    const items: readonly unknown[] = Array.isArray(given) ? given : []
    return value.map((item, at) => ordered(item, type.item, items[at]))
  }
  if (!isMapping(value)) return value
  const fields = isMapping(given) ? given : {}
  if (type.kind === 'struct') return orderedStruct(value, type, fields)
  if (type.kind !== 'map') return value
  const keys = Object.keys(value).sort(compareBytes)
  return Object.fromEntries(keys.map((key) => [key, ordered(value[key], type.value, fields[key])]))
}

function orderedStruct(value: Json, type: StructType, given: Json): Json {
  const result: Json = {}
  for (const name of fieldOrder(type)) {
    const field = type.fields.get(name)
    if (field === undefined) continue
    if (value[name] === undefined) {
      if (field.zero === 'written' && isTime(field.type)) result[name] = null
      continue
    }
    const isNil = field.type.kind !== 'struct' && isMissing(given[name])
    result[name] =
      isNil && typeof value[name] === 'object'
        ? null
        : ordered(value[name], field.type, given[name])
  }
  return result
}

/** Go writes a time that was not given as null. */
function isTime(type: SchemaType): boolean {
  return type.kind === 'scalar' && (type.scalar === 'time' || type.scalar === 'microTime')
}

/** Of a list or map that Go always writes: null, and not an empty one. */
function isMissing(value: unknown): boolean {
  return value === undefined || value === null
}

const known = new Map<StructType, readonly string[]>()

function fieldOrder(type: StructType): readonly string[] {
  const before = known.get(type)
  if (before !== undefined) return before
  const order = orders[type.name]
  const rank = (field: FieldSchema): number => {
    const number = numberOf(field)
    return number < 0 || order === undefined ? number : order.indexOf(field.name)
  }
  const fields = [...type.fields.values()].sort((a, b) => rank(a) - rank(b))
  const names = fields.map(({ name }) => name)
  known.set(type, names)
  return names
}

/** The kind and the apiVersion of an object, which come first, have none. */
function numberOf({ name, protobuf }: FieldSchema): number {
  if (protobuf === undefined) return name === 'kind' ? -2 : -1
  return typeof protobuf === 'number' ? protobuf : (protobuf[0] ?? 0)
}
