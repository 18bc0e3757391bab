/**
 * From bytes to an object of the expected kind. What is wrong is told in upstream's words, for which a
 * body that cannot be decoded is looked at a second time.
 * Upstream: staging/src/k8s.io/apimachinery/pkg/runtime/serializer/json/json.go and
 * …/apiserver/pkg/endpoints/handlers/rest.go (transformDecodeError), v1.36.
 */
import {
  cannotBeHandled,
  decode,
  DecodeError,
  decodeValue,
  duplicateProblems,
  parseJson,
  strictDecodingMessage,
  unrecognized,
} from '#api/decode.ts'
import type { Decoded, FieldValidation } from '#api/decode.ts'
import { invalidValue } from '#api/meta/field-error.ts'
import { badRequest, invalid } from '#api/meta/status.ts'
import { apiVersionOf } from '#api/resource-type.ts'
import type { ApiObject } from '#api/resource-type.ts'
import { schemaTypeOf, typeSchema } from '#api/schema.ts'
import type { StructType } from '#api/schema.ts'
import { duplicateYamlKeys, parseYaml, YamlError } from '#api/yaml.ts'
import { decodeMessage } from '#apiserver/protobuf/decode.ts'
import { openEnvelope } from '#apiserver/protobuf/envelope.ts'
import type { Envelope } from '#apiserver/protobuf/envelope.ts'
import type { CustomType } from '#resources/resource.ts'
import { ProtobufError } from '#apiserver/protobuf/reader.ts'
import type { ExpectedKind } from './incoming.ts'

export interface EncodedBody {
  readonly bytes: Buffer
  readonly format: 'json' | 'yaml' | 'protobuf'
  readonly validation: FieldValidation
}

/** Throws BadRequest. `problems` are for warnings: Strict has thrown, Ignore has none. */
export function decodeObject(expected: ExpectedKind, body: EncodedBody): Decoded<ApiObject> {
  let decoded: Decoded<ApiObject>
  try {
    decoded = decodeBody(expected, body)
  } catch (error) {
    if (error instanceof DecodeError || error instanceof YamlError) {
      throw explain(expected, body, error)
    }
    throw error
  }
  const { object, problems } = decoded
  if (!isOfKind(object, expected))
    throw otherKind(object, expected) ?? explain(expected, body, undefined)
  if (problems.length > 0 && body.validation === 'Strict') {
    throw badRequest(cannotBeHandled(expected, expected.kind, strictDecodingMessage(problems)))
  }
  object.kind = expected.kind
  object.apiVersion = apiVersionOf(expected)
  object.metadata ??= {} as ApiObject['metadata']
  return decoded
}

/** Throws DecodeError, YamlError, BadRequest. */
function decodeBody(expected: ExpectedKind, body: EncodedBody): Decoded<ApiObject> {
  if (expected.custom !== undefined) return decodeCustom(expected.custom, expected, body)
  const type = expected.schemaType === '' ? undefined : typeSchema(expected.schemaType)
  if (type !== undefined && body.format === 'json') {
    return decode(type, body.bytes.toString(), body.validation)
  }
  return decodeParsed(type, parse(expected, body), body)
}

/** What is of another kind is told before its fields are looked at. */
function decodeCustom(
  custom: CustomType,
  expected: ExpectedKind,
  body: EncodedBody,
): Decoded<ApiObject> {
  const value = parse(expected, body)
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new DecodeError(notAnObject(value))
  }
  const object = value as ApiObject
  if (!isOfKind(object, expected)) return { object, problems: [] }
  const repeated = repeatedKeys(body, value)
  const problems = custom.decode(object)
  if (body.validation === 'Ignore') return { object, problems: [] }
  return { object, problems: [...repeated, ...problems] }
}

function repeatedKeys(body: EncodedBody, value: unknown): readonly string[] {
  if (body.validation === 'Ignore') return []
  switch (body.format) {
    case 'json':
      return duplicateProblems(body.bytes.toString(), value)
    case 'yaml':
      return duplicateYamlKeys(body.bytes.toString())
    case 'protobuf':
      return []
  }
}

/** A custom kind is told by its name alone. */
function otherKind(object: Partial<ApiObject>, expected: ExpectedKind): Error | undefined {
  const { kind, apiVersion = apiVersionOf(expected) } = object
  if (expected.custom === undefined) return undefined
  if (apiVersion !== apiVersionOf(expected)) {
    return badRequest(
      `the API version in the data (${apiVersion}) does not match the expected API version (${apiVersionOf(expected)})`,
    )
  }
  return invalid({ group: expected.group, kind: kind ?? '' }, object.metadata?.name ?? '', [
    invalidValue('kind', kind, `must be ${expected.kind}`),
  ])
}

function parse(expected: ExpectedKind, { format, bytes }: EncodedBody): unknown {
  switch (format) {
    case 'json':
      return parseJson(bytes.toString())
    case 'yaml':
      return parseYaml(bytes.toString())
    case 'protobuf':
      return parseProtobuf(expected, bytes)
  }
}

