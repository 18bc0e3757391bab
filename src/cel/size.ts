import { isMap, ListValue, type Value } from './value.ts'

/** Upstream counts lengths of texts, bytes, lists and maps; everything else is 1. */
export function sizeOf(value: Value): number {
  if (typeof value === 'string' || value instanceof Uint8Array) return value.length
  if (value instanceof ListValue || (typeof value === 'object' && value !== null && isMap(value))) {
    return value.size
  }
  return 1
}
