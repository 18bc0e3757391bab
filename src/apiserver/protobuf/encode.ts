/**
 * `application/vnd.kubernetes.protobuf` out: from the JSON form of an object to the message that Go would
 * write, byte for byte. A type is compiled once, to one function a field.
 * Upstream: the generated.pb.go files, which go-to-protobuf makes with gogo/protobuf, v1.36.
 */
import { must } from '#base/assert.ts'
import { typeSchema } from '#api/schema.ts'
import type { FieldSchema, MapType, ScalarType, SchemaType, StructType } from '#api/schema.ts'
import type { BackwardWriter } from './backward-writer.ts'
import { anyForm, isListMessage, jsonSchemaProps, layoutOf } from './layout.ts'
import type { EmbeddedLayout, Layout } from './layout.ts'
import { encodeScalar, isMessage } from './encode-scalar.ts'
import type { EncodeValue } from './encode-scalar.ts'

type Json = Readonly<Record<string, unknown>>

/** Writes the fields of an object, the last first. */
export type EncodeMessage = (out: BackwardWriter, object: Json) => void

const wire = { varint: 0, fixed64: 1, bytes: 2 } as const

const compiled = new WeakMap<StructType, EncodeMessage>()

/** The function that writes messages of the type. */
export function messageEncoder(type: StructType): EncodeMessage {
  const known = compiled.get(type)
  if (known !== undefined) return known
  const fields: EncodeMessage[] = []
  const encode = inOrder(fields)
  compiled.set(type, encode) // before its fields: types may contain themselves
  fields.push(...fieldEncoders(type, layoutOf(type)))
  return encode
}

function inOrder(fields: readonly EncodeMessage[]): EncodeMessage {
  return (out, object) => {
    for (let index = 0; index < fields.length; index++) fields[index]?.(out, object)
  }
}

function fieldEncoders(type: StructType, layout: Layout): EncodeMessage[] {
  return [...layout]
    .toReversed()
    .map(([number, field]) =>
      'embedded' in field
        ? embeddedEncoder(type, number, field)
        : fieldEncoder(number, field, isAlways(type, field)),
    )
}

/** Embedded structs are no pointers: Go always writes them, and their fields lie in the same JSON object. */
function embeddedEncoder(type: StructType, number: number, field: EmbeddedLayout): EncodeMessage {
  const encode = inOrder(fieldEncoders(type, field.embedded))
  const tag = number * 8 + wire.bytes
  return (out, object) => {
    const before = out.length
    encode(out, object)
    out.varint(out.length - before)
    out.varint(tag)
  }
}

/** Go writes what is no pointer, whatever it holds; proto2 tells an empty field from none. */
function isAlways(type: StructType, field: FieldSchema): boolean {
  if (type.name === 'meta/v1.ObjectMeta' && field.name === 'creationTimestamp') return true
  if (field.zero === 'written') return true
  if (field.zero === 'kept' || field.type.kind !== 'scalar') return false
  return field.type.scalar !== 'bytes'
}

function fieldEncoder(number: number, field: FieldSchema, always: boolean): EncodeMessage {
  const { name, type } = field
  if (type.kind === 'map') return mapEncoder(number, name, type)
  if (type.kind === 'list' && !isListMessage(field)) return listEncoder(number, name, type.item)
  const encode = valueEncoder(type)
  const tag = number * 8 + wireOf(type)
  const isBytes = type.kind === 'scalar' && type.scalar === 'bytes'
  if (!always || type.kind === 'list' || isBytes) {
    return (out, object) => {
      const value = object[name]
      if (value === undefined || value === null) return
      encode(out, value)
      out.varint(tag)
    }
  }
  return (out, object) => {
    encode(out, object[name])
    out.varint(tag)
  }
}

function listEncoder(number: number, name: string, item: SchemaType): EncodeMessage {
  const encode = valueEncoder(item)
  const tag = number * 8 + wireOf(item)
  return (out, object) => {
    const items = object[name] as readonly unknown[] | undefined | null
    if (items === undefined || items === null) return
    for (let index = items.length - 1; index >= 0; index--) {
      encode(out, items[index])
      out.varint(tag)
    }
  }
}

