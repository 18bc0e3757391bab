/**
 * The built-in types at run time: what fields there are, how lists merge, how protobuf numbers them.
 * Types are resolved once, when they are first asked for, together with all that they contain.
 */
import goFields from './go-fields.gen.json' with { type: 'json' }
import raw from './schema.gen.json' with { type: 'json' }

export type ScalarName =
  | 'string'
  | 'boolean'
  | 'int32'
  | 'int64'
  | 'double'
  | 'bytes'
  | 'time'
  | 'microTime'
  | 'quantity'
  | 'intOrString'
  | 'any'

export interface ScalarType {
  readonly kind: 'scalar'
  readonly scalar: ScalarName
  /** As Go's error messages name it. */
  readonly goName: string
}

/** How server-side apply takes a list apart. */
export interface ListMerge {
  readonly listType: 'map' | 'set' | 'atomic' | undefined
  /** For lists of listType map. */
  readonly listMapKeys: readonly string[]
  /** What keys count as where they are not set. */
  readonly keyDefaults?: Readonly<Record<string, unknown>>
}

export interface ListType {
  readonly kind: 'list'
  readonly item: SchemaType
  readonly goName: string
  /** Where no field says it: of lists in lists and in maps. */
  readonly merge?: ListMerge
}

export interface MapType {
  readonly kind: 'map'
  readonly value: SchemaType
  readonly goName: string
  /** Where no field says it: server-side apply takes it as one value. */
  readonly atomic?: true
}

export interface StructType {
  readonly kind: 'struct'
  /** `core/v1.Pod` */
  readonly name: string
  /** `v1.Pod` */
  readonly goName: string
  /** Server-side apply takes it as one value. */
  readonly atomic: boolean
  readonly fields: ReadonlyMap<string, FieldSchema>
  /** Those that Go writes even when they were not given. */
  readonly alwaysWritten: readonly FieldSchema[]
  /** Other fields may be there, about which nothing is known. */
  readonly open?: true
}

export type SchemaType = ScalarType | ListType | MapType | StructType

export interface FieldSchema extends ListMerge {
  readonly name: string
  /** As server-side apply names it: `f:spec`. */
  readonly element: string
  readonly type: SchemaType
  /**
   * What becomes of a zero value ('', 0, false, no items): Go leaves it out (`omitted`), tells it from
   * one that was not given (`kept`, a pointer), or writes it always (`written`).
   */
  readonly zero: 'omitted' | 'kept' | 'written'
  readonly required: boolean
  /** A map or struct that server-side apply takes as one value. */
  readonly atomic: boolean
  readonly patchStrategy: readonly ('merge' | 'replace' | 'retainKeys')[]
  readonly patchMergeKey: string | undefined
  /** Field number, or the path of numbers where Go embeds a struct. */
  readonly protobuf: number | readonly number[] | undefined
  readonly wire: string | undefined
}

interface RawField {
  readonly required?: boolean
  readonly listType?: 'map' | 'set' | 'atomic'
  readonly listMapKeys?: readonly string[]
  readonly mapType?: string
  readonly patchStrategy?: string
  readonly patchMergeKey?: string
  readonly protobuf?: number | readonly number[]
  readonly wire?: string
}

interface RawType {
  readonly type?: string
  readonly mapType?: string
  readonly fields?: Readonly<Record<string, readonly [string, RawField?]>>
}

const rawTypes = raw as unknown as Readonly<Record<string, RawType>>

/** How Go's structs hold their fields, where it is not as for most of them. */
interface GoFields {
  /** Written whatever the value is. */
  readonly always?: readonly string[]
  /** Pointers to scalars. */
  readonly pointer?: readonly string[]
  /** Names of types that are strings, numbers, lists or maps underneath. */
  readonly named?: Readonly<Record<string, string>>
}

const goStructs = goFields as unknown as Readonly<Record<string, GoFields>>

const scalars: Readonly<Record<string, ScalarType>> = {
  string: scalar('string', 'string'),
  boolean: scalar('boolean', 'bool'),
  int32: scalar('int32', 'int32'),
  int64: scalar('int64', 'int64'),
  double: scalar('double', 'float64'),
  bytes: scalar('bytes', '[]uint8'),
  'meta/v1.Time': scalar('time', 'v1.Time'),
  'meta/v1.MicroTime': scalar('microTime', 'v1.MicroTime'),
  'resource.Quantity': scalar('quantity', 'resource.Quantity'),
  'intstr.IntOrString': scalar('intOrString', 'intstr.IntOrString'),
}

