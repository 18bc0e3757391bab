/**
 * The types that mutations may write: `Object{…}` and what is inside of it, `JSONPatch{…}`.
 * Fields of an Object are not checked here: the result is checked against the kind's schema.
 * Upstream: admission/plugin/policy/mutating/dynamic_type.go, pkg/cel/mutation.
 */
import { dyn, objectOf, string, type ObjectField, type ObjectType } from './value-type.ts'

/** A map that has every name. */
class OpenFields extends Map<string, ObjectField> {
  override get(): ObjectField {
    return { type: dyn }
  }
}

const jsonPatch = objectOf('JSONPatch', { op: string, path: string, from: string, value: dyn })

const isObject = /^Object(?:\.[A-Za-z_]\w*)*$/

class Structs extends Map<string, ObjectType> {
  override get(name: string): ObjectType | undefined {
    if (name === 'JSONPatch') return jsonPatch
    if (!isObject.test(name)) return undefined
    return { kind: 'object', name, fields: new OpenFields() }
  }
}

export const structs: ReadonlyMap<string, ObjectType> = new Structs()
