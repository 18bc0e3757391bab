/**
 * `application/vnd.kubernetes.protobuf` in: the object by its type's field numbers. What comes out is what
 * JSON would have held; zero values are for the JSON decoder to judge.
 * Upstream: staging/src/k8s.io/apimachinery/pkg/runtime/serializer/protobuf/protobuf.go, v1.36.
 */
import { must } from '#base/assert.ts'
import { decodeValue } from '#api/decode.ts'
import { typeSchema } from '#api/schema.ts'
import type { FieldSchema, MapType, ScalarType, SchemaType, StructType } from '#api/schema.ts'
import { anyForm, isListMessage, jsonSchemaProps, layoutOf } from './layout.ts'
import type { Layout } from './layout.ts'
import { ProtobufError, ProtobufReader } from './reader.ts'

type Json = Record<string, unknown>

/** Throws ProtobufError. */
export function decodeMessage(type: StructType, bytes: Buffer): Json {
  const message: Json = {}
  readInto(message, layoutOf(type), bytes)
  return message
}

function readInto(message: Json, known: Layout, bytes: Buffer): void {
  const reader = new ProtobufReader(bytes)
  while (!reader.done) {
    const { field: at, wire } = reader.tag()
    const field = known.get(at)
    if (field === undefined) reader.skip(wire)
    else if ('embedded' in field) readInto(message, field.embedded, reader.bytes())
    else readField(message, field, { reader, wire })
  }
}

interface Source {
  readonly reader: ProtobufReader
  readonly wire: number
}

function readField(message: Json, field: FieldSchema, source: Source): void {
  const { name, type } = field
  switch (type.kind) {
    case 'list':
      if (isListMessage(field)) message[name] = readList(type.item, source.reader.bytes())
      else readItems((message[name] ??= []) as unknown[], type.item, source)
      break
    case 'map':
      readEntry((message[name] ??= {}) as Json, type, source.reader.bytes())
      break
    default: {
      const value = readValue(type, source.reader)
      if (value !== undefined) message[name] = value
    }
  }
}

/** One item, or several packed numbers. */
function readItems(items: unknown[], item: SchemaType, { reader, wire }: Source): void {
  const isNumber = item.kind === 'scalar' && ['int32', 'int64', 'boolean'].includes(item.scalar)
  if (!isNumber || wire !== 2) {
    items.push(readValue(item, reader))
    return
  }
  const packed = new ProtobufReader(reader.bytes())
  while (!packed.done) items.push(readValue(item, packed))
}

function readEntry(map: Json, { value: type }: MapType, bytes: Buffer): void {
  const reader = new ProtobufReader(bytes)
  let key = ''
  let value: unknown
  while (!reader.done) {
    const { field, wire } = reader.tag()
    if (field === 1) key = reader.text()
    else if (field === 2) value = readValue(type, reader)
    else reader.skip(wire)
  }
  put(map, key, value ?? null)
}

/** As `JSON.parse` does it: a key of any name is a property of its own. */
function put(map: Json, key: string, value: unknown): void {
  if (key !== '__proto__') map[key] = value
  else Object.defineProperty(map, key, { value, enumerable: true, writable: true })
}

/** Undefined for a time that is not set. */
function readValue(type: SchemaType, reader: ProtobufReader): unknown {
  switch (type.kind) {
    case 'struct':
      return decodeMessage(type, reader.bytes())
    case 'list':
      return readList(type.item, reader.bytes())
    case 'map':
      throw new ProtobufError(`${type.goName} cannot be an item`)
    case 'scalar':
      return readScalar(type, reader)
  }
}

/** Go's named slice types are messages with their items in field 1. */
function readList(item: SchemaType, bytes: Buffer): unknown[] {
  const items: unknown[] = []
  const reader = new ProtobufReader(bytes)
  while (!reader.done) {
    const { field, wire } = reader.tag()
    if (field === 1) readItems(items, item, { reader, wire })
    else reader.skip(wire)
  }
  return items
}

function readScalar(type: ScalarType, reader: ProtobufReader): unknown {
  switch (type.scalar) {
    case 'string':
      return reader.text()
    case 'boolean':
      return reader.int64() !== 0
    case 'int32':
    case 'int64':
      return reader.int64()
    case 'double':
      return reader.double()
    case 'bytes':
      return reader.bytes().toString('base64')
    case 'time':
    case 'microTime':
      return readTime(type.scalar, reader.bytes())
    case 'quantity':
      return onlyText(reader.bytes())
    case 'intOrString':
      return readIntOrString(reader.bytes())
    case 'any':
      return readAny(type.goName, reader.bytes())
  }
}

function readTime(scalar: 'time' | 'microTime', bytes: Buffer): string | undefined {
  if (bytes.length === 0) return undefined
  const { numbers: parts } = fieldsOf(bytes)
  const seconds = parts.get(1) ?? 0
  const iso = new Date(seconds * 1000).toISOString().slice(0, 19)
  if (scalar === 'time') return `${iso}Z`
  const micros = Math.floor((parts.get(2) ?? 0) / 1000)
  return `${iso}.${String(micros).padStart(6, '0')}Z`
}

function readIntOrString(bytes: Buffer): string | number {
  const { numbers: parts, blobs } = fieldsOf(bytes)
  return parts.get(1) === 1 ? (blobs.get(3)?.[0] ?? '').toString() : (parts.get(2) ?? 0)
}

/** The last value of each number, and every length-delimited one, of a small message. */
function fieldsOf(bytes: Buffer): { numbers: Map<number, number>; blobs: Map<number, Buffer[]> } {
  const found = { numbers: new Map<number, number>(), blobs: new Map<number, Buffer[]>() }
  const reader = new ProtobufReader(bytes)
  while (!reader.done) {
    const { field, wire } = reader.tag()
    if (wire === 0) found.numbers.set(field, reader.int64())
    else if (wire === 2) {
      found.blobs.set(field, [...(found.blobs.get(field) ?? []), reader.bytes()])
    } else reader.skip(wire)
  }
  return found
}

function onlyText(bytes: Buffer): string {
  return (fieldsOf(bytes).blobs.get(1)?.[0] ?? '').toString()
}

function readAny(goName: string, bytes: Buffer): unknown {
  const { numbers: parts, blobs } = fieldsOf(bytes)
  const [first] = blobs.get(1) ?? []
  const second = blobs.get(2) ?? []
  switch (anyForm(goName)) {
    case 'empty':
      return {}
    case 'raw':
      return first === undefined || first.length === 0 ? undefined : parseRaw(first)
    case 'schemaOrArray':
      return first === undefined ? second.map(readSchema) : readSchema(first)
    case 'schemaOrStrings':
      return first === undefined ? second.map(String) : readSchema(first)
    case 'schemaOrBool':
      return second[0] === undefined ? parts.get(1) === 1 : readSchema(second[0])
  }
}

/** Without its zeros: the JSON decoder does not look into what has no type. */
function readSchema(bytes: Buffer): unknown {
  const type = must(typeSchema(jsonSchemaProps), `${jsonSchemaProps} is unknown`)
  return decodeValue(type, decodeMessage(type, bytes)).object
}

/** Raw extensions, JSON values and managed fields are JSON inside. */
function parseRaw(raw: Buffer): unknown {
  try {
    return JSON.parse(raw.toString())
  } catch {
    throw new ProtobufError('a raw extension that is not JSON')
  }
}