/** By the kind that the envelope names, so that a wrong one can be told. Throws BadRequest. */
function parseProtobuf(expected: ExpectedKind, bytes: Buffer): unknown {
  const envelope = opened(expected, bytes)
  const found = kindIn(envelope, expected)
  const name = schemaTypeOf(found.group, found.version, found.kind)
  const type = name === undefined ? undefined : typeSchema(name)
  if (type === undefined) throw badRequest(whyNot(expected, envelope, undefined))
  try {
    const { kind } = found
    return { ...decodeMessage(type, envelope.raw), kind, apiVersion: apiVersionOf(found) }
  } catch (error) {
    if (!(error instanceof ProtobufError || error instanceof DecodeError)) throw error
    throw badRequest(cannotBeHandled(found, expected.kind, error.message))
  }
}

function opened(expected: ExpectedKind, bytes: Buffer): Envelope {
  try {
    return openEnvelope(bytes)
  } catch (error) {
    if (!(error instanceof ProtobufError)) throw error
    throw badRequest(unrecognized(expected.kind, error.message, bytes))
  }
}

function decodeParsed(
  type: StructType | undefined,
  value: unknown,
  body: EncodedBody,
): Decoded<ApiObject> {
  if (type !== undefined) {
    const { object, problems } = decodeValue<ApiObject>(type, value)
    if (body.validation === 'Ignore') return { object, problems: [] }
    return { object, problems: [...repeatedKeys(body, value), ...problems] }
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new DecodeError(notAnObject(value))
  }
  return { object: value as ApiObject, problems: [] }
}

/** What is left out is taken to be right. */
function isOfKind(object: Partial<ApiObject>, expected: ExpectedKind): boolean {
  const { kind = '', apiVersion = '' } = object
  if (kind !== '' && kind !== expected.kind) return false
  return (
    apiVersion === '' ||
    apiVersion === apiVersionOf(expected) ||
    (expected.kind === 'DeleteOptions' && kind !== '')
  )
}

function explain(expected: ExpectedKind, body: EncodedBody, failure: Error | undefined): Error {
  let value: unknown
  try {
    value = parse(expected, body)
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    const problem =
      body.format === 'json' ? `couldn't get version/kind; json parse error: ${message}` : message
    return badRequest(unrecognized(expected.kind, problem, body.bytes))
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    const problem = `couldn't get version/kind; json parse error: ${notAnObject(value)}`
    return badRequest(unrecognized(expected.kind, problem, body.bytes))
  }
  return badRequest(whyNot(expected, value, failure))
}

function whyNot(expected: ExpectedKind, value: object, failure: Error | undefined): string {
  const found = kindIn(value, expected)
  const wanted = expected.kind
  const groupVersion = apiVersionOf(found)
  const isExpected = found.kind === wanted && groupVersion === apiVersionOf(expected)
  if (isExpected) return cannotBeHandled(found, wanted, failure?.message ?? 'unknown')
  if (schemaTypeOf(found.group, found.version, found.kind) === undefined) {
    const problem = `no kind ${JSON.stringify(found.kind)} is registered for version ${JSON.stringify(groupVersion)} in scheme "k8s.io/kubernetes/pkg/api/legacyscheme/scheme.go:30"`
    return cannotBeHandled(found, wanted, problem)
  }
  if (found.kind === wanted) {
    return `the API version in the data (${groupVersion}) does not match the expected API version (${apiVersionOf(expected)})`
  }
  const problem = `converting (${found.version}.${found.kind}) to (${internalGroup(expected)}.${wanted}): unknown conversion`
  return cannotBeHandled(found, wanted, problem)
}

function kindIn(
  value: object,
  expected: ExpectedKind,
): { readonly group: string; readonly version: string; readonly kind: string } {
  const { kind, apiVersion } = value as Partial<Record<'kind' | 'apiVersion', unknown>>
  const given = typeof apiVersion === 'string' && apiVersion !== '' ? apiVersion : undefined
  const slash = given?.indexOf('/') ?? -1
  return {
    group: given === undefined ? expected.group : slash === -1 ? '' : given.slice(0, slash),
    version: given === undefined ? expected.version : given.slice(slash + 1),
    kind: typeof kind === 'string' && kind !== '' ? kind : expected.kind,
  }
}

/** Go's package of the unversioned kinds. */
function internalGroup({ group }: ExpectedKind): string {
  return group === '' ? 'core' : (group.split('.', 1)[0] ?? '')
}

function notAnObject(value: unknown): string {
  const found = Array.isArray(value) ? 'array' : typeof value === 'boolean' ? 'bool' : typeof value
  return `json: cannot unmarshal ${found} into Go value of type struct { APIVersion string "json:\\"apiVersion,omitempty\\""; Kind string "json:\\"kind,omitempty\\"" }`
}
