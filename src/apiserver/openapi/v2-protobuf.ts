/**
 * The OpenAPI 2.0 document in the protobuf form that kubectl up to 1.27 insists on.
 * Upstream: github.com/google/gnostic-models/openapiv2/OpenAPIv2.proto, as of v1.36.
 */
import { booleanField, bytesField, message, textField } from '#apiserver/protobuf/writer.ts'
import type { Field } from '#apiserver/protobuf/writer.ts'

type Json = Readonly<Record<string, unknown>>
/** A field for its value in JSON. */
type Encode = (value: unknown) => readonly Field[]
type Encoding = Readonly<Record<string, Encode>>

const text =
  (number: number): Encode =>
  (value) => [textField(number, String(value))]
const texts =
  (number: number): Encode =>
  (value) =>
    (value as readonly string[]).map((item) => textField(number, item))
const flag =
  (number: number): Encode =>
  (value) => [booleanField(number, value === true)]
const one =
  (number: number, encode: (value: Json) => Buffer): Encode =>
  (value) => [bytesField(number, encode(value as Json))]
const many =
  (number: number, encode: (value: Json) => Buffer): Encode =>
  (value) =>
    (value as readonly Json[]).map((item) => bytesField(number, encode(item)))

/** A JSON object whose keys are names: repeated messages of name and value. */
const named =
  (number: number, encode: (value: Json) => Buffer): ((value: Json) => Buffer) =>
  (value) =>
    message(
      Object.entries(value).map(([name, item]) =>
        bytesField(number, message([textField(1, name), bytesField(2, encode(item as Json))])),
      ),
    )

/** Extensions are kept as YAML, of which JSON is a part. */
function extension(number: number, name: string, value: unknown): Field {
  const any = message([textField(2, JSON.stringify(value))])
  return bytesField(number, message([textField(1, name), bytesField(2, any)]))
}

function encode(value: Json, encoding: Encoding, extensions: number): Buffer {
  return message(
    Object.entries(value).flatMap(([name, item]) => {
      if (name.startsWith('x-')) return [extension(extensions, name, item)]
      return encoding[name]?.(item) ?? []
    }),
  )
}

const wrap = (number: number, inner: Buffer): Buffer => message([bytesField(number, inner)])

function schema(value: Json): Buffer {
  return encode(value, schemaEncoding, 31)
}

const schemaEncoding: Encoding = {
  $ref: text(1),
  format: text(2),
  description: text(4),
  required: texts(19),
  additionalProperties: one(21, (value) => wrap(1, schema(value))),
  type: (value) => [bytesField(22, message([textField(1, String(value))]))],
  items: one(23, (value) => wrap(1, schema(value))),
  properties: one(25, named(1, schema)),
}

function parameter(value: Json): Buffer {
  return wrap(1, value['in'] === 'body' ? wrap(1, bodyParameter(value)) : wrap(2, plain(value)))
}

function bodyParameter(value: Json): Buffer {
  return encode(value, { name: text(2), in: text(3), required: flag(4), schema: one(5, schema) }, 6)
}

function plain(value: Json): Buffer {
  const common = { required: flag(1), in: text(2), description: text(3), name: text(4) }
  return value['in'] === 'path'
    ? wrap(4, encode(value, { ...common, type: text(5), uniqueItems: flag(18) }, 23))
    : wrap(3, encode(value, { ...common, type: text(6), uniqueItems: flag(19) }, 24))
}

function response(value: Json): Buffer {
  const encoding = { description: text(1), schema: one(2, (inner) => wrap(1, schema(inner))) }
  return wrap(1, encode(value, encoding, 5))
}

function operation(value: Json): Buffer {
  return encode(
    value,
    {
      tags: texts(1),
      operationId: text(5),
      produces: texts(6),
      consumes: texts(7),
      parameters: many(8, parameter),
      responses: one(9, named(1, response)),
    },
    13,
  )
}

function pathItem(value: Json): Buffer {
  const encoding = {
    get: one(2, operation),
    put: one(3, operation),
    post: one(4, operation),
    delete: one(5, operation),
    patch: one(8, operation),
  }
  return encode(value, encoding, 10)
}

/** Of a document that `openApiV2` made. */
export function encodeOpenApiV2(document: object): Buffer {
  const info = (value: Json): Buffer => encode(value, { title: text(1), version: text(2) }, 7)
  const encoding = {
    swagger: text(1),
    info: one(2, info),
    paths: one(8, named(2, pathItem)),
    definitions: one(9, named(1, schema)),
  }
  return encode(document as Json, encoding, 16)
}
