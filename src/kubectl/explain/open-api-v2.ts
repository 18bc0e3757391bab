/**
 * What an OpenAPI v2 document says of a resource or a field, as text.
 * Upstream: kubectl pkg/explain/{model_printer,fields_printer,recursive_fields_printer,field_lookup}.go,
 * kube-openapi pkg/util/proto/document.go.
 */
import { compareBytes } from '#api/meta/go-quote.ts'
import { isMapping } from '#kubectl/objects/info.ts'
import type { Json } from '#kubectl/objects/info.ts'
import { CommandError } from '#kubectl/errors.ts'
import { wrappedLines } from './paragraphs.ts'

export interface Model {
  readonly document: Json
  readonly group: string
  readonly version: string
  readonly kind: string
}

export interface Wanted {
  readonly fields: readonly string[]
  readonly recursive: boolean
}

/** Throws CommandError for what the document does not have. */
export function plaintextOfV2(model: Model, { fields, recursive }: Wanted): string {
  const explanation = new Explanation(model)
  const root = explanation.root()
  const found = explanation.lookup(root, fields)
  return explanation.text(found, { name: fields.at(-1) ?? '', recursive })
}

type Shape = 'reference' | 'kind' | 'map' | 'array' | 'primitive' | 'arbitrary'

function shapeOf(schema: Json): Shape {
  if (typeof schema['$ref'] === 'string') return 'reference'
  const hasFields = isMapping(schema['properties'])
  const type = Array.isArray(schema['type']) ? 'many' : schema['type']
  if (type === undefined) return hasFields ? 'kind' : 'arbitrary'
  if (type === 'object') return hasFields ? 'kind' : 'map'
  if (type === 'array') return 'array'
  return type === 'many' ? 'arbitrary' : 'primitive'
}

const lineWidth = 80
const indents = { fields: 3, description: 5, fieldDescription: 2 } as const

class Explanation {
  readonly #model: Model

  constructor(model: Model) {
    this.#model = model
  }

  root(): Json {
    const { group, version, kind } = this.#model
    for (const schema of Object.values(this.#definitions)) {
      const kinds = isMapping(schema) ? schema['x-kubernetes-group-version-kind'] : undefined
      const isIt = (one: unknown): boolean =>
        isMapping(one) &&
        one['group'] === group &&
        one['version'] === version &&
        one['kind'] === kind
      if (isMapping(schema) && Array.isArray(kinds) && kinds.some(isIt)) return schema
    }
    throw new CommandError(`couldn't find resource for "${group}/${version}, Kind=${kind}"`)
  }

  get #definitions(): Json {
    const { definitions } = this.#model.document
    return isMapping(definitions) ? definitions : {}
  }

  /** A primitive ends the walk, whatever is left of the path. */
  lookup(schema: Json, [first, ...rest]: readonly string[]): Json {
    const shape = shapeOf(schema)
    if (first === undefined || shape === 'primitive' || shape === 'arbitrary') return schema
    if (shape !== 'kind') return this.lookup(this.#inside(schema), [first, ...rest])
    const field = fieldsOf(schema).get(first)
    if (field === undefined) throw new CommandError(`field ${JSON.stringify(first)} does not exist`)
    return this.lookup(field, rest)
  }

  /** What a reference means, a list or a map holds. */
  #inside(schema: Json): Json {
    if (typeof schema['$ref'] === 'string') {
      const found = this.#definitions[schema['$ref'].replace('#/definitions/', '')]
      return isMapping(found) ? found : {}
    }
    const inner = schema['items'] ?? schema['additionalProperties']
    return isMapping(inner) ? inner : {}
  }

