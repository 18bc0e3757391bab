/**
 * A number, or a share of `total`: `3`, `"25%"`. Throws what is neither.
 * Upstream: apimachinery/pkg/util/intstr, GetScaledValueFromIntOrPercent.
 */
export function scaledValue(
  value: number | string,
  { total, roundUp }: { readonly total: number; readonly roundUp: boolean },
): number {
  if (typeof value === 'number') return value
  const match = /^(\d+)%$/.exec(value)
  if (match === null)
    throw new Error(`invalid value for IntOrString: invalid type: string is not a percentage`)
  const share = (Number(match[1]) * total) / 100
  return roundUp ? Math.ceil(share) : Math.floor(share)
}
