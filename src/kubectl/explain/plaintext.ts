/**
 * What an OpenAPI v3 document says of a resource or a field, as text.
 * Upstream: kubectl pkg/explain/v2/templates/plaintext.tmpl.
 */
import { goText } from '#api/json-path/go-text.ts'
import { equalJson } from '#api/patch/patch-error.ts'
import { compareBytes } from '#api/meta/go-quote.ts'
import { isMapping } from '#kubectl/objects/info.ts'
import type { Json } from '#kubectl/objects/info.ts'
import { indented, wordWrap } from './word-wrap.ts'

export interface Question {
  readonly document: Json
  readonly group: string
  readonly version: string
  readonly resource: string
  readonly fields: readonly string[]
  readonly recursive: boolean
}

/** `text` is said before the failure is known. */
export interface Answer {
  readonly text: string
  readonly failure?: string
}

const enumValuesShown = 4

export function plaintext(question: Question): Answer {
  const { document, group, version, resource } = question
  const gvk = kindOf(question)
  if (gvk === undefined) {
    const apiVersion = group === '' ? `/${version}` : `${group}/${version}`
    return {
      text: '',
      failure: `error: GVR (${apiVersion}, Resource=${resource}) not found in OpenAPI schema`,
    }
  }
  const groupLine = (gvk['group'] ?? '') === '' ? '' : `GROUP:      ${goText(gvk['group'])}\n`
  const head = `${groupLine}KIND:       ${goText(gvk['kind'])}\nVERSION:    ${goText(gvk['version'])}\n\n`
  const schemas = child(child(document, 'components'), 'schemas')
  const schema = sortedEntries(schemas)
    .map(([, value]) => value)
    .find((value) => isOfKind(value, gvk))
  if (schema === undefined) {
    return { text: head, failure: `error: GVK ${goText(gvk)} not found in OpenAPI schema` }
  }
  const body = new Explanation(document, question.recursive).field(schema, question.fields, [])
  if (body === '') {
    const name = question.fields.at(-1) ?? ''
    return { text: head, failure: `error: field ${JSON.stringify(name)} does not exist` }
  }
  return { text: `${head}${body}\n` }
}

/** As the operations at the resource's paths tell. */
function kindOf({ document, group, version, resource }: Question): Json | undefined {
  const prefix = group === '' ? `/api/${version}` : `/apis/${group}/${version}`
  const inNamespace = `${prefix}/namespaces/{namespace}/${resource}`
  const all = `${prefix}/${resource}`
  let found: Json | undefined
  for (const path of [all, `${all}/{name}`, inNamespace, `${inNamespace}/{name}`]) {
    const item = child(child(document, 'paths'), path)
    const operation = ['get', 'post', 'put', 'patch', 'delete']
      .map((method) => child(child(item, method), 'x-kubernetes-group-version-kind'))
      .find((gvk) => gvk !== undefined)
    found = operation ?? found
  }
  return found
}

function isOfKind(schema: unknown, gvk: Json): schema is Json {
  if (!isMapping(schema)) return false
  const kinds = schema['x-kubernetes-group-version-kind']
  return Array.isArray(kinds) && kinds.some((kind) => equalJson(kind, gvk))
}

function child(value: unknown, key: string): Json | undefined {
  const found = isMapping(value) ? value[key] : undefined
  return isMapping(found) ? found : undefined
}

function sortedEntries(value: Json | undefined): readonly (readonly [string, unknown])[] {
  return Object.entries(value ?? {}).toSorted(([a], [b]) => compareBytes(a, b))
}

/** References on the way to a schema; one that comes again ends the walk. */
type Trail = readonly string[]

class Explanation {
  readonly #document: Json
  readonly #recursive: boolean

  constructor(document: Json, recursive: boolean) {
    this.#document = document
    this.#recursive = recursive
  }

  /** Empty: there is no such field. */
  field(schema: Json, path: readonly string[], trail: Trail): string {
    const ref = refOf(schema)
    const resolved = this.#resolved(schema)
    const [first, ...rest] = path
    if (first === undefined) return this.#whole(resolved)
    if (ref !== '' && trail.includes(ref)) return ''
    const next = [...trail, ref]
    const property = child(child(resolved, 'properties'), first)
    if (property !== undefined) {
      const head = rest.length === 0 ? this.#heading(first, property) : ''
      return head + this.field(property, rest, [])
    }
    const items = elementOf(resolved)
    if (items !== undefined) return this.field(items, path, next)
    for (const one of allOf(resolved)) {
      const text = this.field(one, path, next)
      if (text !== '') return text
    }
    return ''
  }

