/**
 * Fills in what an object leaves out, by functions that are made once for each schema.
 * Upstream: staging/src/k8s.io/apiextensions-apiserver/pkg/apiserver/schema/defaulting/algorithm.go, v1.36.
 */
import {
  additionalSchemaOf,
  isObject,
  itemsOf,
  propertiesOf,
  type JsonObject,
  type Schema,
} from './schema.ts'

/** Changes the value in place. */
export type Default = (value: unknown) => void

/** Undefined: there is no default anywhere. */
export function compileDefaults(schema: Schema): Default | undefined {
  const properties = propertiesOf(schema).flatMap(([key, of]): Property[] => {
    const below = compileDefaults(of)
    if (below === undefined && of.default === undefined) return []
    return [{ key, make: maker(of), isNullable: of.nullable === true, below }]
  })
  const additional = additionalSchemaOf(schema)
  const named = new Set(propertiesOf(schema).map(([key]) => key))
  const ofAdditional = valueDefaults(additional)
  const ofItems = valueDefaults(itemsOf(schema))
  if (properties.length === 0 && ofAdditional === undefined && ofItems === undefined) {
    return undefined
  }
  return (value) => {
    if (Array.isArray(value)) {
      if (ofItems === undefined) return
      for (let at = 0; at < value.length; at += 1) value[at] = ofItems(value[at])
      return
    }
    if (!isObject(value)) return
    for (const property of properties) defaultProperty(value, property)
    if (ofAdditional === undefined) return
    for (const key in value) if (!named.has(key)) value[key] = ofAdditional(value[key])
  }
}

interface Property {
  readonly key: string
  /** Undefined: the property itself has no default. */
  readonly make: (() => unknown) | undefined
  readonly isNullable: boolean
  readonly below: Default | undefined
}

function defaultProperty(object: JsonObject, { key, make, isNullable, below }: Property): void {
  let value = object[key]
  if (make !== undefined && (value === undefined || (value === null && !isNullable))) {
    value = make()
    object[key] = value
  }
  if (below !== undefined && typeof value === 'object') below(value)
}

/** Of items and of values of maps: only a null is replaced. */
function valueDefaults(schema: Schema | undefined): ((value: unknown) => unknown) | undefined {
  if (schema === undefined) return undefined
  const below = compileDefaults(schema)
  const make = schema.nullable === true ? undefined : maker(schema)
  if (below === undefined && make === undefined) return undefined
  return (value) => {
    const filled = value === null && make !== undefined ? make() : value
    below?.(filled)
    return filled
  }
}

function maker({ default: value }: Schema): (() => unknown) | undefined {
  if (value === undefined) return undefined
  return typeof value === 'object' ? () => structuredClone(value) : () => value
}
