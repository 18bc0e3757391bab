/**
 * Equality as the API means it: an absent field, an empty list and an empty map are the same.
 * Upstream: staging/src/k8s.io/apimachinery/pkg/api/equality/semantic.go.
 */
export function semanticEqual(a: unknown, b: unknown): boolean {
  if (a === b) return true
  if (isEmpty(a) || isEmpty(b)) return isEmpty(a) && isEmpty(b)
  if (typeof a !== 'object' || typeof b !== 'object') return false
  if (Array.isArray(a) || Array.isArray(b)) {
    return Array.isArray(a) && Array.isArray(b) && equalLists(a, b)
  }
  return equalMaps(a as Record<string, unknown>, b as Record<string, unknown>)
}

function isEmpty(value: unknown): boolean {
  if (value === undefined || value === null) return true
  if (typeof value !== 'object') return false
  if (Array.isArray(value)) return value.length === 0
  for (const key in value) {
    if ((value as Record<string, unknown>)[key] !== undefined) return false
  }
  return true
}

function equalLists(a: readonly unknown[], b: readonly unknown[]): boolean {
  return a.length === b.length && a.every((item, at) => semanticEqual(item, b[at]))
}

function equalMaps(a: Record<string, unknown>, b: Record<string, unknown>): boolean {
  for (const key in a) if (!semanticEqual(a[key], b[key])) return false
  for (const key in b) if (a[key] === undefined && !isEmpty(b[key])) return false
  return true
}
