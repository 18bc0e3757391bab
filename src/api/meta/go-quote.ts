const named: Readonly<Record<string, string>> = {
  '\u0007': '\\a',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\v': '\\v',
  '\\': '\\\\',
  '"': '\\"',
}

const plain = /^[ !#-[\]-~]*$/
const special = /[\\"]|[^\p{L}\p{M}\p{N}\p{P}\p{S} ]/gu

/** Text as Go's `%q` (strconv.Quote) prints it. */
export function goQuote(text: string): string {
  if (plain.test(text)) return `"${text}"`
  return `"${text.toWellFormed().replace(special, escape)}"`
}

function escape(character: string): string {
  const short = named[character]
  if (short !== undefined) return short
  const code = character.codePointAt(0) as number
  if (code < 0x80) return `\\x${code.toString(16).padStart(2, '0')}`
  if (code <= 0xffff) return `\\u${code.toString(16).padStart(4, '0')}`
  return `\\U${code.toString(16).padStart(8, '0')}`
}

/** A value as Go's encoding/json writes it: keys of maps sorted, `<`, `>` and `&` escaped. */
export function goJson(value: unknown): string {
  return goStructJson(sorted(value))
}

/** The same with keys as they are given: those of structs have an order of their own. */
export function goStructJson(value: unknown): string {
  return JSON.stringify(value).replace(
    /[<>&\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).sort(([a], [b]) => compareBytes(a, b))
  return Object.fromEntries(entries.map(([key, item]) => [key, sorted(item)]))
}

/** Order of strings as Go compares them: by their UTF-8 bytes, which is by code point. */
export function compareBytes(a: string, b: string): number {
  if (a === b) return 0
  const length = Math.min(a.length, b.length)
  for (let at = 0; at < length; at += 1) {
    const left = a.charCodeAt(at)
    const right = b.charCodeAt(at)
    if (left === right) continue
    const surrogate = left >= 0xd800 && right >= 0xd800
    if (!surrogate) return left - right
    return (a.codePointAt(at) as number) - (b.codePointAt(at) as number)
  }
  return a.length - b.length
}
