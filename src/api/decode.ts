/**
 * From JSON to an object of a built-in type, as the API server takes it: wrong types are refused in the
 * words of Go's decoder, unknown fields are dropped (and told), nulls are fields that are not set, and
 * quantities and times become canonical. One walk over the parsed value, which is changed in place.
 * Upstream: sigs.k8s.io/json, apimachinery pkg/runtime/serializer/json.
 */
import { countKeys, duplicateFields } from './duplicate-fields.ts'
import { jsonSyntaxMessage } from './json-syntax.ts'
import { goQuote } from './meta/go-quote.ts'
import { canonicalQuantity, QuantityError } from './meta/quantity.ts'
import { canonicalMicroTime, canonicalTime, TimeError } from './meta/time.ts'
import type {
  FieldSchema,
  ListType,
  MapType,
  ScalarType,
  SchemaType,
  StructType,
} from './schema.ts'

/** The value cannot be of the type; the message is Go's. */
export class DecodeError extends Error {
  override readonly name = 'DecodeError'
}

export type FieldValidation = 'Strict' | 'Warn' | 'Ignore'

export interface Decoded<T> {
  readonly object: T
  /** `unknown field "spec.foo"`, `duplicate field "spec.bar"`; empty when validation is Ignore. */
  readonly problems: readonly string[]
}

type Json = Record<string, unknown>

/** More problems than these are not told. */
const problemsMax = 100

/** Parses and decodes. Throws {@link DecodeError}; `Strict` is for the caller to enforce. */
export function decode<T>(
  type: StructType,
  text: string,
  fieldValidation: FieldValidation,
): Decoded<T> {
  const value = parseJson(text)
  const told = fieldValidation !== 'Ignore'
  const repeated = told ? duplicateProblems(text, value) : []
  const { object, problems } = decodeValue<T>(type, value)
  if (!told) return { object, problems: [] }
  return { object, problems: [...problems, ...repeated].slice(0, problemsMax) }
}

/** `duplicate field "spec.bar"` for each key that comes again; the value is what the text was parsed to. */
export function duplicateProblems(text: string, value: unknown): readonly string[] {
  if (countKeys(text) === countOwnKeys(value)) return []
  return duplicateFields(text).map((path) => `duplicate field ${goQuote(path)}`)
}

/** Deeper values are refused before something that walks them runs out of stack; Go's limit is 10,000. */
const depthMax = 1000

/** `JSON.parse` with Go's message. Throws {@link DecodeError}. */
export function parseJson(text: string): unknown {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw new DecodeError(jsonSyntaxMessage(text))
  }
  if (text.length > 2 * depthMax) checkDepth(value, 0)
  return value
}

function checkDepth(value: unknown, depth: number): void {
  if (typeof value !== 'object' || value === null) return
  if (depth >= depthMax) throw new DecodeError('exceeded max depth')
  if (Array.isArray(value)) {
    for (const item of value) checkDepth(item, depth + 1)
  } else {
    for (const key in value) checkDepth((value as Json)[key], depth + 1)
  }
}

function countOwnKeys(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0
  let count = 0
  if (Array.isArray(value)) {
    for (const item of value) count += countOwnKeys(item)
    return count
  }
  for (const key in value) count += 1 + countOwnKeys((value as Json)[key])
  return count
}

/**
 * Decodes what is already parsed (from YAML, from a patch). The value is changed in place. Throws
 * {@link DecodeError}.
 */
export function decodeValue<T>(type: StructType, value: unknown): Decoded<T> {
  const walk = new Walk()
  const object = walk.struct(type, value ?? {}) as T
  return { object, problems: [...walk.problems] }
}

/** The text of all problems together, as strict validation answers it. */
export function strictDecodingMessage(problems: readonly string[]): string {
  return `strict decoding error: ${problems.join(', ')}`
}

/** Why an object cannot be handled: `Pod in version "v1" cannot be handled as a Pod: …`. */
export function cannotBeHandled(
  given: { kind: string; version: string },
  wanted: string,
  problem: string,
): string {
  return `${given.kind} in version ${goQuote(given.version)} cannot be handled as a ${wanted}: ${problem}`
}

