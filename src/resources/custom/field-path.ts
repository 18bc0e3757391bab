/**
 * Paths to fields of a schema: `.spec.color`, `.spec['color']`.
 * Upstream: staging/src/k8s.io/apiextensions-apiserver/pkg/apiserver/schema/cel/validation.go
 * (ValidFieldPath), v1.36.
 */
import { additionalOf, type Schema } from './schema.ts'

/** The path leads nowhere; the message is upstream's. */
export class FieldPathError extends Error {
  override readonly name = 'FieldPathError'
}

export interface FoundField {
  readonly steps: readonly string[]
  /** Undefined: the schema allows anything there. */
  readonly schema: Schema | undefined
}

/** Throws {@link FieldPathError}. */
export function findField(schema: Schema, path: string, { brackets }: Brackets): FoundField {
  const tokens = path.match(/'(?:\\'|[^'])*'|[.[\]]|[^.[\]]+/g) ?? []
  const steps: string[] = []
  let current: Schema | undefined = schema
  for (let at = 0; at < tokens.length; at += 1) {
    const token = tokens[at] as string
    if (token === '[' && !brackets) throw new FieldPathError('array notation is not allowed')
    if (token !== '.' && token !== '[') {
      throw new FieldPathError(`expected [ or . but got: ${token}`)
    }
    at += 1
    const next = tokens[at]
    if (next === undefined) throw new FieldPathError('unexpected end of JSON path')
    const name = token === '.' ? next : unquote(next)
    current = step(current, name)
    steps.push(name)
    if (token === '.') continue
    at += 1
    if (tokens[at] === undefined) throw new FieldPathError('unexpected end of JSON path')
    if (tokens[at] !== ']') throw new FieldPathError(`expected ] but got ${tokens[at]}`)
  }
  return { steps, schema: current }
}

interface Brackets {
  /** Whether `['name']` may stand for `.name`. */
  readonly brackets: boolean
}

function unquote(token: string): string {
  if (token.length < 2 || !token.startsWith("'") || !token.endsWith("'")) {
    throw new FieldPathError(`expected single quoted string but got ${token}`)
  }
  return token.slice(1, -1).replace(/\\(['\\])/g, '$1')
}

function step(schema: Schema | undefined, name: string): Schema | undefined {
  const properties = schema?.properties
  if (properties !== undefined) {
    const found = Object.hasOwn(properties, name) ? properties[name] : undefined
    if (found === undefined) throw new FieldPathError('does not refer to a valid field')
    return found
  }
  const additional = schema === undefined ? undefined : additionalOf(schema)
  if (additional === undefined) throw new FieldPathError('does not refer to a valid field')
  return typeof additional === 'object' ? additional : undefined
}
