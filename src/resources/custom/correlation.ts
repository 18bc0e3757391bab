/**
 * Which item of the list before an update an item of the list after it is.
 * Upstream: staging/src/k8s.io/apiserver/pkg/cel/common/schemas.go and equality.go (CorrelatedObject),
 * v1.36.
 */
import { isObject, itemsOf, type JsonObject, type Schema } from './schema.ts'

/** Undefined for an item that is new, or that cannot be told apart from others. */
export type PriorOf = (item: unknown) => unknown

/** Only lists whose items have keys can be compared item by item. */
export function correlation(schema: Schema): (prior: unknown) => PriorOf | undefined {
  const keys = schema['x-kubernetes-list-map-keys'] ?? []
  if (schema['x-kubernetes-list-type'] !== 'map' || keys.length === 0) return () => undefined
  const keyOf = itemKey(schema)
  return (prior) => {
    if (!Array.isArray(prior)) return undefined
    const items = new Map(prior.filter(isObject).map((item) => [keyOf(item), item]))
    return (item) => (isObject(item) ? items.get(keyOf(item)) : undefined)
  }
}

/** By what the items of a list of type map are told apart. */
export function itemKey(schema: Schema): (item: JsonObject) => string {
  const keys = schema['x-kubernetes-list-map-keys'] ?? []
  const properties = itemsOf(schema)?.properties ?? {}
  const defaults = keys.map((key) => properties[key]?.default)
  return (item) => JSON.stringify(keys.map((key, at) => item[key] ?? defaults[at] ?? null))
}
