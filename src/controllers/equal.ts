/**
 * Whether two values mean the same to the API, whatever the order of their fields: null, an empty list
 * and an empty object are as good as absent.
 */
export function equal(a: unknown, b: unknown): boolean {
  if (a === b) return true
  if (isEmpty(a) || isEmpty(b)) return isEmpty(a) && isEmpty(b)
  if (typeof a !== 'object' || typeof b !== 'object') return false
  if (Array.isArray(a) || Array.isArray(b)) {
    if (!Array.isArray(a) || !Array.isArray(b) || a.length !== b.length) return false
    return a.every((each, at) => equal(each, b[at]))
  }
  const [left, right] = [a as Record<string, unknown>, b as Record<string, unknown>]
  for (const name in left) if (!equal(left[name], right[name])) return false
  for (const name in right) if (!(name in left) && !isEmpty(right[name])) return false
  return true
}

/** `equal` for statuses, where a count of 0, too, may be left out. */
export function sameStatus(a: unknown, b: unknown): boolean {
  return equal(withoutZeros(a), withoutZeros(b))
}

function withoutZeros(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
  return Object.fromEntries(
    Object.entries(value).filter(([, field]) => field !== 0 && field !== '' && field !== false),
  )
}

function isEmpty(value: unknown): boolean {
  if (value === undefined || value === null) return true
  if (typeof value !== 'object') return false
  if (Array.isArray(value)) return value.length === 0
  for (const name in value) {
    if (!isEmpty((value as Record<string, unknown>)[name])) return false
  }
  return true
}
