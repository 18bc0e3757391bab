/** Facts → the compact run-time schema, loaded as JSON (parsing data is cheaper than importing code). */
import type { Facts, FieldFact } from './facts.ts'

/**
 * A field is a tuple: [type, flags?]. Most have a type only, so the file stays small.
 * Types keep the facts' notation: `[]T`, `map[string]T`, a type name or a scalar.
 */
export function schema(facts: Facts): string {
  const lines = Object.keys(facts.types)
    .sort()
    .map((name) => {
      const fact = facts.types[name]!
      const fields =
        fact.fields &&
        Object.fromEntries(Object.entries(fact.fields).map(([key, value]) => [key, field(value)]))
      const row = { type: fact.type, format: fact.format, mapType: fact.mapType, fields }
      return `${JSON.stringify(name)}:${JSON.stringify(row)}`
    })
  return `{\n${lines.join(',\n')}\n}\n`
}

function field(fact: FieldFact): unknown {
  const { type, ...rest } = fact
  return Object.keys(rest).length === 0 ? [type] : [type, rest]
}
