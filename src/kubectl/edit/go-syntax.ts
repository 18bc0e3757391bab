/** A value as Go's `%#v` writes it. */
import { compareBytes, goQuote } from '#api/meta/go-quote.ts'
import { isMapping } from '#kubectl/objects/info.ts'

export function goSyntax(value: unknown): string {
  if (Array.isArray(value)) return `[]interface {}{${value.map(goSyntax).join(', ')}}`
  if (isMapping(value)) {
    const keys = Object.keys(value).sort(compareBytes)
    const fields = keys.map((key) => `${goQuote(key)}:${goSyntax(value[key])}`)
    return `map[string]interface {}{${fields.join(', ')}}`
  }
  if (typeof value === 'string') return goQuote(value)
  return value === null || value === undefined
    ? 'interface {}(nil)'
    : String(value as number | boolean)
}
