/**
 * Checks of types, numbers, texts and enums.
 * Upstream: k8s.io/kube-openapi/pkg/validation/validate: type.go, values.go, validator.go and
 * formats.go, as of v1.36.
 */
import { equalJson } from '#api/patch/patch-error.ts'
import { formatCheck, isUnknownFormat } from './formats.ts'
import { compilePattern } from './patterns.ts'
import type { Schema } from './schema.ts'
import type { Check, Validation } from './validation.ts'

type TypeName = 'array' | 'boolean' | 'integer' | 'null' | 'number' | 'object' | 'string'

/** Meeting the type counts twice: for itself and for being asked. */
export function typeCheck(schema: Schema): Check {
  const types = typesOf(schema)
  const { type = '', nullable = false } = schema
  const format = isUnknownFormat(type, schema.format ?? '') ? '' : (schema.format ?? '')
  const wanted = types.join(',')
  if (types.length === 0 && format === '') return () => 0
  const isNumeric = types.includes('number') || types.includes('integer')
  return (value, _prior, walk) => {
    const found = typeOf(value)
    if (found === 'null') {
      if (types.length === 0 || nullable) return 1
      walk.wrongType(wanted, found)
      return 0
    }
    const isFine = types.includes(found) || (found === 'integer' && types.includes('number'))
    if (format !== '' && found !== 'string' && found !== 'array') {
      if (isFine) return 2
      walk.wrongType(format, '')
      return 1
    }
    if (isFine || (format !== '' && !isNumeric)) return 2
    walk.wrongType(wanted, found)
    return 1
  }
}

function typesOf(schema: Schema): readonly string[] {
  if (schema['x-kubernetes-int-or-string'] === true) return ['integer', 'string']
  return schema.type === undefined ? [] : [schema.type]
}

export function typeOf(value: unknown): TypeName {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'array'
  if (typeof value === 'number') return Number.isInteger(value) ? 'integer' : 'number'
  return typeof value as 'boolean' | 'object' | 'string'
}

export function stringCheck(schema: Schema): Check {
  const { maxLength, minLength, pattern } = schema
  const matches = pattern === undefined ? undefined : compilePattern(pattern)
  const format = schema.format ?? ''
  const isFormed = format === '' ? undefined : formatCheck(schema.type ?? '', format)
  return (value, _prior, walk) => {
    const text = value as string
    if (maxLength !== undefined && isLonger(text, maxLength)) walk.tooLong(text, maxLength)
    else if (minLength !== undefined && isShorter(text, minLength)) {
      walk.invalid(text, `should be at least ${minLength} chars long`)
    } else if (matches !== undefined && !matches(text)) {
      walk.invalid(text, `should match '${pattern}'`)
    }
    if (isFormed === undefined) return 1
    if (!isFormed(text)) walk.wrongType(format, text)
    return 2
  }
}

/** Characters outside the basic plane count once. */
function isLonger(text: string, max: number): boolean {
  return text.length > max && characters(text) > max
}

/** Counted as Go counts runes. */
function characters(text: string): number {
  return Array.from(text).length
}

function isShorter(text: string, min: number): boolean {
  return text.length < min || (text.length < 2 * min && characters(text) < min)
}

export function numberCheck(schema: Schema): Check {
  const { minimum, maximum, multipleOf } = schema
  const { exclusiveMinimum = false, exclusiveMaximum = false } = schema
  return (value, _prior, walk) => {
    const number = value as number
    if (multipleOf !== undefined) checkMultiple(number, multipleOf, walk)
    if (minimum !== undefined) {
      const bound = boundFor(number, minimum)
      if (number < bound || (exclusiveMinimum && number === bound)) {
        const than = exclusiveMinimum ? 'greater than' : 'greater than or equal to'
        walk.invalid(number, `should be ${than} ${bound}`)
      }
    }
    if (maximum !== undefined) {
      const bound = boundFor(number, maximum)
      if (number > bound || (exclusiveMaximum && number === bound)) {
        const than = exclusiveMaximum ? 'less than' : 'less than or equal to'
        walk.invalid(number, `should be ${than} ${bound}`)
      }
    }
    return 1
  }
}

/** Upstream compares integers with the bound's integer part. */
function boundFor(value: number, bound: number): number {
  return Number.isInteger(value) ? Math.trunc(bound) : bound
}

function checkMultiple(value: number, multipleOf: number, walk: Validation): void {
  const factor = boundFor(value, multipleOf)
  if (factor < 0) {
    const { name } = walk
    const detail = `factor MultipleOf declared for ${name} must be positive: ${factor}`
    walk.add({ type: 'Invalid', field: walk.field, value: factor, detail })
    return
  }
  const quotient = factor < 1 ? (1 / factor) * value : value / factor
  if (!Number.isInteger(quotient)) walk.invalid(value, `should be a multiple of ${factor}`)
}

export function enumCheck({ enum: values = [] }: Schema): Check {
  if (values.length === 0) return () => 0
  const scalars = new Set(values.filter((item) => typeof item !== 'object'))
  const others = values.filter((item) => typeof item === 'object')
  return (value, _prior, walk) => {
    if (scalars.has(value) || others.some((item) => equalJson(item, value))) return 0
    walk.unsupported(value, values)
    return 0
  }
}
