/**
 * Field selectors: `metadata.name=a,spec.nodeName!=b`.
 * Upstream: staging/src/k8s.io/apimachinery/pkg/fields/selector.go.
 */
import { compareBytes, goQuote } from './go-quote.ts'

export interface FieldRequirement {
  readonly field: string
  readonly operator: '=' | '!='
  readonly value: string
}

export interface FieldSelectorMatcher {
  /** `valueOf` gives a field's value; '' for one that is not set. */
  matches(valueOf: (field: string) => string): boolean
  toString(): string
  readonly empty: boolean
  readonly requirements: readonly FieldRequirement[]
}

/** A selector that cannot be read; the message is upstream's. */
export class FieldSelectorError extends Error {
  override readonly name = 'FieldSelectorError'
}

/** Throws {@link FieldSelectorError}. Which fields there are is the resource's affair. */
export function parseFieldSelector(text: string): FieldSelectorMatcher {
  const requirements = terms(text)
    .filter((term) => term !== '')
    .sort(compareBytes)
    .map((term) => requirement(text, term))
  return {
    requirements,
    empty: requirements.length === 0,
    matches: (valueOf) =>
      requirements.every(
        ({ field, operator, value }) => (valueOf(field) === value) === (operator === '='),
      ),
    toString: () =>
      requirements
        .map(({ field, operator, value }) => `${field}${operator}${escapeFieldValue(value)}`)
        .join(','),
  }
}

/** Makes a value fit to stand in a field selector. */
export function escapeFieldValue(value: string): string {
  return value.replace(/[\\,=]/g, '\\$&')
}

/** Splits at commas that no backslash escapes. */
function terms(text: string): string[] {
  return text.match(/(?:\\[^]|[^\\,]|\\$)+/g) ?? []
}

function requirement(selector: string, term: string): FieldRequirement {
  const match = /^((?:\\[^]|[^\\=!]|!(?!=)|\\$)*)(!=|==|=)([^]*)$/.exec(term)
  if (match === null) {
    throw new FieldSelectorError(`invalid selector: '${selector}'; can't understand '${term}'`)
  }
  const [, field, operator, value] = match as unknown as [string, string, string, string]
  return { field, operator: operator === '!=' ? '!=' : '=', value: unescape(value) }
}

function unescape(value: string): string {
  if (!/[\\,=]/.test(value)) return value
  return value.replace(/\\([^]?)|[,=]/g, (found, escaped: string | undefined) => {
    if (escaped === undefined) {
      const code = found.charCodeAt(0)
      throw new FieldSelectorError(`invalid field selector: unescaped character in value: ${code}`)
    }
    if (escaped === '' || !'\\,='.includes(escaped)) {
      throw new FieldSelectorError(`invalid field selector: invalid escape sequence: ${found}`)
    }
    return escaped
  })
}

/** What upstream answers when a resource cannot be selected by this field. */
export function unknownFieldMessage(field: string): string {
  return `field label not supported: ${field}`
}

/** What upstream answers for kinds that know only their name and namespace. */
export function unknownMetadataFieldMessage(field: string): string {
  return `${goQuote(field)} is not a known field selector: only "metadata.name", "metadata.namespace"`
}
