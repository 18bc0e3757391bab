/** `apiVersion` → `API Version`. Upstream: describe.go (smartLabelFor), fatih/camelcase. */

const acronyms = ['API', 'URL', 'UID', 'GUID']

/** Fields that are not made of letters and dashes stay as they are. */
export function labelFor(field: string): string {
  if (/[^\p{L}-]/u.test(field)) return field
  return joined(words(field)).map(titled).join(' ')
}

/** Runs of upper case, lower case and other; the last capital before small letters is theirs. */
function words(field: string): readonly string[] {
  return field.match(/\p{Lu}(?=\p{Ll})\p{Ll}+|\p{Lu}+(?!\p{Ll})|\p{Ll}+|[^\p{Lu}\p{Ll}]+/gu) ?? []
}

/** `UR`, `Ls` → `URLs`: several capitals and the word behind them are one. */
function joined(parts: readonly string[]): readonly string[] {
  const result: string[] = []
  for (let at = 0; at < parts.length; at += 1) {
    const [part = '', next = ''] = parts.slice(at, at + 2)
    const joins = /^(?:\p{Lu}|\P{L}){2,}$/u.test(part) && /^\p{Lu}/u.test(next)
    result.push(joins ? part + next : part)
    if (joins) at += 1
  }
  return result
}

function titled(word: string): string {
  if (acronyms.includes(word.toUpperCase())) return word.toUpperCase()
  return word === word.toLowerCase() ? word.charAt(0).toUpperCase() + word.slice(1) : word
}
