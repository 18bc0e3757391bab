/**
 * `application/vnd.kubernetes.protobuf` in: the object by its type's field numbers. What comes out is what
 * JSON would have held; zero values are for the JSON decoder to judge.
 * Upstream: staging/src/k8s.io/apimachinery/pkg/runtime/serializer/protobuf/protobuf.go, v1.36.
 */
import { must } from '#base/assert.ts'
import { decodeValue } from '#api/decode.ts'
import { typeSchema } from '#api/schema.ts'
import type { FieldSchema, MapType, SchemaType, StructType } from '#api/schema.ts'
import { eachField, readRaw, readScalar } from './decode-scalar.ts'
import { anyForm, isListMessage, jsonSchemaProps, layoutOf } from './layout.ts'
import type { Layout } from './layout.ts'
import { ProtobufReader } from './reader.ts'

type Json = Record<string, unknown>

/** Throws ProtobufError, and DecodeError for raw JSON that is none. */
export function decodeMessage(type: StructType, bytes: Buffer): Json {
  return readFields({}, layoutOf(type), new ProtobufReader(bytes))
}

function readFields(message: Json, layout: Layout, reader: ProtobufReader): Json {
  while (!reader.done) {
    const tag = reader.tag()
    const wire = tag % 8
    const field = layout.get((tag - wire) / 8)
    if (field === undefined) reader.skip(wire)
    else if ('embedded' in field) readNested(message, field.embedded, reader)
    else readField(message, field, { reader, wire })
  }
  return message
}

function readNested(message: Json, layout: Layout, reader: ProtobufReader): Json {
  const outer = reader.enter()
  readFields(message, layout, reader)
  reader.leave(outer)
  return message
}

interface Source {
  readonly reader: ProtobufReader
  readonly wire: number
}

function readField(message: Json, field: FieldSchema, source: Source): void {
  const { name, type } = field
  switch (type.kind) {
    case 'list':
      if (isListMessage(field)) message[name] = readList(type.item, source.reader)
      else readItems((message[name] ??= []) as unknown[], type.item, source)
      break
    case 'map':
      readEntry((message[name] ??= {}) as Json, type, source.reader)
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
  const outer = reader.enter()
  while (!reader.done) items.push(readValue(item, reader))
  reader.leave(outer)
}

function readEntry(map: Json, { value: type }: MapType, reader: ProtobufReader): void {
  let key = ''
  let value: unknown
  eachField(reader, (number, wire) => {
    if (number === 1) key = reader.text()
    else if (number === 2) value = readValue(type, reader)
    else reader.skip(wire)
  })
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
      return readNested({}, layoutOf(type), reader)
    case 'list':
      return readList(type.item, reader)
    case 'map':
      throw new TypeError(`${type.goName} cannot be an item`)
    case 'scalar':
      return type.scalar === 'any' ? readAny(type.goName, reader) : readScalar[type.scalar](reader)
  }
}

/** Go's named slice types are messages with their items in field 1. */
function readList(item: SchemaType, reader: ProtobufReader): unknown[] {
  const items: unknown[] = []
  eachField(reader, (number, wire) => {
    if (number === 1) readItems(items, item, { reader, wire })
    else reader.skip(wire)
  })
  return items
}

function readAny(goName: string, reader: ProtobufReader): unknown {
  switch (anyForm(goName)) {
    case 'empty':
      eachField(reader, (_number, wire) => reader.skip(wire))
      return {}
    case 'raw':
      return readRaw(reader)
    case 'schemaOrArray':
      return readOneOf(reader, readSchema)
    case 'schemaOrStrings':
      return readOneOf(reader, () => reader.text())
    case 'schemaOrBool':
      return readSchemaOrBool(reader)
  }
}

/** A schema in field 1, or a list of something in field 2. */
function readOneOf(reader: ProtobufReader, item: (reader: ProtobufReader) => unknown): unknown {
  let schema: unknown
  const items: unknown[] = []
  eachField(reader, (number, wire) => {
    if (number === 1) schema = readSchema(reader)
    else if (number === 2) items.push(item(reader))
    else reader.skip(wire)
  })
  return schema ?? items
}

function readSchemaOrBool(reader: ProtobufReader): unknown {
  let allows = false
  let schema: unknown
  eachField(reader, (number, wire) => {
    if (number === 1) allows = reader.int64() !== 0
    else if (number === 2) schema = readSchema(reader)
    else reader.skip(wire)
  })
  return schema ?? allows
}

/** Without its zeros: the JSON decoder does not look into what has no type. */
function readSchema(reader: ProtobufReader): unknown {
  const type = must(typeSchema(jsonSchemaProps), `${jsonSchemaProps} is unknown`)
  return decodeValue(type, readNested({}, layoutOf(type), reader)).object
}