  text(schema: Json, about: { readonly name: string; readonly recursive: boolean }): string {
    const descriptions: string[] = []
    let type = ''
    let last = schema
    let shape = shapeOf(last)
    while (shape === 'reference' || shape === 'array' || shape === 'map') {
      descriptions.push(descriptionOf(last))
      if (shape !== 'reference' && type === '') type = this.#typeName(last)
      last = this.#inside(last)
      shape = shapeOf(last)
    }
    descriptions.push(descriptionOf(last))
    if (type === '') type = this.#typeName(last)
    const head = this.#head({ shape, name: about.name, type })
    const description = `DESCRIPTION:\n${descriptionText(descriptions)}`
    if (shape !== 'kind') return head + description
    const fields = about.recursive
      ? this.#recursiveFields(last, indents.fields, [])
      : this.#fields(last)
    return `${head}${description}\nFIELDS:\n${fields}`
  }

  #head({ shape, name, type }: { shape: Shape; name: string; type: string }): string {
    const { group, version, kind } = this.#model
    const apiVersion = group === '' ? version : `${group}/${version}`
    const head = `KIND:     ${kind}\nVERSION:  ${apiVersion}\n\n`
    if (shape === 'kind' && name !== '') return `${head}RESOURCE: ${name} <${type}>\n\n`
    return shape === 'primitive' ? `${head}FIELD:    ${name} <${type}>\n\n` : head
  }

  #fields(schema: Json): string {
    const pad = ' '.repeat(indents.fields)
    const required = schema['required']
    return [...fieldsOf(schema)]
      .map(([name, field]) => {
        const mark = Array.isArray(required) && required.includes(name) ? ' -required-' : ''
        const indent = indents.fields + indents.fieldDescription
        const about = linesText(descriptionOf(field), indent)
        return `${pad}${name}\t<${this.#typeName(field)}>${mark}\n${about}\n`
      })
      .join('')
  }

  /** A reference inside itself is not followed. */
  #recursiveFields(schema: Json, indent: number, trail: readonly string[]): string {
    const shape = shapeOf(schema)
    if (shape === 'primitive' || shape === 'arbitrary') return ''
    if (shape === 'reference') {
      const ref = String(schema['$ref'])
      if (trail.includes(ref)) return ''
      return this.#recursiveFields(this.#inside(schema), indent, [...trail, ref])
    }
    if (shape !== 'kind') return this.#recursiveFields(this.#inside(schema), indent, trail)
    return [...fieldsOf(schema)]
      .map(([name, field]) => {
        const line = `${' '.repeat(indent)}${name}\t<${this.#typeName(field)}>\n`
        return line + this.#recursiveFields(field, indent + indents.fields, trail)
      })
      .join('')
  }

  #typeName(schema: Json): string {
    const shape = shapeOf(schema)
    if (shape === 'primitive') return String(schema['type'])
    if (shape === 'kind') return 'Object'
    if (shape === 'arbitrary') return ''
    const inside = this.#typeName(this.#inside(schema))
    return { reference: '', array: '[]', map: 'map[string]' }[shape] + inside
  }
}

function fieldsOf(schema: Json): ReadonlyMap<string, Json> {
  const properties = isMapping(schema['properties']) ? schema['properties'] : {}
  const names = Object.keys(properties).sort(compareBytes)
  return new Map(
    names.map((name) => {
      const field = properties[name]
      return [name, isMapping(field) ? field : {}]
    }),
  )
}

function descriptionOf(schema: Json): string {
  return typeof schema['description'] === 'string' ? schema['description'] : ''
}

/** Those on the way to the schema and its own, a blank line between them. */
function descriptionText(descriptions: readonly string[]): string {
  const parts = descriptions.map((text, at) =>
    text === '' ? '' : `${at > 0 ? '\n' : ''}${linesText(text, indents.description)}`,
  )
  const text = parts.join('')
  return text === '' ? linesText('<empty>', indents.description) : text
}

function linesText(text: string, indent: number): string {
  const pad = ' '.repeat(indent)
  return wrappedLines(text, lineWidth - indent)
    .map((line) => (line === '' ? '\n' : `${pad}${line}\n`))
    .join('')
}
