/** Field selectors of equalities. Upstream: apimachinery pkg/fields/selector.go. */
import { escapeFieldValue } from '#api/meta/fields.ts'

export function formatFieldSelector(terms: Readonly<Record<string, string>>): string {
  return Object.entries(terms)
    .map(([field, value]) => `${field}=${escapeFieldValue(value)}`)
    .join(',')
}
