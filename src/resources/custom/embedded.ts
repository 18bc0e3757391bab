/**
 * Whole objects inside an object (`x-kubernetes-embedded-resource`): their metadata is decoded, and
 * what makes an object one is required of them.
 * Upstream: staging/src/k8s.io/apiextensions-apiserver/pkg/apiserver/schema/objectmeta, v1.36.
 */
import { decodeValue } from '#api/decode.ts'
import { invalidValue, required, type FieldError } from '#api/meta/field-error.ts'
import { validateDns1035Label } from '#api/meta/names.ts'
import type { ObjectMeta } from '#api/meta/v1.gen.ts'
import { typeSchema } from '#api/schema.ts'
import { must } from '#base/assert.ts'
import { pathSegmentName } from '#resources/names.ts'
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
type Visit = (object: JsonObject, path: Path) => void
/** Calls back for each embedded object in the value. */
export type EachEmbedded = (value: unknown, path: Path, visit: Visit) => void

/** Undefined: nothing is embedded anywhere. */
export function compileEmbedded(schema: Schema): EachEmbedded | undefined {
  const isEmbedded = schema['x-kubernetes-embedded-resource'] === true
  const properties = new Map(
    propertiesOf(schema).flatMap(([key, of]) => {
      const each = compileEmbedded(of)
      return each === undefined ? [] : [[key, each] as const]
    }),
  )
  const additional = additionalSchemaOf(schema)
  const others = additional === undefined ? undefined : compileEmbedded(additional)
  const items = itemsOf(schema)
  const ofItems = items === undefined ? undefined : compileEmbedded(items)
  if (!isEmbedded && properties.size === 0 && others === undefined && ofItems === undefined) {
    return undefined
  }
  return (value, path, visit) => {
    if (Array.isArray(value)) {
      if (ofItems === undefined) return
      value.forEach((item, index) => descend(ofItems, item, { path, step: index, visit }))
      return
    }
    if (!isObject(value)) return
    if (isEmbedded) visit(value, path)
    for (const key in value) {
      const each = properties.get(key) ?? others
      if (each !== undefined) descend(each, value[key], { path, step: key, visit })
    }
  }
}

function descend(
  each: EachEmbedded,
  value: unknown,
  { path, step, visit }: { path: Path; step: string | number; visit: Visit },
): void {
  path.push(step)
  each(value, path, visit)
  path.pop()
}

/** Decodes `metadata` in place; answers with what was unknown in it. Throws DecodeError. */
export function decodeMetadata(object: JsonObject, path: Path): readonly string[] {
  const { metadata } = object
  if (metadata === undefined) return []
  if (metadata === null) {
    delete object['metadata']
    return []
  }
  const type = must(typeSchema('meta/v1.ObjectMeta'), 'the type of metadata')
  const decoded = decodeValue<ObjectMeta>(type, metadata)
  object['metadata'] = decoded.object
  const prefix = `unknown field "${formatPath([...path, 'metadata'])}.`
  return decoded.problems.map((problem) => problem.replace('unknown field "', prefix))
}

/** The rules of an object that stands inside another one. */
export function validateEmbedded(object: JsonObject, path: Path): readonly FieldError[] {
  const errors: FieldError[] = []
  const at = (field: string): string => formatPath([...path, field])
  for (const field of ['apiVersion', 'kind'] as const) {
    const value = object[field]
    if (value === undefined) errors.push(required(at(field), 'must not be empty'))
    else if (typeof value !== 'string')
      errors.push(invalidValue(at(field), value, 'must be a string'))
    else if (value === '') errors.push(invalidValue(at(field), value, 'must not be empty'))
    else errors.push(...checks[field](value).map((text) => invalidValue(at(field), value, text)))
  }
  errors.push(...validateName(object['metadata'], at('metadata')))
  return errors
}

const checks = {
  apiVersion: (value: string): readonly string[] =>
    value.split('/').length > 2 ? [`unexpected GroupVersion string: ${value}`] : [],
  kind(value: string): readonly string[] {
    const problems = validateDns1035Label(value.toLowerCase())
    if (problems.length === 0) return []
    return [`may have mixed case, but should otherwise match: ${problems.join(',')}`]
  },
}

function validateName(metadata: unknown, path: string): readonly FieldError[] {
  if (metadata === undefined) return []
  if (!isObject(metadata)) return [invalidValue(path, metadata, 'must be an object')]
  const { name } = metadata as Partial<ObjectMeta>
  if (name === undefined || name === '') return []
  return pathSegmentName(name, false).map((text) => invalidValue(`${path}.name`, name, text))
}