const keyTag = 8 + wire.bytes

/** Entries are messages of key and value, in the order of the keys' bytes. */
function mapEncoder(number: number, name: string, type: MapType): EncodeMessage {
  const encode = valueEncoder(type.value)
  const tag = number * 8 + wire.bytes
  const valueTag = 2 * 8 + wireOf(type.value)
  return (out, object) => {
    const map = object[name] as Json | undefined | null
    if (map === undefined || map === null) return
    const keys = sorted(Object.keys(map))
    for (let index = keys.length - 1; index >= 0; index--) {
      const key = keys[index] as string
      const before = out.length
      encode(out, map[key])
      out.varint(valueTag)
      out.text(key)
      out.byte(keyTag)
      out.varint(out.length - before)
      out.varint(tag)
    }
  }
}

/** JavaScript compares UTF-16 units, which differs from bytes only beyond the first plane. */
function sorted(keys: string[]): string[] {
  if (keys.length < 2) return keys
  return keys.some((key) => /[\ud800-\udfff]/.test(key))
    ? keys.toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
    : keys.toSorted()
}

function wireOf(type: SchemaType): number {
  if (type.kind !== 'scalar') return wire.bytes
  if (type.scalar === 'double') return wire.fixed64
  const isVarint = ['boolean', 'int32', 'int64'].includes(type.scalar)
  return isVarint ? wire.varint : wire.bytes
}

const nothing: Json = {}

function valueEncoder(type: SchemaType): EncodeValue {
  switch (type.kind) {
    case 'struct': {
      const encode = messageEncoder(type)
      return nested((out, object) => encode(out, (object ?? nothing) as Json))
    }
    case 'list': {
      const encode = listEncoder(1, 'items', type.item)
      return nested((out, items) => encode(out, { items }))
    }
    case 'map':
      throw new TypeError(`${type.goName} cannot be an item`)
    case 'scalar':
      return scalarEncoder(type)
  }
}

/** A message inside another, with its length. */
function nested(encode: EncodeValue): EncodeValue {
  return (out, value) => {
    const before = out.length
    encode(out, value)
    out.varint(out.length - before)
  }
}

function scalarEncoder({ scalar, goName }: ScalarType): EncodeValue {
  if (scalar === 'any') return nested(anyEncoder(goName))
  const encode = encodeScalar[scalar]
  return isMessage(scalar) ? nested(encode) : encode
}

const allowsTag = 8 + wire.varint
const firstTag = 8 + wire.bytes
const secondTag = 16 + wire.bytes

/** What Go holds as raw JSON, or in one of two fields by its shape. */
function anyEncoder(goName: string): EncodeValue {
  const form = anyForm(goName)
  switch (form) {
    case 'empty':
      return () => undefined
    case 'raw':
      return (out, value) => {
        if (value === undefined || value === null) return
        out.text(JSON.stringify(value))
        out.byte(firstTag)
      }
    case 'schemaOrBool':
      return (out, value) => {
        if (typeof value === 'object') schemaField(out, value, secondTag)
        out.byte(value === false || value === undefined ? 0 : 1)
        out.byte(allowsTag)
      }
    case 'schemaOrArray':
    case 'schemaOrStrings': {
      const item = form === 'schemaOrArray' ? schemaField : textField
      return (out, value) => {
        if (!Array.isArray(value)) return schemaField(out, value, firstTag)
        for (const part of value.toReversed()) item(out, part, secondTag)
      }
    }
  }
}

function schemaField(out: BackwardWriter, value: unknown, tag: number): void {
  if (value === undefined || value === null) return
  const type = must(typeSchema(jsonSchemaProps), `${jsonSchemaProps} is unknown`)
  const before = out.length
  messageEncoder(type)(out, value as Json)
  out.varint(out.length - before)
  out.byte(tag)
}

function textField(out: BackwardWriter, value: unknown, tag: number): void {
  out.text(String(value))
  out.byte(tag)
}
