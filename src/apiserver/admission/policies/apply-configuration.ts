/**
 * Merges what a mutation wrote into the object, as server-side apply merges.
 * Upstream: admission/plugin/policy/mutating/patch/smd.go.
 */
import { mergeFields } from '#api/patch/merge-fields.ts'
import type { Json } from '#api/patch/patch-error.ts'
import type { SchemaType, StructType } from '#api/schema.ts'

/** A text: why it cannot be merged. */
export function mergeConfiguration(
  type: StructType | undefined,
  object: Json,
  configuration: Json,
): Json | string {
  const atomic = type === undefined ? undefined : atomicPath(type, configuration, '')
  if (atomic !== undefined) {
    return `invalid ApplyConfiguration: may not mutate atomic arrays, maps or structs: ${atomic}`
  }
  const { apiVersion, kind } = object
  return mergeFields(type, object, { ...configuration, apiVersion, kind })
}

/** What apply takes as one value cannot be merged: the first such place. */
function atomicPath(type: StructType, value: Json, path: string): string | undefined {
  for (const [name, own] of Object.entries(value)) {
    const field = type.fields.get(name)
    const place = `${path}.${name}`
    if (field === undefined || own === null) continue
    const isAtomicList = field.type.kind === 'list' && (field.listType ?? 'atomic') === 'atomic'
    if (isAtomicList || field.atomic || isAtomicStruct(field.type)) return place
    const inside = atomicInside(field.type, own, place)
    if (inside !== undefined) return inside
  }
  return undefined
}

function isAtomicStruct(type: SchemaType): boolean {
  return type.kind === 'struct' && type.atomic
}

function atomicInside(type: SchemaType, value: unknown, path: string): string | undefined {
  if (type.kind === 'list') {
    if (!Array.isArray(value)) return undefined
    for (const item of value) {
      const found = atomicInside(type.item, item, path)
      if (found !== undefined) return found
    }
    return undefined
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined
  if (type.kind === 'struct') return atomicPath(type, { ...value }, path)
  return undefined
}
