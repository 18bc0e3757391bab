/** Tolerations that say the same or more. Upstream: pkg/util/tolerations/tolerations.go, v1.36. */
import type { Toleration } from '#api/core/v1.gen.ts'

/** Of two that say the same the first stays; of two of which one says more, that one. */
export function mergeTolerations(all: readonly Toleration[]): Toleration[] {
  const merged: Toleration[] = []
  for (const [at, toleration] of all.entries()) {
    if (merged.some((other) => includes(other, toleration))) continue
    const later = all.slice(at + 1)
    if (later.some((other) => !isSame(other, toleration) && includes(other, toleration))) continue
    merged.push(toleration)
  }
  return merged
}

/** An empty list forbids nothing. */
export function areAllowed(
  tolerations: readonly Toleration[],
  allowed: readonly Toleration[],
): boolean {
  if (allowed.length === 0) return true
  return tolerations.every((one) => allowed.some((other) => includes(other, one)))
}

/** Whether the first tolerates all that the second does. */
function includes(wide: Toleration, narrow: Toleration): boolean {
  if (isSame(wide, narrow)) return true
  const { key = '', operator = '', effect = '', value = '' } = wide
  if (key !== (narrow.key ?? '') && (key !== '' || operator !== 'Exists')) return false
  if (effect !== '' && effect !== (narrow.effect ?? '')) return false
  if (effect === 'NoExecute' && wide.tolerationSeconds !== undefined) {
    const { tolerationSeconds = Number.POSITIVE_INFINITY } = narrow
    if (tolerationSeconds > wide.tolerationSeconds) return false
  }
  if (operator === 'Exists') return true
  if (operator !== '' && operator !== 'Equal') return false
  return narrow.operator === 'Equal' && value === (narrow.value ?? '')
}

function isSame(a: Toleration, b: Toleration): boolean {
  const fields = ['key', 'operator', 'effect', 'value'] as const
  return (
    fields.every((name) => (a[name] ?? '') === (b[name] ?? '')) &&
    a.tolerationSeconds === b.tolerationSeconds
  )
}