function scalar(name: ScalarName, goName: string): ScalarType {
  return { kind: 'scalar', scalar: name, goName }
}

const structs = new Map<string, StructType>()
const others = new Map<string, SchemaType>()

/** The struct of this name (`core/v1.Pod`), or undefined when there is none. */
export function typeSchema(name: string): StructType | undefined {
  const known = structs.get(name)
  if (known !== undefined) return known
  const fields = Object.hasOwn(rawTypes, name) ? rawTypes[name]?.fields : undefined
  return fields === undefined ? undefined : buildStruct(name, fields)
}

function buildStruct(name: string, fields: NonNullable<RawType['fields']>): StructType {
  const built = new Map<string, FieldSchema>()
  const alwaysWritten: FieldSchema[] = []
  const type: StructType = {
    kind: 'struct',
    name,
    goName: goNameOf(name),
    atomic: rawTypes[name]?.mapType === 'atomic',
    fields: built,
    alwaysWritten,
  }
  structs.set(name, type) // before its fields: types may contain themselves
  const go = goStructs[name] ?? {}
  for (const [field, [typeName, facts = {}]] of Object.entries(fields)) {
    const schema = buildField(field, typeName, facts, go)
    built.set(field, schema)
    if (schema.zero === 'written') alwaysWritten.push(schema)
  }
  return type
}

function buildField(name: string, typeName: string, facts: RawField, go: GoFields): FieldSchema {
  const type = typeOf(typeName)
  const goName = go.named?.[name]
  return {
    name,
    element: `f:${name}`,
    type: goName === undefined ? type : { ...type, goName },
    zero: zeroOf(name, type, go),
    required: facts.required === true,
    listType: facts.listType,
    listMapKeys: facts.listMapKeys ?? [],
    ...(facts.listMapKeys?.includes('protocol') === true && { keyDefaults: protocolDefault }),
    atomic: facts.mapType === 'atomic',
    patchStrategy: (facts.patchStrategy?.split(',') ?? []) as FieldSchema['patchStrategy'],
    patchMergeKey: facts.patchMergeKey,
    protobuf: facts.protobuf,
    wire: facts.wire,
  }
}

/** The only key of built-in lists that has a default: of ports. */
const protocolDefault = { protocol: 'TCP' } as const

function zeroOf(name: string, type: SchemaType, go: GoFields): FieldSchema['zero'] {
  if (go.always?.includes(name) === true) return 'written'
  if (go.pointer?.includes(name) === true || type.kind === 'struct') return 'kept'
  if (type.kind !== 'scalar') return 'omitted'
  const plain = ['string', 'boolean', 'int32', 'int64', 'double', 'bytes']
  return plain.includes(type.scalar) ? 'omitted' : 'kept'
}

function typeOf(name: string): SchemaType {
  const known = scalars[name] ?? structs.get(name) ?? others.get(name)
  if (known !== undefined) return known
  const struct = typeSchema(name)
  if (struct !== undefined) return struct
  const built = buildOther(name)
  others.set(name, built)
  return built
}

function buildOther(name: string): SchemaType {
  if (name.startsWith('[]')) {
    const item = typeOf(name.slice(2))
    return { kind: 'list', item, goName: `[]${item.goName}` }
  }
  if (name.startsWith('map[string]')) {
    const value = typeOf(name.slice('map[string]'.length))
    const resources = value === scalars['resource.Quantity']
    return {
      kind: 'map',
      value,
      goName: resources ? 'v1.ResourceList' : `map[string]${value.goName}`,
    }
  }
  return scalar('any', goNameOf(name))
}

function goNameOf(name: string): string {
  return name.slice(name.indexOf('/') + 1)
}

/** Groups whose types do not go by the first label of their name. */
const groupsOfTypes: Readonly<Record<string, string>> = {
  '': 'core',
  'internal.apiserver.k8s.io': 'apiserverinternal',
}

/** The name in the schema of a kind: `core/v1.Pod`; undefined when it is not built in. */
export function schemaTypeOf(group: string, version: string, kind: string): string | undefined {
  const family = groupsOfTypes[group] ?? (group.split('.', 1)[0] as string)
  const names = [`${family}/${version}.${kind}`, `meta/v1.${kind}`]
  return names.find((name) => Object.hasOwn(rawTypes, name))
}

/** Every name in the schema that is a struct. */
export function schemaTypeNames(): readonly string[] {
  return Object.keys(rawTypes).filter((name) => rawTypes[name]?.fields !== undefined)
}
