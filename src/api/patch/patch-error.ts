/** A patch that cannot be applied. */
export class PatchError extends Error {
  override readonly name = 'PatchError'
  /**
   * `malformed`: the patch itself is wrong (400). `inapplicable`: it does not fit this object (422).
   * `tooLarge`: more operations than are allowed (413).
   */
  readonly problem: 'malformed' | 'inapplicable' | 'tooLarge'

  constructor(problem: PatchError['problem'], message: string) {
    super(message)
    this.problem = problem
  }
}

export type Json = Record<string, unknown>

export function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Sets a key whatever its name: plain assignment of `__proto__` would change the prototype. */
export function setKey(object: Json, key: string, value: unknown): void {
  if (key !== '__proto__') object[key] = value
  else
    Object.defineProperty(object, key, {
      value,
      enumerable: true,
      configurable: true,
      writable: true,
    })
}

/** Deep equality of JSON values; the order of keys does not count. */
export function equalJson(a: unknown, b: unknown): boolean {
  if (a === b) return true
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false
  if (Array.isArray(a)) {
    if (!Array.isArray(b) || a.length !== b.length) return false
    return a.every((item, index) => equalJson(item, b[index]))
  }
  if (Array.isArray(b)) return false
  const left = a as Json
  const right = b as Json
  let keys = 0
  for (const key in left) {
    if (!Object.hasOwn(right, key) || !equalJson(left[key], right[key])) return false
    keys += 1
  }
  for (const _key in right) keys -= 1
  return keys === 0
}
