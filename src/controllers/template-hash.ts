/** A short name for a pod template: the same for templates that mean the same. */
import { safeEncode } from '#api/meta/names.ts'

/**
 * FNV-1a (32 bits) of the template in letters that make no words, 8 to 10 of them as a rule. `collisions`
 * counts how often the name turned out to be taken by another template.
 * Upstream: pkg/controller/controller_utils.go, ComputeHash (which hashes Go's dump of the struct).
 */
export function templateHash(template: unknown, collisions: number | undefined): string {
  const text = canonical(template) + (collisions === undefined ? '' : `#${collisions}`)
  return safeEncode(String(fnv1a(text)))
}

export function fnv1a(text: string): number {
  let hash = 0x811c9dc5
  for (const byte of new TextEncoder().encode(text)) hash = Math.imul(hash ^ byte, 0x01000193)
  return hash >>> 0
}

/** JSON with sorted names, without what is as good as absent. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join()}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null'
  const fields = Object.entries(value)
    .map(([name, field]) => [name, canonical(field)] as const)
    .filter(([, text]) => text !== 'null' && text !== '[]' && text !== '{}')
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
  return `{${fields.map(([name, text]) => `${JSON.stringify(name)}:${text}`).join()}}`
}
