/** Copies and comparisons of plain JSON values: several times cheaper than structuredClone and assert. */

export function cloneJson<T>(value: T): T {
  return clone(value) as T
}

/** A spread copies an object with its shape, which is twice as fast as setting key after key. */
function clone(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map(clone)
  const copy: Record<string, unknown> = { ...value }
  for (const key of Object.keys(copy)) {
    const part = copy[key]
    if (typeof part === 'object' && part !== null) copy[key] = clone(part)
  }
  return copy
}

/** Whether both would be encoded with the same content; the order of keys does not matter. */
export function equalJson(a: unknown, b: unknown): boolean {
  if (a === b) return true
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false
  if (Array.isArray(a) || Array.isArray(b)) {
    return (
      Array.isArray(a) &&
      Array.isArray(b) &&
      a.length === b.length &&
      a.every((item, i) => equalJson(item, b[i]))
    )
  }
  return equalRecords(a as Record<string, unknown>, b as Record<string, unknown>)
}

/** A key that is undefined is not there. */
function equalRecords(a: Record<string, unknown>, b: Record<string, unknown>): boolean {
  for (const key of Object.keys(a)) if (!equalJson(a[key], b[key])) return false
  for (const key of Object.keys(b)) {
    if (b[key] !== undefined && a[key] === undefined) return false
  }
  return true
}
