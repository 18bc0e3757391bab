/** What ConfigMaps and Secrets have in common. */
import { forbiddenField } from '#api/meta/field-error.ts'
import type { Errors } from './checks.ts'
import { semanticEqual } from './equality.ts'

/** Upstream's MaxSecretSize. */
export const dataBytesMax = 1024 * 1024

export function utf8Bytes(text: string): number {
  let bytes = text.length
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at)
    if (code >= 0x80) bytes += code >= 0x800 && (code < 0xd800 || code > 0xdfff) ? 2 : 1
  }
  return bytes
}

/** How many bytes base64 stands for. */
export function base64Bytes(text: string): number {
  const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0
  return (text.length / 4) * 3 - padding
}

/** Of an object that has declared itself immutable, nothing named may change. */
export function checkUnchanged<T extends { immutable?: boolean }>(
  next: T,
  prior: T,
  fields: readonly (keyof T & string)[],
  errors: Errors,
): void {
  const detail = 'field is immutable when `immutable` is set'
  if (next.immutable !== true) errors.push(forbiddenField('immutable', detail))
  for (const field of fields) {
    if (!semanticEqual(next[field], prior[field])) errors.push(forbiddenField(field, detail))
  }
}
