/**
 * Takes out of an object what its schema does not know, and nulls where none are allowed, in one walk of
 * functions that are made once for each schema.
 * Upstream: staging/src/k8s.io/apiextensions-apiserver/pkg/apiserver/schema/pruning/algorithm.go and
 * …/schema/defaulting/algorithm.go (PruneNonNullableNullsWithoutDefaults), v1.36.
 */
import { compareBytes } from '#api/meta/go-quote.ts'
import {
  additionalOf,
  isObject,
  itemsOf,
  propertiesOf,
  type JsonObject,
  type Schema,
} from './schema.ts'

/** Changes the value in place. Answers with the paths of what was unknown, sorted. */
export type Pruner = (object: JsonObject) => readonly string[]

export function compilePruner(schema: Schema): Pruner {
  const prune = pruneOf({ ...schema, 'x-kubernetes-embedded-resource': true })
  return (object) => {
    const walk: Walk = { path: [], unknown: [] }
    prune(object, walk)
    return walk.unknown.length < 2 ? walk.unknown : walk.unknown.toSorted(compareBytes)
  }
}

interface Walk {
  readonly path: (string | number)[]
  readonly unknown: string[]
}

type Prune = (value: unknown, walk: Walk) => void

interface Property {
  readonly prune: Prune | undefined
  readonly dropsNull: boolean
}

const metaFields: ReadonlySet<string> = new Set(['apiVersion', 'kind', 'metadata'])
const scalars: ReadonlySet<string> = new Set(['string', 'integer', 'number', 'boolean'])

/** What is below something that the schema says nothing about. */
const dropAll: Prune = (value, walk) => {
  if (Array.isArray(value)) return eachItem(value, dropAll, walk)
  if (!isObject(value)) return
  for (const key of Object.keys(value)) drop(value, key, walk)
}

function pruneOf(schema: Schema): Prune {
  const keeps = schema['x-kubernetes-preserve-unknown-fields'] === true
  const isEmbedded = schema['x-kubernetes-embedded-resource'] === true
  const properties = new Map(propertiesOf(schema).map(([key, of]) => [key, property(of)]))
  const additional = additionalProperty(schema)
  const items = itemsPrune(schema, keeps)
  return (value, walk) => {
    if (Array.isArray(value)) {
      if (items !== undefined) eachItem(value, items, walk)
      return
    }
    if (!isObject(value)) return
    for (const key in value) {
      if (isEmbedded && metaFields.has(key)) continue
      const known = properties.get(key) ?? additional
      if (known !== undefined) pruneProperty(value, key, known, walk)
      else if (!keeps) drop(value, key, walk)
    }
  }
}

function property(schema: Schema): Property {
  return {
    prune: scalars.has(schema.type ?? '') ? undefined : pruneOf(schema),
    dropsNull: schema.nullable !== true && schema.default === undefined,
  }
}

function additionalProperty(schema: Schema): Property | undefined {
  const additional = additionalOf(schema)
  if (additional === undefined || additional === false) return undefined
  if (additional === true) return { prune: dropAll, dropsNull: false }
  return { ...property(additional), dropsNull: additional.nullable !== true }
}

/** Below a list that preserves unknown fields, only what its items name is looked at. */
function itemsPrune(schema: Schema, keeps: boolean): Prune | undefined {
  const items = itemsOf(schema)
  if (items === undefined) return keeps ? undefined : dropAll
  if (scalars.has(items.type ?? '')) return undefined
  return pruneOf(keeps ? { ...items, 'x-kubernetes-preserve-unknown-fields': true } : items)
}

function eachItem(list: readonly unknown[], prune: Prune, walk: Walk): void {
  for (let index = 0; index < list.length; index += 1) {
    walk.path.push(index)
    prune(list[index], walk)
    walk.path.pop()
  }
}

function pruneProperty(object: JsonObject, key: string, known: Property, walk: Walk): void {
  const value = object[key]
  if (value === null) {
    if (known.dropsNull) delete object[key]
    return
  }
  if (known.prune === undefined || typeof value !== 'object') return
  walk.path.push(key)
  known.prune(value, walk)
  walk.path.pop()
}

function drop(object: JsonObject, key: string, walk: Walk): void {
  walk.unknown.push(formatPath([...walk.path, key]))
  delete object[key]
}

/** `spec.items[0].name` */
export function formatPath(path: readonly (string | number)[]): string {
  let text = ''
  for (const step of path) {
    if (typeof step === 'number') text += `[${step}]`
    else text += text === '' ? step : `.${step}`
  }
  return text
}
