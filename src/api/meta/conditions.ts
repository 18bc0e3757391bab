/** Conditions: what status says about an object, one entry a type. */

export interface AnyCondition {
  type: string
  status: string
  reason?: string
  message?: string
  lastTransitionTime?: string
}

export function findCondition<C extends AnyCondition>(
  conditions: readonly C[] | undefined,
  type: string,
): C | undefined {
  return conditions?.find((condition) => condition.type === type)
}

export function isConditionTrue(
  conditions: readonly AnyCondition[] | undefined,
  type: string,
): boolean {
  return findCondition(conditions, type)?.status === 'True'
}

/**
 * The conditions with `next` in place of the one of its type. The time of transition moves only when
 * the status changes; the same array comes back when nothing changed.
 */
export function withCondition<C extends AnyCondition>(
  conditions: readonly C[] | undefined,
  next: C,
): C[] {
  const kept = (conditions ?? []) as C[]
  const at = kept.findIndex((condition) => condition.type === next.type)
  const prior = kept[at]
  if (prior === undefined) return [...kept, next]
  const merged =
    prior.status === next.status && prior.lastTransitionTime !== undefined
      ? { ...next, lastTransitionTime: prior.lastTransitionTime }
      : next
  return same(prior, merged) ? kept : kept.with(at, merged)
}

/** The conditions without the one of this type. */
export function withoutCondition<C extends AnyCondition>(
  conditions: readonly C[] | undefined,
  type: string,
): C[] {
  return (conditions ?? []).filter((condition) => condition.type !== type)
}

function same(a: AnyCondition, b: AnyCondition): boolean {
  const left = Object.entries(a).filter(([, value]) => value !== undefined)
  const right = Object.entries(b).filter(([, value]) => value !== undefined)
  const values: Readonly<Record<string, unknown>> = { ...b }
  return left.length === right.length && left.every(([key, value]) => values[key] === value)
}
