/** Reading and writing a field by a path of names: `.spec.replicas`. */
import { isObject, type JsonObject } from '#resources/custom/schema.ts'

/** The names in a path that starts with a dot. */
export function namesIn(path: string): readonly string[] {
  return path.replace(/^\./, '').split('.')
}

/** Undefined: it is not there, or something on the way is no object. */
export function readField(object: unknown, names: readonly string[]): unknown {
  let value = object
  for (const name of names) {
    if (!isObject(value) || !Object.hasOwn(value, name)) return undefined
    value = value[name]
  }
  return value
}

/** Makes what is missing on the way; false: something on it is no object. */
export function writeField(object: JsonObject, names: readonly string[], value: unknown): boolean {
  let at = object
  for (const name of names.slice(0, -1)) {
    const next = (at[name] ??= {})
    if (!isObject(next)) return false
    at = next
  }
  at[names.at(-1) ?? ''] = value
  return true
}