const summaryBytesMax = 30

/** Why a body without a kind cannot be handled; shows the start of the body. */
export function unrecognized(wanted: string, problem: string, body: Uint8Array): string {
  return `the object provided is unrecognized (must be of type ${wanted}): ${problem} (${summary(body)})`
}

function summary(body: Uint8Array): string {
  if (body.length === 0) return '<empty>'
  const start = body.subarray(0, summaryBytesMax)
  const text =
    start[0] === 0x7b
      ? new TextDecoder().decode(start)
      : Array.from(start, (byte) => byte.toString(16).padStart(2, '0')).join('')
  return body.length > summaryBytesMax ? `${text} ...` : text
}

/** The largest double that Go reads back into an int64. */
const int64Max = 2 ** 63 - 1024
const int32Max = 2 ** 31 - 1

/** A field, an index, or a key of a map, which Go's messages about types leave out. */
type Step = string | number | { readonly key: string }

class Walk {
  readonly problems = new Set<string>()
  /** Names and indexes of the containers that lead to the value at hand. */
  readonly #path: Step[] = []
  #owner = ''

  struct(type: StructType, value: unknown): unknown {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      return this.#mismatch(value, type.goName)
    }
    const object = value as Json
    const owner = this.#owner
    this.#owner = type.goName
    for (const name in object) {
      const field = type.fields.get(name)
      if (field === undefined) this.#unknown(name)
      else if (this.#keeps(object, field)) continue
      delete object[name]
    }
    this.#fill(type, object)
    this.#owner = owner
    return object
  }

  /** Decodes one field in its object; false when it is as if it were not given. */
  #keeps(object: Json, field: FieldSchema): boolean {
    const { name, type } = field
    const item = object[name]
    if (item === null) return false
    if (typeof item === 'string' && type.kind === 'scalar' && type.scalar === 'string') {
      return item !== '' || field.zero !== 'omitted'
    }
    this.#path.push(name)
    const decoded = this.#any(type, item)
    if (decoded !== item) object[name] = decoded
    this.#path.pop()
    return field.zero !== 'omitted' || !isZero(decoded)
  }

  /** Go writes these fields whatever they hold, so clients rely on them. */
  #fill(type: StructType, object: Json): void {
    for (const { name, type: fieldType } of type.alwaysWritten) {
      if (object[name] !== undefined) continue
      const value = zero(fieldType)
      if (value === null) continue
      object[name] = value
      if (fieldType.kind === 'struct') this.#fill(fieldType, value as Json)
    }
  }

  #any(type: SchemaType, value: unknown): unknown {
    switch (type.kind) {
      case 'scalar':
        return this.#scalar(type, value)
      case 'struct':
        return this.struct(type, value)
      case 'list':
        return this.#list(type, value)
      case 'map':
        return this.#map(type, value)
    }
  }

  #list(type: ListType, value: unknown): unknown {
    if (!Array.isArray(value)) return this.#mismatch(value, type.goName)
    for (let index = 0; index < value.length; index += 1) {
      this.#path.push(index)
      const item: unknown = value[index]
      const decoded = item === null ? zero(type.item) : this.#any(type.item, item)
      if (decoded !== item) value[index] = decoded
      this.#path.pop()
    }
    return value
  }

  #map(type: MapType, value: unknown): unknown {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      return this.#mismatch(value, type.goName)
    }
    const map = value as Json
    for (const key in map) {
      const item = map[key]
      if (typeof item === 'string' && type.value.goName === 'string') continue
      this.#path.push({ key })
      const decoded = item === null ? zero(type.value) : this.#any(type.value, item)
      if (decoded !== item) map[key] = decoded
      this.#path.pop()
    }
    return map
  }

  #scalar(type: ScalarType, value: unknown): unknown {
    switch (type.scalar) {
      case 'string':
        return typeof value === 'string' ? value : this.#mismatch(value, type.goName)
      case 'boolean':
        return typeof value === 'boolean' ? value : this.#mismatch(value, type.goName)
      case 'double':
        return typeof value === 'number' ? value : this.#mismatch(value, type.goName)
      case 'int32':
        return this.#integer(value, type, int32Max)
      case 'int64':
        return this.#integer(value, type, 2 ** 63)
      case 'bytes':
        return typeof value === 'string' ? base64(value) : this.#mismatch(value, type.goName)
      case 'time':
        return time(value, canonicalTime)
      case 'microTime':
        return time(value, canonicalMicroTime)
      case 'quantity':
        return quantity(value)
      case 'intOrString':
        return intOrString(value)
      case 'any':
        return value
    }
  }

  #integer(value: unknown, type: ScalarType, max: number): number {
    if (typeof value !== 'number') return this.#mismatch(value, type.goName)
    if (!Number.isInteger(value) || value > max || value < -max - 1) {
      return this.#mismatch(value, type.goName)
    }
    return Math.min(value, int64Max)
  }

  #unknown(name: string): void {
    if (this.problems.size >= problemsMax) return
    this.problems.add(`unknown field ${goQuote(dotted([...this.#path, name]))}`)
  }

  #mismatch(value: unknown, goName: string): never {
    const found = describe(value, goName)
    if (this.#owner === '') {
      throw new DecodeError(`json: cannot unmarshal ${found} into Go value of type ${goName}`)
    }
    const names = this.#path.filter((step) => typeof step === 'string')
    const struct = this.#owner.slice(this.#owner.indexOf('.') + 1)
    throw new DecodeError(
      `json: cannot unmarshal ${found} into Go struct field ${struct}.${names.join('.')} of type ${goName}`,
    )
  }
}

