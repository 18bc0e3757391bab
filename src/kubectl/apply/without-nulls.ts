/** Upstream: kubectl pkg/cmd/apply/apply.go, pruneNullsFromMap. */
import { isMapping } from '#kubectl/objects/info.ts'
import type { Json } from '#kubectl/objects/info.ts'

/** Without fields that are null, at any depth. Nulls in lists stay. */
export function withoutNulls<T extends Json>(object: T): T {
  const kept = Object.entries(object).filter(([, value]) => value !== null)
  return Object.fromEntries(kept.map(([key, value]) => [key, inside(value)])) as T
}

function inside(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(inside)
  return isMapping(value) ? withoutNulls(value) : value
}
