/**
 * Types of configuration files, for the strict decoder: what is not in them is refused by name.
 * Upstream: apimachinery pkg/runtime/serializer with EnableStrict, and pkg/runtime/error.go.
 */
import { decodeValue, strictDecodingMessage } from './decode.ts'
import { goQuote } from './meta/go-quote.ts'
import type {
  FieldSchema,
  ListType,
  MapType,
  ScalarType,
  SchemaType,
  StructType,
} from './schema.ts'
import { parseYaml } from './yaml.ts'

const scalar = (name: ScalarType['scalar'], goName: string): ScalarType => ({
  kind: 'scalar',
  scalar: name,
  goName,
})

export const text = scalar('string', 'string')
export const flag = scalar('boolean', 'bool')
export const integer = scalar('int32', 'int32')
/** Whatever stands there: decoded by somebody else. */
export const anything = scalar('any', 'runtime.RawExtension')

export function listOf(item: SchemaType): ListType {
  return { kind: 'list', item, goName: `[]${item.goName}` }
}

export function mapOf(value: SchemaType): MapType {
  return { kind: 'map', value, goName: `map[string]${value.goName}` }
}

/** `goName` is what Go's messages call it: `v1.AdmissionConfiguration`. */
export function struct(goName: string, types: Readonly<Record<string, SchemaType>>): StructType {
  const fields = Object.entries(types).map(([name, type]) => [name, field(name, type)] as const)
  return {
    kind: 'struct',
    name: goName,
    goName,
    atomic: false,
    fields: new Map(fields),
    alwaysWritten: [],
  }
}

function field(name: string, type: SchemaType): FieldSchema {
  const merge = {
    listType: undefined,
    listMapKeys: [],
    patchStrategy: [],
    patchMergeKey: undefined,
  }
  const encoded = { protobuf: undefined, wire: undefined }
  return {
    name,
    element: `f:${name}`,
    type,
    zero: 'kept',
    required: false,
    atomic: false,
    ...merge,
    ...encoded,
  }
}

export interface ConfigKind {
  readonly kind: string
  /** `apiserver.config.k8s.io/v1`, and the older ones that say the same. */
  readonly apiVersions: readonly string[]
  /** Without apiVersion and kind. */
  readonly type: StructType
}

/** A document that cannot be what was asked for; the message says why. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'
}

/** Throws ConfigError, DecodeError or YamlError. */
export function decodeConfig<T>(document: string, wanted: ConfigKind): T {
  return decodeConfigValue<T>(parseYaml(document), wanted)
}

/** The same of what is parsed already; the value is changed. Throws ConfigError or DecodeError. */
export function decodeConfigValue<T>(value: unknown, wanted: ConfigKind): T {
  const head = (value ?? {}) as { readonly apiVersion?: unknown; readonly kind?: unknown }
  const { apiVersion = '', kind = '' } = head
  if (kind === '') throw new ConfigError("Object 'Kind' is missing in the configuration")
  if (apiVersion === '')
    throw new ConfigError("Object 'apiVersion' is missing in the configuration")
  if (kind !== wanted.kind || !wanted.apiVersions.includes(String(apiVersion))) {
    throw new ConfigError(
      `no kind ${goQuote(String(kind))} is registered for version ${goQuote(String(apiVersion))}: expected ${wanted.kind} of ${wanted.apiVersions.join(' or ')}`,
    )
  }
  const withHead = new Map(wanted.type.fields)
  for (const name of ['apiVersion', 'kind']) withHead.set(name, field(name, text))
  const { object, problems } = decodeValue<T>({ ...wanted.type, fields: withHead }, value)
  if (problems.length > 0) throw new ConfigError(strictDecodingMessage(problems))
  return object
}
