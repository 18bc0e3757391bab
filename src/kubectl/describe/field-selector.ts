/** Field selectors of equalities. Upstream: apimachinery pkg/fields/selector.go. */

export function formatFieldSelector(terms: Readonly<Record<string, string>>): string {
  return Object.entries(terms)
    .map(([field, value]) => `${field}=${escapeFieldValue(value)}`)
    .join(',')
}

/** `\`, `,` and `=` mean something in a selector. */
function escapeFieldValue(value: string): string {
  return value.replaceAll(/[\\,=]/g, String.raw`\$&`)
}