  #heading(name: string, schema: Json): string {
    const values = enumOf(schema)
    const list = values.map((value) => `\n    ${enumText(value)}`).join('')
    const enums = values.length === 0 ? '' : `ENUM:${list}`
    return `FIELD: ${name} <${this.#typeName(schema)}>\n${enums}\n\n`
  }

  #whole(schema: Json): string {
    const description = this.#description(schema)
    const text = wordWrap(description === '' ? '<empty>' : description, 76)
    const docs = externalDocs(schema, 0)
    const fields = this.#fieldList(schema, 1, [])
    return [
      `DESCRIPTION:\n${indented(text, 4)}\n`,
      docs === '' ? '' : `\n${docs}`,
      fields === '' ? '' : `FIELDS:\n${fields}`,
    ].join('')
  }

  /** Of the schema, and of what it is made of. */
  #description(schema: Json): string {
    const resolved = this.#resolved(schema)
    const own = textOf(resolved['description'])
    const parts = [...allOf(resolved), child(resolved, 'items'), mapValueOf(resolved)]
    const more = parts.map((part) => (part === undefined ? '' : this.#description(part)))
    return (own === '' ? '' : `${own}\n`) + more.join('')
  }

  #fieldList(schema: Json, level: number, trail: Trail): string {
    const ref = refOf(schema)
    if (ref !== '' && trail.includes(ref)) return ''
    const next = [...trail, ref]
    const resolved = this.#resolved(schema)
    const fields = sortedEntries(child(resolved, 'properties')).map(([name, value]) => {
      const own = isMapping(value) ? value : {}
      const detail = this.#fieldDetail({ name, schema: own, parent: resolved, level })
      return this.#recursive ? detail + this.#fieldList(own, level + 1, next) : detail
    })
    const parts = [...allOf(resolved), child(resolved, 'items'), mapValueOf(resolved)]
    const more = parts.map((part) => (part === undefined ? '' : this.#fieldList(part, level, next)))
    return [...fields, ...more].join('')
  }

  #fieldDetail({ name, schema, parent, level }: FieldOf): string {
    const indent = level * 2
    const required = parent['required']
    const mark = Array.isArray(required) && required.includes(name) ? ' -required-' : ''
    const type = this.#typeName(schema)
    const line = `${indented(name, indent)}\t<${type}>${mark}${shortEnum(schema, indent)}\n`
    if (this.#recursive) return line
    const description = textOf(schema['description'])
    const text = wordWrap(description === '' ? '<no description>' : description, 78 - indent)
    const docs = externalDocs(schema, indent + 2)
    return `${line}${indented(text, indent + 2)}\n${docs === '' ? '' : `\n${docs}`}\n`
  }

  #typeName(schema: Json): string {
    const items = child(schema, 'items')
    if (items !== undefined) return `[]${this.#typeName(items)}`
    const value = mapValueOf(schema)
    if (value !== undefined) return `map[string]${this.#typeName(value)}`
    const [only, second] = allOf(schema)
    if (only !== undefined && second === undefined && schema['properties'] === undefined) {
      return this.#typeName(only)
    }
    const ref = refOf(schema)
    if (ref === '') return objectOr(textOf(schema['type']))
    const type = textOf(this.#lookup(ref)?.['type'])
    return type === '' || type === 'object' ? ref.slice(ref.search(/[^./]*$/)) : type
  }

  #resolved(schema: Json): Json {
    const ref = refOf(schema)
    return (ref === '' ? undefined : this.#lookup(ref)) ?? schema
  }

  /** `#/components/schemas/…`; nothing is fetched from elsewhere. */
  #lookup(ref: string): Json | undefined {
    if (!ref.startsWith('#')) return undefined
    let found: Json | undefined = this.#document
    for (const key of ref.slice(1).split('/')) if (key !== '') found = child(found, key)
    return found
  }
}

interface FieldOf {
  readonly name: string
  readonly schema: Json
  readonly parent: Json
  readonly level: number
}

function refOf(schema: Json): string {
  return textOf(schema['$ref'])
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

function objectOr(type: string): string {
  return type === '' || type === 'object' ? 'Object' : type
}

function allOf(schema: Json): readonly Json[] {
  const list = schema['allOf']
  return Array.isArray(list) ? list.filter(isMapping) : []
}

/** What a map holds; `additionalProperties: true` says nothing. */
function mapValueOf(schema: Json): Json | undefined {
  return child(schema, 'additionalProperties')
}

function elementOf(schema: Json): Json | undefined {
  return child(schema, 'items') ?? mapValueOf(schema)
}

function enumOf(schema: Json): readonly unknown[] {
  const values = schema['enum']
  return Array.isArray(values) ? values : []
}

function enumText(value: unknown): string {
  return value === '' ? '""' : goText(value)
}

function shortEnum(schema: Json, indent: number): string {
  const values = enumOf(schema)
  if (values.length === 0) return ''
  const shown = values.slice(0, enumValuesShown).map(enumText).join(', ')
  return `\n${' '.repeat(indent)}enum: ${shown}${values.length > enumValuesShown ? ', ....' : ''}`
}

function externalDocs(schema: Json, indent: number): string {
  const docs = child(schema, 'externalDocs')
  if (docs === undefined) return ''
  const description = textOf(docs['description'])
  const url = textOf(docs['url'])
  const width = indent === 0 ? 76 : 78 - indent
  const about = indented(wordWrap(description, width), indent === 0 ? 4 : indent + 2)
  return [
    `${' '.repeat(indent)}EXTERNAL DOCS:\n`,
    description === '' ? '' : `${about}\n`,
    url === '' ? '' : `${' '.repeat(indent === 0 ? 4 : indent + 2)}URL: ${url}\n`,
  ].join('')
}
