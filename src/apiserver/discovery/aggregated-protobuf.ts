/**
 * Aggregated discovery as a protobuf message. Its types are no kinds that are stored or served as
 * resources, so the schema does not have them.
 * Upstream: staging/src/k8s.io/api/apidiscovery/v2/types.go, v1.36.
 */
import { must } from '#base/assert.ts'
import { typeSchema } from '#api/schema.ts'
import type { FieldSchema, SchemaType, StructType } from '#api/schema.ts'
import { BackwardWriter } from '#apiserver/protobuf/backward-writer.ts'
import { messageEncoder } from '#apiserver/protobuf/encode.ts'
import { envelopeHead, seal } from '#apiserver/protobuf/envelope.ts'
import type { TypeMeta } from '#apiserver/protobuf/envelope.ts'

/** Of a document that `groupDiscoveryList` made; in its envelope. */
export function encodeGroupDiscoveryList(document: object): Buffer {
  const out = new BackwardWriter()
  const encode = messageEncoder(groupDiscoveryListType())
  const head = envelopeHead(document as TypeMeta)
  seal(out, head, () => encode(out, document as Record<string, unknown>))
  return out.finish()
}

export function groupDiscoveryListType(): StructType {
  const kind = struct('GroupVersionKind', [
    ['group', 1, text],
    ['version', 2, text],
    ['kind', 3, text],
  ])
  const subresource = struct('APISubresourceDiscovery', [
    ['subresource', 1, text],
    ['responseKind', 2, kind, 'kept'],
    ['verbs', 4, texts],
  ])
  const resource = struct('APIResourceDiscovery', [
    ['resource', 1, text],
    ['responseKind', 2, kind, 'kept'],
    ['scope', 3, text],
    ['singularResource', 4, text],
    ['verbs', 5, texts],
    ['shortNames', 6, texts],
    ['categories', 7, texts],
    ['subresources', 8, listOf(subresource)],
  ])
  const version = struct('APIVersionDiscovery', [
    ['version', 1, text],
    ['resources', 2, listOf(resource)],
    ['freshness', 3, text],
  ])
  const group = struct('APIGroupDiscovery', [
    ['metadata', 1, known('meta/v1.ObjectMeta')],
    ['versions', 2, listOf(version)],
  ])
  return struct('APIGroupDiscoveryList', [
    ['metadata', 1, known('meta/v1.ListMeta')],
    ['items', 2, listOf(group)],
  ])
}

const text: SchemaType = { kind: 'scalar', scalar: 'string', goName: 'string' }
const texts: SchemaType = listOf(text)

function listOf(item: SchemaType): SchemaType {
  return { kind: 'list', item, goName: `[]${item.goName}` }
}

function known(name: string): StructType {
  return must(typeSchema(name), `${name} is unknown`)
}

type Row = readonly [name: string, number: number, type: SchemaType, zero?: FieldSchema['zero']]

function struct(name: string, rows: readonly Row[]): StructType {
  const fields = new Map(rows.map((row) => [row[0], fieldOf(row)]))
  const goName = `v2.${name}`
  return {
    kind: 'struct',
    name: `apidiscovery/${goName}`,
    goName,
    atomic: false,
    fields,
    alwaysWritten: [],
  }
}

function fieldOf([name, protobuf, type, zero = 'written']: Row): FieldSchema {
  return {
    name,
    element: `f:${name}`,
    type,
    zero,
    required: false,
    listType: undefined,
    listMapKeys: [],
    atomic: false,
    patchStrategy: [],
    patchMergeKey: undefined,
    protobuf,
    wire: 'bytes',
  }
}
