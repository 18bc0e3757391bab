/**
 * How a custom kind is printed: its name, then the columns of its definition, or its age.
 * Upstream: staging/src/k8s.io/apiextensions-apiserver/pkg/registry/customresource/tableconvertor, v1.36.
 */
import type { CustomResourceColumnDefinition } from '#api/apiextensions/v1.gen.ts'
import { humanDuration, parseTime, TimeError } from '#api/meta/time.ts'
import type { ApiObject } from '#api/resource-type.ts'
import { goJson } from '#api/meta/go-quote.ts'
import { creationDescription, nameColumn } from '#resources/columns.ts'
import type { Column } from '#resources/resource.ts'
import { compileJsonPath, JsonPathError, type JsonPath } from './json-path.ts'

const age: CustomResourceColumnDefinition = {
  name: 'Age',
  type: 'date',
  description: creationDescription,
  jsonPath: '.metadata.creationTimestamp',
}

export function columnsOf(
  definitions: readonly CustomResourceColumnDefinition[] | undefined,
): readonly Column<ApiObject>[] {
  const columns = definitions === undefined || definitions.length === 0 ? [age] : definitions
  return [nameColumn(), ...columns.map(columnOf)]
}

function columnOf(definition: CustomResourceColumnDefinition): Column<ApiObject> {
  const { name, type, format = '', description = '', priority = 0, jsonPath } = definition
  const find = compiled(jsonPath)
  const print = printers[type as keyof typeof printers] ?? nothing
  return {
    name,
    type: type as Column<ApiObject>['type'],
    format,
    description:
      description === ''
        ? `Custom resource definition column (in JSONPath format): ${jsonPath}`
        : description,
    priority,
    cell(object, nowMs) {
      const [value] = find(object)
      return value === undefined || value === null ? undefined : print(value, nowMs)
    },
  }
}

/** A path that cannot be read shows nothing. */
function compiled(path: string): JsonPath {
  try {
    return compileJsonPath(path)
  } catch (error) {
    if (error instanceof JsonPathError) return () => []
    throw error
  }
}

const nothing = (): undefined => undefined

const printers = {
  string: (value: unknown) => (typeof value === 'string' ? value : textOf(value)),
  integer: (value: unknown) => (typeof value === 'number' ? Math.trunc(value) : undefined),
  number: (value: unknown) => (typeof value === 'number' ? value : undefined),
  boolean: (value: unknown) => (typeof value === 'boolean' ? value : undefined),
  date: (value: unknown, nowMs: number) =>
    typeof value === 'string' ? ageOf(value, nowMs) : undefined,
} as const

/** As Go's JSONPath prints what is no string. */
function textOf(value: unknown): string {
  return typeof value === 'object' ? goJson(value) : String(value as number | boolean)
}

function ageOf(text: string, nowMs: number): string {
  if (text === '' || text === 'null') return '<unknown>'
  try {
    return humanDuration(nowMs - parseTime(text))
  } catch (error) {
    if (error instanceof TimeError) return '<invalid>'
    throw error
  }
}