function dotted(path: readonly Step[]): string {
  let text = ''
  for (const step of path) {
    const name = typeof step === 'object' ? step.key : step
    if (typeof name === 'number') text += `[${name}]`
    else text += text === '' ? name : `.${name}`
  }
  return text
}

function describe(value: unknown, goName: string): string {
  if (Array.isArray(value)) return 'array'
  if (typeof value === 'boolean') return 'bool'
  if (typeof value === 'number') return goName.startsWith('int') ? `number ${value}` : 'number'
  return typeof value === 'string' ? 'string' : 'object'
}

function isZero(value: unknown): boolean {
  if (typeof value !== 'object') return value === '' || value === 0 || value === false
  if (Array.isArray(value)) return value.length === 0
  for (const _key in value) return false
  return true
}

/** What Go has where nothing was given. */
function zero(type: SchemaType): unknown {
  if (type.kind === 'list') return []
  if (type.kind !== 'scalar') return {}
  switch (type.scalar) {
    case 'string':
    case 'bytes':
      return ''
    case 'boolean':
      return false
    case 'quantity':
      return '0'
    case 'any':
    case 'time':
    case 'microTime':
      return null
    default:
      return 0
  }
}

function base64(value: string): string {
  const bad = /[^A-Za-z0-9+/\r\n]/.exec(value)
  const body = value.replace(/[\r\n]/g, '')
  const wellFormed = body.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(body)
  if (wellFormed) return body
  const at = bad === null || value[bad.index] === '=' ? body.length - (body.length % 4) : bad.index
  throw new DecodeError(`illegal base64 data at input byte ${at}`)
}

function time(value: unknown, canonical: (text: string) => string): string {
  if (typeof value !== 'string') {
    throw new DecodeError(
      `json: cannot unmarshal ${describe(value, 'string')} into Go value of type string`,
    )
  }
  try {
    return canonical(value)
  } catch (error) {
    throw error instanceof TimeError ? new DecodeError(error.message) : error
  }
}

function quantity(value: unknown): string {
  try {
    return canonicalQuantity(typeof value === 'string' ? value : JSON.stringify(value))
  } catch (error) {
    throw error instanceof QuantityError ? new DecodeError(error.message) : error
  }
}

function intOrString(value: unknown): string | number {
  if (typeof value === 'string') return value
  if (typeof value === 'number' && Number.isInteger(value) && Math.abs(value) <= int32Max + 1) {
    return value
  }
  throw new DecodeError(
    `json: cannot unmarshal ${describe(value, 'int32')} into Go value of type int32`,
  )
}
