/**
 * `$(NAME)` in commands, arguments and values: replaced when known, kept as it stands when not;
 * `$$(NAME)` is the text `$(NAME)`. Upstream: third_party/forked/golang/expansion/expand.go.
 */
export function expand(text: string, lookup: (name: string) => string | undefined): string {
  if (!text.includes('$')) return text
  let result = ''
  let at = 0
  for (let dollar = text.indexOf('$'); dollar >= 0; dollar = text.indexOf('$', at)) {
    result += text.slice(at, dollar)
    const next = text[dollar + 1]
    if (next === '$') {
      result += '$'
      at = dollar + 2
      continue
    }
    const end = next === '(' ? text.indexOf(')', dollar) : -1
    if (end < 0) {
      result += next === undefined ? '$' : `$${next}`
      at = Math.min(dollar + 2, text.length)
      continue
    }
    const name = text.slice(dollar + 2, end)
    result += lookup(name) ?? `$(${name})`
    at = end + 1
  }
  return result + text.slice(at)
}
