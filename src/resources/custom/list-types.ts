/**
 * In a list of type set nothing comes twice, in one of type map no keys do.
 * Upstream: staging/src/k8s.io/apiextensions-apiserver/pkg/apiserver/schema/listtype/validation.go, v1.36.
 */
import { duplicate, invalidValue, type FieldError } from '#api/meta/field-error.ts'
import { goJson } from '#api/meta/go-quote.ts'
import { itemKey } from './correlation.ts'
import { formatPath } from './prune.ts'
import {
  additionalSchemaOf,
  isObject,
  itemsOf,
  propertiesOf,
  type JsonObject,
  type Schema,
} from './schema.ts'

type Path = (string | number)[]
type Check = (value: unknown, path: Path, errors: FieldError[]) => void

/** Undefined: there are only atomic lists. */
export function compileListTypes(schema: Schema): Check | undefined {
  const properties = propertiesOf(schema).flatMap(([key, of]) => {
    const check = compileListTypes(of)
    return check === undefined ? [] : [{ key, check }]
  })
  const additional = additionalSchemaOf(schema)
  const others = additional === undefined ? undefined : compileListTypes(additional)
  const own = ownCheck(schema)
  const items = itemsOf(schema)
  const ofItems = items === undefined ? undefined : compileListTypes(items)
  if (properties.length === 0 && !others && !own && !ofItems) return undefined
  const known = new Set(propertiesOf(schema).map(([key]) => key))
  return (value, path, errors) => {
    if (Array.isArray(value)) {
      own?.(value, path, errors)
      if (ofItems !== undefined) {
        value.forEach((item, index) => descend(ofItems, item, { path, step: index, errors }))
      }
      return
    }
    if (!isObject(value)) return
    for (const { key, check } of properties) {
      if (value[key] !== undefined) descend(check, value[key], { path, step: key, errors })
    }
    if (others === undefined) return
    for (const key in value) {
      if (!known.has(key)) descend(others, value[key], { path, step: key, errors })
    }
  }
}

function descend(
  check: Check,
  value: unknown,
  { path, step, errors }: { path: Path; step: string | number; errors: FieldError[] },
): void {
  path.push(step)
  check(value, path, errors)
  path.pop()
}

type ListCheck = (list: readonly unknown[], path: Path, errors: FieldError[]) => void

function ownCheck(schema: Schema): ListCheck | undefined {
  switch (schema['x-kubernetes-list-type']) {
    case 'set':
      return checkSet
    case 'map':
      return mapCheck(schema)
    default:
      return undefined
  }
}

const checkSet: ListCheck = (list, path, errors) => {
  const seen = new Set<unknown>()
  for (const [index, item] of list.entries()) {
    const key = typeof item === 'object' ? goJson(item) : item
    if (seen.has(key)) errors.push(duplicate(formatPath([...path, index]), item))
    seen.add(key)
  }
}

function mapCheck(schema: Schema): ListCheck {
  const keys = schema['x-kubernetes-list-map-keys'] ?? []
  const keyOf = itemKey(schema)
  return (list, path, errors) => {
    const seen = new Set<string>()
    for (const [index, item] of list.entries()) {
      const at = formatPath([...path, index])
      if (!isObject(item)) {
        errors.push(invalidValue(at, item, 'must be an object for an array of list-type map'))
        continue
      }
      const key = keyOf(item)
      if (seen.has(key)) errors.push(duplicate(at, keysIn(item, keys)))
      seen.add(key)
    }
  }
}

function keysIn(item: JsonObject, keys: readonly string[]): JsonObject {
  return Object.fromEntries(keys.flatMap((key) => (key in item ? [[key, item[key]]] : [])))
}
