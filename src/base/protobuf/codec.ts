/**
 * A protobuf codec driven by a table of fields: as much of proto3 as CRI, containerd and etcd use
 * (varints, strings, bytes, doubles, messages, repeated fields packed or not, string maps, enums as
 * names). Unknown fields are skipped, so a newer runtime is understood.
 *
 * 64-bit integers become numbers: nanosecond times lose what is below a microsecond.
 */
import { must } from '#base/assert.ts'
import { Reader, Writer } from './wire.ts'

type Shape = 'one' | 'many' | 'map'

export interface MessageTable {
  /** Message → rows of field name, type (a scalar, a message or an enum), number and shape. */
  readonly messages: Readonly<Record<string, readonly (readonly (string | number)[])[]>>
  readonly enums: Readonly<Record<string, Readonly<Record<string, number>>>>
}

/** A message as one writes it: what is left out has the zero value. */
export type Input<T> = T extends Uint8Array | string | number | boolean
  ? T
  : T extends readonly (infer E)[]
    ? readonly Input<E>[]
    : { readonly [K in keyof T]?: Input<T[K]> | undefined }

type Message = Record<string, unknown>

interface ScalarType {
  readonly wire: 0 | 1 | 2
  readonly zero: unknown
  write(writer: Writer, value: unknown): void
  read(reader: Reader): unknown
}

interface Field {
  readonly name: string
  readonly number: number
  readonly shape: Shape
  readonly type: ScalarType | MessageType
}

interface MessageType {
  readonly wire: 2
  fields(): readonly Field[]
  byNumber(): ReadonlyMap<number, Field>
}

const integer: ScalarType = {
  wire: 0,
  zero: 0,
  write: (writer, value) => writer.varint(value as number),
  read: (reader) => reader.varint(),
}

const scalars: Readonly<Record<string, ScalarType>> = {
  int32: integer,
  int64: integer,
  uint32: integer,
  uint64: integer,
  bool: {
    wire: 0,
    zero: false,
    write: (writer, value) => writer.varint(value === true ? 1 : 0),
    read: (reader) => reader.varint() !== 0,
  },
  string: {
    wire: 2,
    zero: '',
    write: (writer, value) => writer.bytes(Buffer.from(value as string)),
    read: (reader) => reader.bytes().toString(),
  },
  bytes: {
    wire: 2,
    zero: Buffer.alloc(0),
    write: (writer, value) => writer.bytes(value as Uint8Array),
    read: (reader) => reader.bytes(),
  },
  double: {
    wire: 1,
    zero: 0,
    write: (writer, value) => writer.double(value as number),
    read: (reader) => reader.double(),
  },
}

export interface Codec {
  encode(message: string, value: object): Buffer
  decode<T>(message: string, bytes: Uint8Array): T
}

/** A codec for the messages of a table; each message's fields are prepared at its first use. */
export function codec(table: MessageTable): Codec {
  const types = new Map<string, ScalarType | MessageType>(Object.entries(scalars))
  for (const [name, values] of Object.entries(table.enums)) types.set(name, enumType(values))
  for (const [name, rows] of Object.entries(table.messages)) {
    types.set(name, messageType(rows, types))
  }
  const find = (name: string): MessageType => {
    const type = types.get(name)
    return must(type !== undefined && 'fields' in type ? type : undefined, `no message ${name}`)
  }
  return {
    encode(message, value) {
      const writer = new Writer()
      writeMessage(writer, find(message), value as Message)
      return writer.finish()
    },
    decode: <T>(message: string, bytes: Uint8Array) =>
      readMessage(new Reader(bytes), find(message)) as T,
  }
}

function enumType(values: Readonly<Record<string, number>>): ScalarType {
  const names = new Map(Object.entries(values).map(([name, number]) => [number, name]))
  const zero = must(names.get(0), 'an enum has no zero')
  return {
    wire: 0,
    zero,
    write: (writer, value) =>
      writer.varint(must(values[value as string], `no enum value ${String(value)}`)),
    read: (reader) => names.get(reader.varint()) ?? zero,
  }
}

function messageType(
  rows: readonly (readonly (string | number)[])[],
  types: ReadonlyMap<string, ScalarType | MessageType>,
): MessageType {
  let fields: readonly Field[] | undefined
  let byNumber: ReadonlyMap<number, Field> | undefined
  const prepare = (): readonly Field[] =>
    rows.map(([name, type, number, shape]) => ({
      name: String(name),
      number: Number(number),
      shape: shape as Shape,
      type: must(types.get(String(type)), `no type ${type}`),
    }))
  const message: MessageType = {
    wire: 2,
    fields: () => (fields ??= prepare()),
    byNumber: () => (byNumber ??= new Map(message.fields().map((field) => [field.number, field]))),
  }
  return message
}

function writeMessage(writer: Writer, type: MessageType, message: Message): void {
  for (const field of type.fields()) {
    const value = message[field.name]
    if (value === undefined) continue
    if (field.shape === 'many') {
      for (const element of value as readonly unknown[]) writeField(writer, field, element)
    } else if (field.shape === 'map') {
      writeMap(writer, field.number, value as Record<string, string>)
    } else if ('fields' in field.type || value !== field.type.zero) {
      writeField(writer, field, value)
    }
  }
}

function writeField(writer: Writer, { number, type }: Field, value: unknown): void {
  writer.tag(number, type.wire)
  if (!('fields' in type)) return type.write(writer, value)
  const start = writer.begin()
  writeMessage(writer, type, value as Message)
  writer.end(start)
}

function writeMap(writer: Writer, number: number, map: Record<string, string>): void {
  for (const [key, value] of Object.entries(map)) {
    writer.tag(number, 2)
    const start = writer.begin()
    writer.tag(1, 2)
    writer.bytes(Buffer.from(key))
    writer.tag(2, 2)
    writer.bytes(Buffer.from(value))
    writer.end(start)
  }
}

function readMessage(reader: Reader, type: MessageType): Message {
  const message = zeroMessage(type)
  const byNumber = type.byNumber()
  while (!reader.done) {
    const { number, wire } = reader.tag()
    const field = byNumber.get(number)
    if (field === undefined) reader.skip(wire)
    else readField(reader, field, wire, message)
  }
  return message
}

function zeroMessage(type: MessageType): Message {
  const message: Message = {}
  for (const { name, shape, type: element } of type.fields()) {
    if (shape === 'many') message[name] = []
    else if (shape === 'map') message[name] = {}
    else message[name] = 'fields' in element ? undefined : element.zero
  }
  return message
}

function readField(reader: Reader, field: Field, wire: number, message: Message): void {
  const { name, shape, type } = field
  if (shape === 'map') return readMapEntry(new Reader(reader.bytes()), message[name] as Message)
  if (shape === 'one') {
    message[name] = readValue(reader, type)
    return
  }
  const list = message[name] as unknown[]
  if (wire !== 2 || type.wire === 2) {
    list.push(readValue(reader, type))
    return
  }
  const packed = new Reader(reader.bytes())
  while (!packed.done) list.push(readValue(packed, type))
}

function readValue(reader: Reader, type: ScalarType | MessageType): unknown {
  return 'fields' in type ? readMessage(new Reader(reader.bytes()), type) : type.read(reader)
}

function readMapEntry(reader: Reader, map: Message): void {
  let key = ''
  let value = ''
  while (!reader.done) {
    const { number, wire } = reader.tag()
    if (number === 1) key = reader.bytes().toString()
    else if (number === 2) value = reader.bytes().toString()
    else reader.skip(wire)
  }
  map[key] = value
}
