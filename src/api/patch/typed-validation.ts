/**
 * Whether an applied configuration fits its type; it is not decoded before it is merged.
 * Upstream: sigs.k8s.io/structured-merge-diff/v6, typed/validate.go.
 */
import type { ScalarType, StructType } from '#api/schema.ts'
import { keyValue } from './field-set.ts'
import { listProblem } from './merge-fields.ts'
import { isObject, type Json } from './patch-error.ts'
import { itemElement, itemShape, shapeOfType, shapeUnder, type Shape } from './typed-fields.ts'
import { formatFieldPath } from './field-set.ts'

/** Upstream's messages, one for each thing that does not fit. */
export function typeProblems(type: StructType | undefined, config: Json): readonly string[] {
  const problems: string[] = []
  check(shapeOfType(type), config, [], problems)
  return problems
}

type Path = readonly string[]

function check(shape: Shape, value: unknown, path: Path, problems: string[]): void {
  const type = shape.type
  if (value === null || value === undefined) return
  if (type === undefined) return checkUntyped(shape, value, path, problems)
  const tell = (problem: string): unknown => problems.push(`${formatFieldPath(path)}: ${problem}`)
  switch (type.kind) {
    case 'scalar':
      return checkScalar(type, value, tell)
    case 'list':
      if (!Array.isArray(value)) return void tell(`expected list, got ${goValue(value)}`)
      return checkList(shape, value, path, problems)
    case 'map':
    case 'struct':
      if (!isObject(value)) return void tell(`expected map, got ${goValue(value)}`)
      for (const [key, item] of Object.entries(value)) {
        const below = [...path, `f:${key}`]
        if (type.kind === 'map' || type.open === true || type.fields.has(key)) {
          check(shapeUnder(shape, key), item, below, problems)
        } else {
          problems.push(`${formatFieldPath(below)}: field not declared in schema`)
        }
      }
  }
}

/** Without a schema anything goes. */
function checkUntyped(shape: Shape, value: unknown, path: Path, problems: string[]): void {
  if (!isObject(value)) return
  for (const [key, item] of Object.entries(value)) {
    check(shapeUnder(shape, key), item, [...path, `f:${key}`], problems)
  }
}

function checkList(shape: Shape, items: readonly unknown[], path: Path, problems: string[]): void {
  const inner = itemShape(shape)
  if (shape.listType === undefined) {
    items.forEach((item, index) => check(inner, item, [...path, `i:${index}`], problems))
    return
  }
  for (const [index, item] of items.entries()) {
    const missing = isObject(item)
      ? shape.listMapKeys.find((key) => keyValue(item, shape, key) === undefined)
      : undefined
    if (missing === undefined) continue
    problems.push(
      `${formatFieldPath(path)}: element ${index}: associative list with keys has an element that omits key field "${missing}" (and doesn't have default value)`,
    )
    return
  }
  const problem = listProblem(shape, items)
  if (problem !== undefined) problems.push(`${formatFieldPath(path)}: ${problem}`)
  for (const item of items) check(inner, item, [...path, itemElement(shape, item)], problems)
}

function checkScalar(type: ScalarType, value: unknown, tell: (problem: string) => unknown): void {
  switch (type.scalar) {
    case 'int32':
    case 'int64':
    case 'double':
      if (typeof value !== 'number') tell(`expected numeric (int or float), got ${goType(value)}`)
      break
    case 'string':
    case 'bytes':
      if (typeof value !== 'string') {
        tell(`expected string, got &value.valueUnstructured{Value:${goValue(value)}}`)
      }
      break
    case 'boolean':
      if (typeof value !== 'boolean') tell(`expected boolean, got ${goValue(value)}`)
      break
    case 'any':
      break
    default:
      if (typeof value === 'object') tell(`expected any scalar, got ${goValue(value)}`)
  }
}

function goType(value: unknown): string {
  if (typeof value === 'string') return 'string'
  if (typeof value === 'boolean') return 'bool'
  return Array.isArray(value) ? '[]interface {}' : 'map[string]interface {}'
}

function goValue(value: unknown): string {
  return JSON.stringify(value)
}
